"""Album covers drawn by code from known factors: any number, any size, seeded, no download."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from covers_lib.errors import InputError
from covers_lib.layouts import DRAW, Sheet, mix, text_width

# A palette's first colour is its usual paper; each holds a dark and a light one, for contrast.
PALETTES: dict[str, tuple[str, ...]] = {
    "blue jazz": ("#f2ead8", "#0b1f3a", "#1f5fa8", "#e4572e", "#8fb8de"),
    "post-punk": ("#101012", "#efeeea", "#a3a39e", "#55555a", "#c8102e"),
    "synthwave": ("#1a0b2e", "#ff4fa3", "#ff9e4f", "#3ad6e0", "#f8e9ff"),
    "folk": ("#efe3c8", "#3b2a1e", "#b5651d", "#6f7d4a", "#d9a441"),
    "metal": ("#0c0b0b", "#e8e2d6", "#7d7468", "#a11d1d", "#d98a2b"),
    "ambient": ("#dfe8e6", "#1f3a42", "#7fa9a6", "#eebfa2", "#4f7c88"),
    "bossa nova": ("#f6f0df", "#14301f", "#2f8f5b", "#f2b632", "#e2603f"),
    "disco": ("#2b1055", "#f7c843", "#ef3e6d", "#7f5af0", "#fdf1dc"),
    "krautrock": ("#f05a28", "#141212", "#f7efe2", "#f2b705", "#8f2413"),
    "dub": ("#10160f", "#f4c430", "#2f8d43", "#c3272b", "#f2ead0"),
    "shoegaze": ("#3a1230", "#fbe4e1", "#e0457b", "#f3a5b5", "#9b4a8c"),
    "soul": ("#4a1d12", "#f3d9a4", "#d96a27", "#a83a1c", "#f0a830"),
    "new wave": ("#f4f1ea", "#16161d", "#00a6a6", "#ff5a5f", "#ffd23f"),
    "nordic": ("#0f2233", "#e9f1f2", "#4f86a6", "#a9cfd6", "#e8a87c"),
    "chamber": ("#e9e4da", "#2d2a26", "#7d8471", "#b9a98c", "#8b3a3a"),
    "cool jazz": ("#f3c623", "#11203f", "#fbf5e4", "#d7402b", "#2c6e91"),
}
LAYOUTS: tuple[str, ...] = tuple(DRAW)
LETTERING: tuple[str, ...] = ("none", "top", "bottom", "corner", "large", "strip", "side")
TEXTURES: tuple[str, ...] = ("clean", "grain", "print", "worn")

_WORDS = (
    "Velvet Paper Northern Glass Silver Hollow Electric Quiet Burning Second Lunar Salt Tender",
    "Harbour Foxes Orchard Signal Machine Parade Rivers Static Lantern Wolves Cinema Union Birds",
    "After Slow Blue Distant Endless Falling Golden Inner Last Open Sleeping Wild Early Soft",
    "Rain Motion Rooms Summer Horizon Dances Weather Avenue Gravity Mirrors Letters Hours Fire",
)


@dataclass(frozen=True)
class Factors:
    """What a cover was drawn from: one of LAYOUTS, PALETTES, LETTERING and TEXTURES each.

    Derived in: book/01_why_album_covers
    """

    layout: str
    palette: str
    lettering: str
    texture: str


def _contrast(a, b) -> float:
    return abs(float((np.asarray(a) - b) @ (0.3, 0.59, 0.11)))


def _colours(palette: str, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Give paper, ink (the colour that differs most from it), and three hues seen on that paper."""
    tints = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PALETTES[palette]])
    tints = (tints + rng.normal(0, 5, tints.shape)).clip(0, 255)
    other, share = rng.integers(len(tints)), rng.uniform()
    if share < 0.4 and max(_contrast(tint, tints[other]) for tint in tints) > 120:
        tints[[0, other]] = tints[[other, 0]]  # another colour of the palette is the paper
    paper, *rest = tints
    ink, *hues = sorted(rest, key=lambda tint: _contrast(tint, paper), reverse=True)
    hues = [mix(hue, ink, 0.4 if _contrast(hue, paper) < 40 else 0) for hue in hues]
    return [mix(paper, ink, 0), mix(ink, ink, 0), *(hues[k] for k in rng.permutation(3))]


