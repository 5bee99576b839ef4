"""Album covers drawn by code from known factors: any number, any size, seeded, no download."""

from dataclasses import dataclass

import numpy as np

from covers_lib.errors import InputError
from covers_lib.synthetic.canvas import Sheet
from covers_lib.synthetic.layouts import DRAW, LAYOUTS
from covers_lib.synthetic.motifs import MOTIFS
from covers_lib.synthetic.palettes import PALETTES, TYPEFACES, colours
from covers_lib.synthetic.placement import LETTERING, letter, place
from covers_lib.synthetic.textures import TEXTURES, surface
from covers_lib.synthetic.wording import Words, band_and_title, imprint

__all__ = [
    "LAYOUTS",
    "LETTERING",
    "MOTIFS",
    "PALETTES",
    "TEXTURES",
    "Factors",
    "draw",
    "factors",
    "name",
]


@dataclass(frozen=True)
class Factors:
    """What a cover was drawn from: one of LAYOUTS, PALETTES, MOTIFS, LETTERING, TEXTURES each."""

    layout: str
    palette: str
    motif: str
    lettering: str
    texture: str


def _check(index: int, seed: int) -> None:
    if index < 0 or seed < 0:
        raise InputError(f"a cover's index and seed must be 0 or more, not {index} and {seed}")


def factors(index: int, seed: int = 0) -> Factors:
    """Return what cover `index` of `seed` is drawn from, without drawing it.

    Each factor is drawn on its own, all values alike often. Raises `InputError` for a negative
    index or seed.

    Derived in: book/01_why_album_covers
    """
    _check(index, seed)
    rng = np.random.default_rng([seed, index, 1])
    lists = LAYOUTS, tuple(PALETTES), MOTIFS, LETTERING, TEXTURES
    return Factors(*(values[rng.integers(len(values))] for values in lists))


def name(index: int, seed: int = 0) -> str:
    """Return the invented "Band – Title" of cover `index` of `seed`.

    The band is printed on the cover unless its lettering is "none". Raises `InputError` for a
    negative index or seed.

    Derived in: book/01_why_album_covers
    """
    _check(index, seed)
    band, title = band_and_title(np.random.default_rng([seed, index, 2]))
    return f"{band} – {title}"


def draw(index: int, seed: int = 0, size: int = 64, made: Factors | None = None) -> np.ndarray:
    """Draw cover `index` of `seed`: always the same pixels, and one composition at every size.

    It is drawn from the factors `made`, or its own. Gives uint8 (size, size, 3), RGB, 0 to 255.
    Raises `InputError` for a negative index or seed, or a size below 16.

    Derived in: book/01_why_album_covers
    """
    made = made or factors(index, seed)
    if size < 16:
        raise InputError(f"a cover's size must be 16 pixels or more, not {size}")
    rng = np.random.default_rng([seed, index])
    scale = max(2, -(-256 // size))  # drawn at 256 pixels or more, then averaged down
    inks = colours(made.palette, rng)
    face = str(rng.choice(TYPEFACES[made.palette]))
    band, title = name(index, seed).split(" – ")
    words = Words(band, title, *imprint(rng), face)
    sheet = Sheet(size * scale, inks, rng, made.motif, words)
    _picture(sheet, made.layout, place(sheet, made.lettering))
    letter(sheet, made.lettering)
    return surface(sheet.image.reduce(scale), made.texture, rng)


def _picture(sheet: Sheet, layout: str, box: tuple[float, ...]) -> None:
    """Draw a layout into a box of the sheet; a box that is not square shows its middle."""
    x0, y0, x1, y1 = (round(v * sheet.pixels) for v in box)
    wide, high = x1 - x0, y1 - y0
    inner = sheet.like(max(wide, high) / sheet.pixels)
    DRAW[layout](inner, sheet.rng.uniform)
    if sheet.rng.uniform() < 0.3:
        sheet.box(0, 0, 1, 1, sheet.pick(sheet.ink, sheet.hues[0]))
    left, top = (inner.pixels - wide) // 2, (inner.pixels - high) // 2
    sheet.image.paste(inner.image.crop((left, top, left + wide, top + high)), (x0, y0))
