"""Cut the icon fonts down to the icons that pages show: 270 kB of Font Awesome become a few."""

import re
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

FONTS = "_static/vendor/fontawesome/webfonts"
NAME = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
CODE = re.compile(r'"\\(f[0-9a-f]{3})"')


def cut_fonts(app: Sphinx, error: Exception | None) -> None:
    """Leave of each icon font what the pages, their scripts and the styles themselves name."""
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = [*site.rglob("*.html"), *(site / "_static" / "scripts").glob("*theme.js")]
    named = {name for page in pages for name in NAME.findall(page.read_text(encoding="utf-8"))}
    codes = {
        int(code, 16)
        for style in site.glob("_static/**/*.css")
        for selector, rule in RULE.findall(style.read_text(encoding="utf-8"))
        if not (icons := set(NAME.findall(selector))) or icons & named
        for code in CODE.findall(rule)
    }
    for path in (site / FONTS).glob("*.woff2"):
        cut_font(path, codes)


def cut_font(path: Path, codes: set[int]) -> None:
    """Leave in a font only the glyphs of some codes."""
    options = subset.Options(flavor="woff2")
    font = subset.load_font(path, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, path, options)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", cut_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