def _caption(s: Sheet, kind: str, band: str) -> None:
    """Print the band on a plain strip or label, so that it can be read over any picture."""
    u, (back, front) = s.rng.uniform, s.pick((s.paper, s.ink), (s.ink, s.paper))
    bold, band, picture = s.pick(0, 1), s.pick(band, band.upper()), s.image.copy()
    letters = min(0.3, 0.9 / text_width(band)) if kind == "large" else u(0.07, 0.1)
    high = letters * 1.1 + 0.06
    taken = high if kind in ("top", "bottom", "large", "side") else 0
    down = s.pick(True, False) if kind == "large" else kind != "bottom"
    edge = u(0.04, 0.1)
    if kind == "side":
        picture = picture.transpose(Image.Transpose.ROTATE_270)
    if u() < 0.35:  # the picture in a frame
        other = max(taken + 0.012, edge)
        side = 1 - edge - other
        picture = picture.resize([round(side * s.pixels)] * 2)
        place = x, y = (1 - side) / 2, other if down else edge
        s.box(0, 0, 1, 1, back)
        s.box(x - 0.008, y - 0.008, x + side + 0.008, y + side + 0.008, front)
    else:
        place = 0, taken / 2 if down else -taken / 2
    s.image.paste(picture, [round(v * s.pixels) for v in place])
    if kind == "corner":
        x, y, wide = s.pick(0, 0.56), s.pick(0.06, 0.76), u(0.38, 0.44)
        s.box(x, y, x + wide, y + 0.18, back)
        s.text(band, x + 0.04, y + 0.08, 0.08, wide - 0.07, front, "ls", bold)
        s.text(s.title, x + 0.04, y + 0.145, 0.06, wide - 0.07, front)
    elif kind != "none":
        y = u(0.64, 0.84) if kind == "strip" else 0 if down else 1 - high
        x, anchor = s.pick((0.05, "ls"), (0.5, "ms"), (0.95, "rs"))
        s.box(0, y, 1, y + high, back)
        s.text(band, x, y + high / 2 + letters * 0.35, letters, 0.9, front, anchor, bold)
    if kind == "side":
        s.replace(s.image.transpose(Image.Transpose.ROTATE_90))


def _texture(image: Image.Image, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Age the print; noise is drawn on a grid of one size, then scaled as a photograph would be."""
    if kind == "clean":
        return np.asarray(image, np.float32)
    size, pixels = image.width, np.asarray(image, np.float32)
    noise = Image.fromarray(rng.standard_normal((256, 256), np.float32))
    noise = np.asarray(noise.resize(image.size, Image.Resampling.BOX))[..., None]
    if kind == "grain":
        return pixels + noise * rng.uniform(10, 22)
    if kind == "print":  # the plates of the three inks are not quite in register
        affine, smooth, plates = Image.Transform.AFFINE, Image.Resampling.BILINEAR, []
        for plate in image.split():
            dx, dy = rng.uniform(0, 0.016, 2) * size
            zoom = (0.984, 0, dx, 0, 0.984, dy)  # so that a shifted plate still fills the cover
            plates.append(np.asarray(plate.transform(image.size, affine, zoom, smooth)))
        return np.stack(plates, -1) * 0.9 + 16 + noise * 6
    # worn: the record presses its ring through, and the shelf takes the edges
    y, x = np.mgrid[:size, :size].astype(np.float32) / (size - 1) - 0.5
    radius, width, strength = rng.uniform((0.4, 0.015, 0.1), (0.46, 0.04, 0.35))
    ring = np.exp(-(((np.hypot(x, y) - radius) / width) ** 2)) * strength
    edges = np.exp((np.maximum(abs(x), abs(y)) - 0.5) / 0.012) * 0.6
    return pixels + (225 - pixels) * (ring + edges)[..., None] * (0.7 + noise * 0.6).clip(0, 1)


def _check(index: int, seed: int) -> None:
    if index < 0 or seed < 0:
        raise InputError(f"a cover's index and seed must be 0 or more, not {index} and {seed}")


def factors(index: int, seed: int = 0) -> Factors:
    """Tell what cover `index` of `seed` is drawn from, without drawing it.

    Each factor is drawn on its own, all values alike often. Raises `InputError` for a negative
    index or seed.

    Derived in: book/01_why_album_covers
    """
    _check(index, seed)
    rng = np.random.default_rng([seed, index, 1])
    lists = LAYOUTS, tuple(PALETTES), LETTERING, TEXTURES
    return Factors(*(values[rng.integers(len(values))] for values in lists))


def name(index: int, seed: int = 0) -> str:
    """Give the invented "Band – Title" of cover `index` of `seed`.

    The band is printed on the cover unless its lettering is "none". Raises `InputError` for a
    negative index or seed.

    Derived in: book/01_why_album_covers
    """
    _check(index, seed)
    rng = np.random.default_rng([seed, index, 2])
    first, thing, title, topic = (rng.choice(words.split()) for words in _WORDS)
    return f"{first} {thing} – {title} {topic}"


def draw(index: int, seed: int = 0, size: int = 64) -> np.ndarray:
    """Draw cover `index` of `seed`: always the same pixels, and one composition at every size.

    Gives uint8 (size, size, 3), RGB, 0 to 255. Raises `InputError` for a negative index or seed,
    or a size below 16.

    Derived in: book/01_why_album_covers
    """
    made = factors(index, seed)
    if size < 16:
        raise InputError(f"a cover's size must be 16 pixels or more, not {size}")
    rng = np.random.default_rng([seed, index])
    scale = max(2, -(-256 // size))  # drawn at 256 pixels or more, then averaged down
    sheet = Sheet(size * scale, _colours(made.palette, rng), rng)
    band, sheet.title = name(index, seed).split(" – ")
    DRAW[made.layout](sheet, rng.uniform)
    _caption(sheet, made.lettering, band)
    return _texture(sheet.image.reduce(scale), made.texture, rng).clip(0, 255).astype(np.uint8)
