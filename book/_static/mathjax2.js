// ipywidgets' page bundle asks for MathJax 2's queue; the pages load MathJax 3.
if (window.MathJax) {
  window.MathJax.startup = {
    ready() {
      window.MathJax.startup.defaultReady();
      window.MathJax.Hub = { Queue: ([, , element]) => window.MathJax.typesetPromise([element]) };
    },
  };
}
