"""Point the book's execution cache to the folder that book/build.py filled."""

import os

from sphinx.application import Sphinx
from sphinx.config import Config


def use_filled_cache(app: Sphinx, config: Config) -> None:
    """Take the cache of `BOOK_CACHE`, whose name tells the preset and the chapters' state."""
    if cache := os.environ.get("BOOK_CACHE"):
        config.nb_execution_cache_path = cache


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", use_filled_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
