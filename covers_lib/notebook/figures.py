"""Pictures of covers and of training: grids, strips, curves, films."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageFile

from covers_lib.data.audit import to_rgb
from covers_lib.data.pack import Pack
from covers_lib.data.sources import Item, open_source
from covers_lib.images import GREY, RED, TEAL, grid

__all__ = [
    "compare",
    "curves",
    "dots",
    "gallery",
    "left_out",
    "shares",
    "show",
    "strips",
]

COLUMNS = 4  # of files that were left out
SERIES = (GREY, TEAL, RED)  # real covers first


def show(images: np.ndarray, columns: int | None = None, title: str = "", width: float = 8) -> None:
    """Show pictures (N, H, W, 3) uint8 as a grid, `width` inches wide.

    Derived in: book/01_why_album_covers
    """
    sheet = grid(images, columns)
    figure, axes = plt.subplots(figsize=(width, width * sheet.shape[0] / sheet.shape[1]))
    draw(axes, sheet, title)
    figure.tight_layout(pad=0.3)
    plt.show()


def compare(pictures: dict[str, np.ndarray], columns: int | None = None, width: float = 9) -> None:
    """Show several sets of pictures side by side, each a grid under its name.

    Derived in: book/02_preprocessing
    """
    sheets = {name: grid(images, columns) for name, images in pictures.items()}
    tallest = max(sheet.shape[0] / sheet.shape[1] for sheet in sheets.values())
    figure, row = plt.subplots(
        1, len(sheets), figsize=(width, width / len(sheets) * tallest + 0.4), squeeze=False
    )
    for axes, (name, sheet) in zip(row[0], sheets.items(), strict=True):
        draw(axes, sheet, name)
    figure.tight_layout(pad=0.3, w_pad=1.5)  # a gap, so that two grids do not read as one
    plt.show()


def gallery(pictures: dict[str, np.ndarray], columns: int = 8, width: float = 9) -> None:
    """Show pictures (H, W, 3) uint8 in rows, each under its name.

    Derived in: book/01_why_album_covers
    """
    figure, cells = table(len(pictures), columns, width, room=0.3)
    for axes, (name, picture) in zip(cells, pictures.items(), strict=True):
        draw(axes, picture, name)
    figure.tight_layout(pad=0.3, w_pad=0.6)
    plt.show()


def table(n: int, columns: int, width: float, room: float) -> tuple[Figure, list[Axes]]:
    """Make `n` cells in rows, each with `room` inches for words under or over its picture."""
    rows = -(-n // columns)
    size = (width, rows * (width / columns + room))
    figure, cells = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axes in cells.flat[n:]:
        axes.set_visible(False)
    return figure, list(cells.flat[:n])


def draw(axes: Axes, picture: np.ndarray, title: str = "") -> None:
    """Draw one picture without a frame, pixel for pixel."""
    axes.imshow(picture, interpolation="nearest")
    axes.set_title(title, fontsize=11)
    axes.axis("off")


def strips(rows: dict[str, np.ndarray], width: float = 9) -> None:
    """Show rows of pictures, one under the other, each with its name at the left.

    Derived in: book/03_dcgan
    """
    sheets = {name: grid(images, columns=len(images)) for name, images in rows.items()}
    height = sum(width * 0.86 * sheet.shape[0] / sheet.shape[1] for sheet in sheets.values())
    figure, column = plt.subplots(len(sheets), 1, figsize=(width, height), squeeze=False)
    for axes, (name, sheet) in zip(column[:, 0], sheets.items(), strict=True):
        axes.imshow(sheet, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    figure.tight_layout(pad=0.3)
    plt.show()


def left_out(pack: Pack, most: int = 4, width: float = 8) -> None:
    """Show what a pack's audit left out: up to `most` files of each reason.

    A file is shown whole, as far as it can be decoded; one that can't be opened, or is no longer
    where it was, is an empty frame. Nothing is drawn if nothing was left out.

    Derived in: book/02_preprocessing
    """
    if not pack.audit["left_out"]:
        return
    items = open_source(*(pack.audit[key] for key in ("source", "n", "seed")))
    shown: list[tuple[str, dict]] = []  # the title and the entry of each picture
    for reason, count in pack.audit["skipped"].items():
        entries = [entry for entry in pack.audit["left_out"] if entry["reason"] == reason][:most]
        titles = [f"{reason}: {count:,}"] + [""] * (len(entries) - 1)
        shown += zip(titles, entries, strict=True)
    figure, cells = table(len(shown), COLUMNS, width, room=0.6)
    for axes, (title, entry) in zip(cells, shown, strict=True):
        axes.imshow(glimpse(still_there(items, entry)), vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color("#999999")
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(shorten(Path(entry["name"]).name, 24), fontsize=9)
    figure.tight_layout(pad=0.3, h_pad=1.2)
    plt.show()


def still_there(items: Sequence[Item], entry: dict) -> Item | None:
    """Return the item that an audit's entry is about, unless the source has changed since."""
    item = items[entry["index"]] if entry["index"] < len(items) else None
    return item if item and item.name == entry["name"] else None


