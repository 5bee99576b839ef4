"""Load the scripts of the elements on the pages that hold one, and on no other."""

from docutils.nodes import Node
from sphinx.application import Sphinx

SCRIPTS = {
    "latent-explorer": "explorer/latent-explorer.mjs",
    "ring-trainer": "ring/ring-trainer.mjs",
}


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: Node | None) -> None:
    """Return a page the scripts of the elements that its body names."""
    there = [name for name in SCRIPTS if f"<{name}" in context.get("body", "")]
    for name in there:
        app.add_js_file(SCRIPTS[name], type="module")
    if there:
        app.add_js_file("explorer/without-module.js")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
