"""Mend the pages that Sphinx, the theme and the toggle button make: accessible, and light.

Labels hide the words that they stand for, or say too little, roles lack what belongs to them, and
signatures are laid out as lists. A script of half a megabyte draws icons that the style sheet draws
by its font, styles of formulas and cards come to pages without any, and scripts that only a search
needs hold up the text.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

# What the pages hold, and what takes its place.
MENDED = {
    ' aria-label="Toggle hidden content"': "",  # the button says itself what it shows
    # The only cells that are folded whole are solutions.
    'admonition-title">Show the content<': 'admonition-title">Show the solution<',
    'admonition-title">Hide the content<': 'admonition-title">Hide the solution<',
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
    # A button's name holds what is written on it.
    'aria-label="Color mode"': 'aria-label="Color mode: Light, Dark or System Settings"',
    'search-button__button pst-js-only" title="Search" aria-label="Search"':
        'search-button__button pst-js-only" title="Search"',
    # Before its script runs, a first visit would have no colours; and the script would complain.
    'getItem("mode") || ""': 'getItem("mode") || "auto"',
    'getItem("theme") || ""':
        'getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
}  # fmt: skip
ICONS = re.compile(r"<script[^>]*fontawesome\.js[^>]*></script>|<link[^>]*fontawesome\.js[^>]*>")
PRELOADS = re.compile(r'<link rel="preload" as="script"[^>]*>')  # would come before the styles
# What only some pages use, by what is in them then.
USED = {
    'class="katex': re.compile(r"<link[^>]*katex[^>]*>"),
    'class="sd-': re.compile(
        r"<link[^>]*sphinx-design[^>]*>|<script[^>]*design-tabs\.js[^>]*></script>"
    ),
}
# Scripts wait until the page is there, and then run in their order; what needs the first of them at
# once is written into the page. The explorer's know themselves when to begin.
BLOCKING = re.compile(
    r'<script(?=[^>]* src=)(?![^>]*( defer| type="module"|documentation_options\.js|/explorer/))'
)
SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.DOTALL)
LINES = {"<dl>": '<span class="sig-lines">', "<dd>": '<span class="sig-line">', "</dl>": "</span>",
         "</dd>": "</span>"}  # fmt: skip


def mend(page: str) -> str:
    """Mend the HTML of a page; what is mended stays as it is."""
    page = replaced(page, MENDED)
    page = ICONS.sub("", page)
    page = BLOCKING.sub("<script defer", page)
    page = PRELOADS.sub("", page)
    for sign, files in USED.items():
        if sign not in page:
            page = files.sub("", page)
    return SIGNATURE.sub(lambda signature: replaced(signature[0], LINES), page)


def replaced(text: str, pairs: dict[str, str]) -> str:
    """Put the second of each pair in the place of the first."""
    for found, mended in pairs.items():
        text = text.replace(found, mended)
    return text


def mend_pages(app: Sphinx, error: Exception | None) -> None:
    """Mend all pages that were built."""
    if error is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            if (mended := mend(page)) != page:
                path.write_text(mended, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
