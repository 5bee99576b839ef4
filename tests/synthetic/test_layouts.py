"""The layouts: each draws with every motif, fills the sheet, and uses the sheet's colours only."""

import itertools

import numpy as np
import pytest

from covers_lib.synthetic.canvas import Sheet
from covers_lib.synthetic.layouts import DRAW, LAYOUTS
from covers_lib.synthetic.motifs import MOTIFS
from covers_lib.synthetic.palettes import colours
from covers_lib.synthetic.wording import Words

WORDS = Words("Northern Glass", "Slow Fire & Rain", "Halo", "HO 101", "grotesk")


def draw(layout, motif, seed, pixels=128):
    rng = np.random.default_rng(seed)
    s = Sheet(pixels, colours("folk", rng), rng, motif, WORDS)
    DRAW[layout](s, s.rng.uniform)
    return np.asarray(s.image, float)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_draws_every_motif(layout):
    pictures = {motif: draw(layout, motif, 5) for motif in MOTIFS}
    assert all(picture.shape == (128, 128, 3) for picture in pictures.values())
    assert all(picture.std() > 3 for picture in pictures.values())
    plain = pictures.pop("none")
    assert all(abs(picture - plain).mean() > 0.5 for picture in pictures.values())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_looks_alike_at_twice_the_size(layout):
    for seed in range(4):
        small, large = (draw(layout, "bird", seed, pixels) for pixels in (256, 512))
        shrunk = large.reshape(256, 2, 256, 2, 3).mean((1, 3))
        assert np.abs(small - shrunk).mean() < 8  # thin lines move by half a pixel


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_varies(layout):
    pictures = [draw(layout, "star", seed, 64) for seed in range(6)]
    assert all(abs(a - b).mean() > 4 for a, b in itertools.pairwise(pictures))
