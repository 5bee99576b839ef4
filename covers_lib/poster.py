"""A report drawn as one picture: bars, samples, pairs, and what the figures hold for."""

import io
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from covers_lib import figures

WIDTH, MARGIN = 10.0, 0.5  # inches
INK, FAINT, LINE, GROUND = "#23201c", "#6b655c", "#e4dfd6", "#fbfaf7"
MADE, REAL = figures.RED, figures.TEAL
INSIDE = WIDTH - 2 * MARGIN
BARS = 0.42  # of the width
COLUMNS = 16  # of samples; two of them to a pair


class Sheet:
    """A figure that is filled from the top, a strip at a time; heights are in inches."""

    def __init__(self):
        self.height, self.top = 30.0, MARGIN  # room enough; the file ends where the last strip does
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=120, facecolor=GROUND)
        FigureCanvasAgg(self.figure)  # not pyplot's: no window, and nothing to close

    def strip(self, height: float, columns: int = 1, gap: float = 0.0) -> list[Axes]:
        """Take the next strip as axes side by side."""
        width = (INSIDE - gap * (columns - 1)) / columns
        bottom = self.height - self.top - height
        self.top += height
        return [
            self.figure.add_axes(
                ((MARGIN + column * (width + gap)) / WIDTH, bottom / self.height,
                 width / WIDTH, height / self.height)
            )
            for column in range(columns)
        ]  # fmt: skip

    def write(self, text: str, size: float, color: str = INK, **options) -> None:
        """Write lines of text in the next strip."""
        lines = text.split("\n")
        (axes,) = self.strip(len(lines) * size * 1.45 / 72)
        axes.axis("off")
        axes.text(0, 1, text, size=size, color=color, va="top", linespacing=1.25,
                  parse_math=False, **options)  # fmt: skip

    def skip(self, height: float) -> None:
        """Leave a strip empty."""
        self.top += height

    def save(self) -> bytes:
        """Give what has been filled as a PNG file's bytes."""
        file = io.BytesIO()
        filled = Bbox([[0, self.height - self.top - MARGIN], [WIDTH, self.height]])
        self.figure.savefig(file, format="png", facecolor=GROUND, bbox_inches=filled)
        return file.getvalue()


def draw(name: str, rows: list, samples: np.ndarray, sections: list, conditions: dict) -> bytes:
    """Draw a report as a PNG file's bytes.

    `rows` are figures beside their floors (`report.Row`); `samples` (n, H, W, 3) uint8; `sections`
    are (title, words, pairs) each, of `report.Pair`.

    Derived in: book/04_mode_collapse
    """
    sheet = Sheet()
    sheet.write(figures.shorten(name, 44), 22, weight="bold")
    sheet.write("Orange: generated. Teal: other real covers in their place.", 10.5, FAINT)
    sheet.skip(0.1)
    draw_bars(sheet.strip(0.5 * len(rows))[0], rows)
    heading(sheet, "Samples, not picked", f"The first {len(samples)} of the seed.")
    covers = figures.grid(samples, COLUMNS)
    figures.draw(sheet.strip(INSIDE * covers.shape[0] / covers.shape[1])[0], covers)
    for title, words, pairs in sections:
        heading(sheet, title, textwrap.fill(words, 118))
        if pairs:
            draw_pairs(sheet, pairs)
    heading(sheet, "What this holds for", "")
    sheet.write("\n".join(f"{term}: {fact}" for term, fact in conditions.items()), 9.5, FAINT)
    return sheet.save()


def heading(sheet: Sheet, title: str, words: str) -> None:
    """Begin a part of the sheet."""
    sheet.skip(0.3)
    sheet.write(title, 14, weight="bold")
    if words:
        sheet.write(words, 9.5, FAINT)
        sheet.skip(0.08)


def draw_bars(axes: Axes, rows: list) -> None:
    """Draw each figure as two bars, the generator's over that of real covers."""
    axes.set(xlim=(0, 1), ylim=(len(rows), 0))
    axes.axis("off")
    for place, row in enumerate(rows):
        axes.text(0, place + 0.3, row.name, size=11, color=INK, va="center", weight="bold")
        axes.text(0.17, place + 0.3, f"{row.better} is better", size=9, color=FAINT, va="center")
        axes.text(0, place + 0.68, row.words, size=8.5, color=FAINT, va="center")
        for shift, length, value, color in (
            (0.3, row.bars[0], row.value, MADE),
            (0.64, row.bars[1], row.floor, REAL),
        ):
            axes.barh(place + shift, BARS, 0.24, left=0.42, color=LINE)
            axes.barh(place + shift, max(BARS * length, 0.002), 0.24, left=0.42, color=color)
            axes.text(1, place + shift, value, size=9.5, color=INK, va="center", ha="right")


def draw_pairs(sheet: Sheet, pairs: list) -> None:
    """Draw pairs side by side, each with its words underneath."""
    places = COLUMNS // 2
    cells = sheet.strip(0.6, places, gap=0.12)
    for axes, pair in zip(cells, pairs, strict=False):
        figures.draw(axes, figures.grid(np.stack([pair.one, pair.other]), 2))
        axes.text(0.5, -0.12, pair.words, size=8.5, color=FAINT, ha="center", va="top",
                  transform=axes.transAxes)  # fmt: skip
    for axes in cells[len(pairs) :]:
        axes.set_visible(False)
    sheet.skip(0.22)
