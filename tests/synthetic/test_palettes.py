"""The palettes: apart from one another, and each with a light and a dark colour to print in."""

import itertools
import re

import numpy as np

from covers_lib.synthetic.canvas import contrast
from covers_lib.synthetic.palettes import PALETTES, TYPEFACES, colours
from covers_lib.synthetic.typesetting import FACES


def values(palette):
    return np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PALETTES[palette]], float)


def test_there_are_sixteen_of_five_colours_each():
    assert len(PALETTES) == 16
    for tints in PALETTES.values():
        assert len(set(tints)) == 5
        assert all(re.fullmatch("#[0-9a-f]{6}", tint) for tint in tints)


def test_no_two_palettes_are_alike():
    for one, other in itertools.combinations(PALETTES, 2):
        apart = np.linalg.norm(values(one)[:, None] - values(other)[None], axis=-1)
        # how far each colour lies from the other palette's nearest, both ways
        assert (apart.min(0).mean() + apart.min(1).mean()) / 2 > 30, (one, other)


def test_ink_is_seen_on_paper():
    for palette in PALETTES:
        for seed in range(20):
            paper, ink, *hues = colours(palette, np.random.default_rng(seed))
            assert contrast(paper, ink) > 75, palette
            assert len(hues) == 3
            assert all(isinstance(v, int) and 0 <= v <= 255 for c in (paper, ink, *hues) for v in c)


def test_every_palette_has_typefaces():
    assert TYPEFACES.keys() == PALETTES.keys()
    assert {face for faces in TYPEFACES.values() for face in faces} <= set(FACES)
