// Where the explorer's module doesn't load, its still picture stands alone: say why. This is a
// classic script, which loads from a file, and in a browser without modules, too.
addEventListener("load", function () {
  if (window.customElements && customElements.get("latent-explorer")) return;
  var file = location.protocol === "file:";
  var explorers = document.querySelectorAll("latent-explorer");
  for (var i = 0; i < explorers.length; i++) {
    var explorer = explorers[i];
    var sentence =
      explorer.querySelector("p") || explorer.appendChild(document.createElement("p"));
    explorer.setAttribute("still", "");
    sentence.textContent = file
      ? "A still picture: a page that is opened as a file may not run its generator. " +
        "Serve its folder, in this book with make serve, and open http://localhost:8000."
      : "A still picture: the script that makes covers here did not load. Load the page again to retry.";
  }
});