def glimpse(item: Item | None, side: int = 128) -> np.ndarray:
    """Show what can be seen of a file, whole and on grey: (side, side, 3) uint8."""
    sheet = Image.new("RGB", (side, side), "#dddddd")
    if item is None:
        return np.asarray(sheet)
    # For the eye only: the audit takes no half pictures.
    lenient = mock.patch.object(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    try:
        with lenient, item.open(side) as image:
            picture = to_rgb(image)
        picture.thumbnail(sheet.size)
        sheet.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    except Exception:  # decoders raise errors of every kind for a broken file
        pass
    return np.asarray(sheet)


def shorten(name: str, most: int) -> str:
    """Cut the middle out of a long name."""
    name = " ".join(name.split())
    half = most // 2
    return name if len(name) <= most else f"{name[: half - 1]}…{name[-half:]}"


def curves(history: list[dict[str, float]], names: dict[str, str], title: str = "") -> Figure:
    """Draw columns of a run's history over its generator steps; `names` gives each a label.

    A row that lacks a column, as rows of KID lack the losses, is no point of its curve.

    Derived in: book/03_dcgan
    """
    figure, axes = plt.subplots(figsize=(8, 3.2))
    for name, label in names.items():
        points = [(row["step"], row[name]) for row in history if name in row]
        axes.plot(*zip(*points, strict=True), label=label, linewidth=1)
    axes.set(xlabel="generator steps", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    return figure


def shares(
    rows: dict[str, dict[str, dict[str, float]]], marked: dict[str, list[str]], width: float = 10
) -> Figure:
    """Draw bars of how often each value of each factor occurs, one colour a row of `rows`.

    `rows` holds, under a name such as "real covers", the shares of values, a factor:
    `{"real covers": {"motif": {"sun": 0.1, …}, …}, …}`, all with the same factors and values.
    The values that `marked` names, a factor, such as `rare` ones, are set bold, in red.

    Derived in: book/04_mode_collapse
    """
    first = next(iter(rows.values()))
    figure, panels = plt.subplots(1, len(first), figsize=(width, 4.8), squeeze=False)
    for axes, (factor, values) in zip(panels[0], first.items(), strict=True):
        places, high = np.arange(len(values)), 0.8 / len(rows)
        for k, (name, of) in enumerate(rows.items()):
            bars = {"label": name, "color": SERIES[k % len(SERIES)]}
            axes.barh(places + k * high, [of[factor][v] for v in values], high, **bars)
        axes.set_yticks(places + 0.4 - high / 2, values, fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        for label in axes.get_yticklabels():
            if label.get_text() in marked.get(factor, []):
                label.set(color="#b00000", weight="bold")
        axes.invert_yaxis()
        axes.set_title(factor, fontsize=11)
    figure.legend(*axes.get_legend_handles_labels(), loc="lower center", ncols=len(rows))
    figure.tight_layout(rect=(0, 0.06, 1, 1), w_pad=0.4)
    return figure


def dots(axes: Axes, rows: dict[str, list[float]], label: str) -> None:
    """Draw a dot for each value, a row for each name: a few seeds, whose spread a bar would hide.

    Derived in: book/04_mode_collapse
    """
    for place, values in enumerate(rows.values()):
        heights = place + 0.08 * (np.arange(len(values)) - (len(values) - 1) / 2)
        axes.scatter(values, heights, color=RED, s=28)
    axes.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel(label)
    axes.grid(axis="x", alpha=0.3)
