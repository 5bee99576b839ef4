"""What only a notebook shows: figures, a live figure, the library's own source."""

from covers_lib.notebook import atlas, figures, short_runs, tables
from covers_lib.notebook.live import LiveFigure, evolution
from covers_lib.notebook.source import listing, show_difference, show_source

__all__ = [
    "LiveFigure",
    "atlas",
    "evolution",
    "figures",
    "listing",
    "short_runs",
    "show_difference",
    "show_source",
    "tables",
]
