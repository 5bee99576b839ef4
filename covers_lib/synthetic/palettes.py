"""The palettes of synthetic covers: five colours each, and the typefaces that go with them."""

import numpy as np

from covers_lib.synthetic.canvas import contrast, mix

# A palette's first colour is its usual paper; each holds a dark and a light one, for contrast.
PALETTES: dict[str, tuple[str, ...]] = {
    "blue jazz": ("#e9eee9", "#0a1c44", "#1d5fc4", "#7fb4e0", "#ef5a33"),
    "post-punk": ("#101012", "#efefef", "#a3a3a3", "#5b5b5d", "#d2d2d2"),
    "synthwave": ("#1a0b2e", "#ff4fa3", "#ff9e4f", "#3ad6e0", "#f8e9ff"),
    "folk": ("#efe3c8", "#3b2a1e", "#a8622a", "#6f7d4a", "#d2a24c"),
    "metal": ("#0d0b0c", "#dcc9a8", "#a3171b", "#5c1013", "#7f7260"),
    "ambient": ("#e4ecdd", "#2c4a3f", "#8db79f", "#f2bf9c", "#c5dcc4"),
    "bossa nova": ("#eef3cf", "#0f3d22", "#2f9a55", "#f0b634", "#8ccf6f"),
    "disco": ("#2b1055", "#f7c843", "#ef3e6d", "#7f5af0", "#ffe9a8"),
    "krautrock": ("#f4512c", "#1a1210", "#ffe3d1", "#ff9a3d", "#a3200f"),
    "dub": ("#15130a", "#f7c51e", "#1f9a48", "#d8232a", "#f5e6a3"),
    "shoegaze": ("#3a1230", "#fbe4e1", "#e0457b", "#f3a5b5", "#9b4a8c"),
    "soul": ("#4a1d12", "#f3d9a4", "#d96a27", "#a83a1c", "#f0a830"),
    "new wave": ("#f5f2fb", "#2a1fa6", "#ff5a6a", "#ffd23f", "#37d3b4"),
    "nordic": ("#12293a", "#dfeaf0", "#4f7f9c", "#9fc0d0", "#b9725c"),
    "chamber": ("#f0e6d6", "#43152a", "#86304c", "#c9a25f", "#b79aa0"),
    "cool jazz": ("#f3c623", "#11203f", "#fdeeae", "#d7402b", "#2c6e91"),
}
TYPEFACES: dict[str, tuple[str, ...]] = {
    "blue jazz": ("grotesk", "geometric", "condensed", "slab"),
    "post-punk": ("grotesk", "grotesk light", "mono", "geometric light"),
    "synthwave": ("wide", "deco", "geometric light"),
    "folk": ("drawn", "garalde", "italic", "slab"),
    "metal": ("roman", "condensed", "grotesk"),
    "ambient": ("geometric light", "italic", "grotesk light"),
    "bossa nova": ("geometric", "script", "grotesk"),
    "disco": ("deco", "fat didone", "script"),
    "krautrock": ("geometric", "wide", "mono"),
    "dub": ("condensed", "slab", "deco"),
    "shoegaze": ("grotesk light", "italic", "didone"),
    "soul": ("slab", "fat didone", "script", "condensed"),
    "new wave": ("geometric", "wide", "mono", "condensed"),
    "nordic": ("geometric light", "grotesk light", "garalde"),
    "chamber": ("didone", "garalde", "roman"),
    "cool jazz": ("condensed", "fat didone", "grotesk", "geometric"),
}


def colours(palette: str, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return paper, ink (the colour that differs most from it), and three hues seen on that paper.

    Derived in: book/01_why_album_covers
    """
    tints = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PALETTES[palette]])
    tints = (tints + rng.normal(0, 4, tints.shape)).clip(0, 255)
    other, share = int(rng.integers(len(tints))), rng.uniform()
    if share < 0.4 and max(contrast(tint, tints[other]) for tint in tints) > 120:
        tints[[0, other]] = tints[[other, 0]]  # another colour of the palette is the paper
    paper, *rest = tints
    ink, *hues = sorted(rest, key=lambda tint: contrast(tint, paper), reverse=True)
    hues = [mix(hue, ink, 0.4 if contrast(hue, paper) < 40 else 0) for hue in hues]
    return [mix(paper, ink, 0), mix(ink, ink, 0), *(hues[k] for k in rng.permutation(3))]
