"""How words are set on synthetic covers: typefaces under the Open Font License, and settings."""

from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFont

from covers_lib.synthetic.canvas import LIGHTNESS, clearest, contrast


class Face(NamedTuple):
    """A typeface: the package and file that hold it, its axes, and how it likes to be set."""

    package: str
    file: str
    axes: tuple[int, ...] = ()
    capitals: bool = True  # whether it reads well in capitals only
    tracking: float = 0.0  # space between capitals, in their height
    heavy: bool = False  # whether it holds its own as large as the cover


_GARAMOND = "fontpkg_cormorant_garamond"
FACES: dict[str, Face] = {
    "grotesk": Face("font_hanken_grotesk", "HankenGrotesk-Bold.otf", heavy=True),
    "grotesk light": Face("font_hanken_grotesk", "HankenGrotesk-Light.otf", tracking=0.12),
    "geometric": Face("fontpkg_jost", "Jost[wght].ttf", (600,), heavy=True),
    "geometric light": Face("fontpkg_jost", "Jost[wght].ttf", (300,), tracking=0.3),
    "condensed": Face("fontpkg_anton", "Anton-Regular.ttf", tracking=0.02, heavy=True),
    "didone": Face("fontpkg_bodoni_moda", "BodoniModa[opsz,wght].ttf", (28, 500), tracking=0.06),
    "fat didone": Face(
        "fontpkg_bodoni_moda", "BodoniModa[opsz,wght].ttf", (28, 900), capitals=False, heavy=True
    ),
    "garalde": Face(_GARAMOND, "CormorantGaramond[wght].ttf", (600,), False),
    "italic": Face(_GARAMOND, "CormorantGaramond-Italic[wght].ttf", (600,), False),
    "roman": Face("fontpkg_cinzel", "Cinzel[wght].ttf", (600,), tracking=0.12),
    "mono": Face("fontpkg_space_mono", "SpaceMono-Bold.ttf"),
    "deco": Face("fontpkg_righteous", "Righteous-Regular.ttf", heavy=True),
    "wide": Face("fontpkg_syne", "Syne[wght].ttf", (800,), heavy=True),
    "slab": Face("fontpkg_alfa_slab_one", "AlfaSlabOne-Regular.ttf", capitals=False, heavy=True),
    "script": Face("fontpkg_pacifico", "Pacifico-Regular.ttf", capitals=False),
    "drawn": Face("font_amatic_sc", "AmaticSC-Bold.ttf", tracking=0.04, heavy=True),
}


@lru_cache(maxsize=2048)  # loading a font takes longer than drawing a cover
def _font(face: str, size: float) -> ImageFont.FreeTypeFont:
    made = FACES[face]
    path = str(resources.files(made.package) / "files" / made.file)
    # the basic engine is in every Pillow; the other is not, and sets words otherwise
    font = ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    if made.axes:
        font.set_variation_by_axes(list(made.axes))
    return font


@lru_cache(maxsize=64)
def _capital(face: str) -> float:
    """Return the height of a capital in a font of size 1."""
    return -_font(face, 200).getbbox("H", anchor="ls")[1] / 200


@lru_cache(maxsize=1 << 15)
def _step(pair: tuple[str, ...], face: str) -> float:
    """Return how far on the second of two letters begins, or the next after one, in capitals."""
    font, last = _font(face, 200), "".join(pair[1:])
    return (font.getlength("".join(pair)) - font.getlength(last)) / 200 / _capital(face)


def width(words: str, face: str, tracking: float) -> float:
    """Return how wide words run, in heights of a capital.

    Derived in: book/01_why_album_covers
    """
    steps = [_step(pair, face) for pair in pairwise(words)]
    return sum(steps) + _step((words[-1],), face) + tracking * (len(words) - 1)


