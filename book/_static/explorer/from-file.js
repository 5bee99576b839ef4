// Opened as a file, a page may not load modules, so its elements stay still: say what to do. This is
// a classic script, which loads from a file too.
if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("latent-explorer, ring-trainer")) {
      element.setAttribute("still", "");
      const sentence = element.querySelector("p") ?? element.appendChild(document.createElement("p"));
      sentence.textContent =
        "A still picture: a page that is opened as a file may not run its generator. " +
        "Serve its folder, in this book with make serve, and open http://localhost:8000.";
    }
  });
}
