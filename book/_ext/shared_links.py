"""Say what each page is about, where search engines and shared links look for it.

The sentence is the `description` at the head of a page's file. The site's root leads on to the front
page, and carries the front page's sentence and picture.
"""

from html import escape
from urllib.parse import urljoin

from docutils.nodes import Node
from sphinx.application import Sphinx


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: Node | None) -> None:
    """Return a page its description, and the icon that a phone's home screen takes."""
    if page == "index":
        context |= root_context(app)
    if doctree is None:  # the root, or a list made by Sphinx
        return
    sentence = escape(context["meta"].get("description", ""))
    icon = context["pathto"]("_static/icon.png", resource=True)
    context["meta"] = {**context["meta"], "og:description": sentence}
    context["metatags"] += (
        f'\n<meta name="description" content="{sentence}" />'
        f'\n<link rel="apple-touch-icon" href="{icon}" />\n'
    )


def root_context(app: Sphinx) -> dict[str, str]:
    """Return what book/_templates/root.html needs to know of the front page."""
    front = app.builder.get_target_uri(app.config.root_doc)
    return {
        "front": front,
        "front_url": urljoin(app.config.html_baseurl, front),
        "card_url": urljoin(app.config.html_baseurl, app.config.ogp_image),
        "description": app.env.metadata[app.config.root_doc]["description"],
    }


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    # Before sphinxext.opengraph, which describes a page by its first words unless it has been told.
    app.connect("html-page-context", describe, priority=450)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