def print_line(s, words, face, x, baseline, high, colour, anchor="l", most=9.0, tracking=0.0):
    """Print one line from, about or up to `x` (anchor l, m, r); give its capitals' height.

    `high` is the height of a capital; the line is set smaller where it would pass `most`.
    """
    long = width(words, face, tracking)
    high = min(high, most / long)
    x -= {"l": 0, "m": long / 2, "r": long}[anchor] * high
    size = max(1.5, round(high / _capital(face) * 512) / 512 * s.pixels)  # few sizes, kept loaded
    font = _font(face, size)
    # A font rounds each letter's step to a pixel; so that no line grows, each word (each letter,
    # if spaced or small) is put where its share of the whole begins.
    steps = [_step(pair, face) + tracking for pair in pairwise(words)]
    starts = [0] + [k + 1 for k, letter in enumerate(words) if letter == " "]
    if tracking or size < 40:
        starts = list(range(len(words)))
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        place = ((x + sum(steps[:start]) * high) * s.pixels, baseline * s.pixels)
        s.pen.text(place, words[start:end], colour, font, "ls")
    return high


def readable(s, place):
    """Choose how to print over `place` (x0, y0, x1, y1): (first colour, second, plate or None).

    A plate is the colour of a strip to lay under words that nothing else would set apart.
    """
    box = [round(min(max(v, 0), 1) * s.pixels) for v in place]
    box = [box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)]
    behind = np.asarray(s.image.resize((48, 24), Image.Resampling.BOX, box), float) @ LIGHTNESS

    def apart(colour):
        return np.percentile(abs(behind - np.dot(colour, LIGHTNESS)), 4)

    best = max((s.ink, s.paper), key=apart)
    if apart(best) < 75:
        plate, front = s.pick((s.paper, s.ink), (s.ink, s.paper))
        accent = clearest(s.hues, plate)
        return front, accent if contrast(accent, plate) > 85 else front, plate
    accent = max(s.hues, key=apart)
    return best, accent if apart(accent) > 85 else best, None


def print_block(s, lines, x, y, anchor="l", up=False, most=0.9, across=False):
    """Print lines under each other from `y` down, or `up` from it, over a plate where needed.

    Each line is (words, face, height, tracking); the first may take the second colour.
    """
    set_lines = []
    for words, face, high, tracking in lines:
        set_lines.append((words, face, min(high, most / width(words, face, tracking)), tracking))
    highs = [line[2] for line in set_lines]
    low = [0.34 if not line[0].isupper() else 0.0 for line in set_lines]  # room for descenders
    gaps = [0.0] + [
        0.42 * (a + b) / 2 + 0.012 + deep * a
        for a, b, deep in zip(highs, highs[1:], low, strict=False)
    ]
    total = sum(highs) + sum(gaps)
    top = y - total if up else y
    long = max(width(w, f, t) * h for w, f, h, t in set_lines)
    left = x - {"l": 0, "m": long / 2, "r": long}[anchor]
    place = (left, top, left + long, top + total + low[-1] * highs[-1])
    first, second, plate = readable(s, place)
    if plate:
        pad = max(0.025, 0.3 * min(highs))
        x0, y0, x1, y1 = place[0] - pad, place[1] - pad, place[2] + pad, place[3] + pad
        if across:  # from edge to edge, with no sliver of the picture beyond it
            x0, y0, x1, y1 = 0, y0 * (y0 > 0.06), 1, y1 if y1 < 0.94 else 1
        s.box(x0, y0, x1, y1, plate)
    colours = [first, s.pick(first, second)]
    if s.pick(True, False):
        colours.reverse()
    baseline = top
    for k, (words, face, high, tracking) in enumerate(set_lines):
        baseline += gaps[k] + high
        print_line(s, words, face, x, baseline, high, colours[k > 0], anchor, tracking=tracking)
    return place


def small_print(s, words, corners):
    """Print a few tiny capitals in one of the corners, where they can be read without a plate."""
    high, edge, face = 0.02, 0.045, s.pick("grotesk", "geometric", "mono")
    right, low = s.pick(*corners)
    long = width(words, face, 0.2) * high
    x, baseline = (1 - edge - long if right else edge), (1 - edge if low else edge + high)
    colour, _, plate = readable(s, (x, baseline - high, x + long, baseline))
    if not plate:
        print_line(s, words, face, x, baseline, high, colour, tracking=0.2)
