// Where an element's module doesn't load, its still picture stands alone: say why. This is a classic
// script, which loads from a file, and in a browser without modules, too.
addEventListener("load", function () {
  var file = location.protocol === "file:";
  var doings = { "latent-explorer": "makes covers", "ring-trainer": "trains" };
  for (var name in doings) {
    if (window.customElements && customElements.get(name)) continue;
    var elements = document.querySelectorAll(name);
    for (var i = 0; i < elements.length; i++) {
      var element = elements[i];
      var sentence =
        element.querySelector("p") || element.appendChild(document.createElement("p"));
      element.setAttribute("still", "");
      sentence.textContent = file
        ? "A still picture: a page that is opened as a file may not run its generator. " +
          "Serve its folder, in this book with make serve, and open http://localhost:8000."
        : "A still picture: the script that " + doings[name] + " here did not load. " +
          "Load the page again to retry.";
    }
  }
});
