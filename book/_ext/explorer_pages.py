"""Load the explorer's scripts on the pages that hold one, and on no other."""

from docutils.nodes import Node
from sphinx.application import Sphinx

SCRIPTS = {"explorer/latent-explorer.mjs": {"type": "module"}, "explorer/without-module.js": {}}


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: Node | None) -> None:
    """Give a page the scripts if its body names the element."""
    if "<latent-explorer" in context.get("body", ""):
        for name, attributes in SCRIPTS.items():
            app.add_js_file(name, **attributes)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
