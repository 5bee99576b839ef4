"""Sleeves: where the picture lies, and words that are seen and not cut off."""

import numpy as np
import pytest

from covers_lib.synthetic.canvas import Sheet
from covers_lib.synthetic.placement import LETTERING, letter, place
from covers_lib.synthetic.wording import Words

HUES = [(200, 40, 40), (40, 90, 160), (220, 170, 60)]


def make(seed, face="geometric", pixels=256, busy=False):
    rng = np.random.default_rng(seed)
    words = Words("Theo Lindqvist Orchestra", "Strange Satellite", "Halo", "HO 471", face)
    s = Sheet(pixels, [(240, 235, 225), (15, 20, 40), *HUES], rng, "none", words)
    if busy:
        for k in range(0, 32, 2):
            s.box(k / 32, 0, (k + 1) / 32, 1, s.ink)
    return s


@pytest.mark.parametrize("kind", LETTERING)
def test_a_picture_lies_on_the_cover(kind):
    for seed in range(30):
        x0, y0, x1, y1 = place(make(seed), kind)
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert (x1 - x0) * (y1 - y0) > 0.4


@pytest.mark.parametrize("kind", LETTERING)
@pytest.mark.parametrize("busy", [False, True])
def test_lettering_is_seen_and_leaves_most_of_the_picture(kind, busy):
    for seed in range(12):
        s = make(seed, busy=busy)
        before = np.asarray(s.image, int)
        letter(s, kind)
        changed = (np.abs(np.asarray(s.image, int) - before).sum(-1) > 40).mean()
        assert changed == 0 if kind == "none" else 0.002 < changed < 0.45


@pytest.mark.parametrize("kind", ["masthead", "foot", "corner", "giant", "column"])
def test_words_are_not_cut_off(kind):
    for seed in range(12):
        for face in ("condensed", "wide", "garalde", "script"):
            s = make(seed, face)
            letter(s, kind)
            inked = np.abs(np.asarray(s.image, int) - s.paper).sum(-1) > 40
            assert not (inked[:3].any() or inked[-3:].any())
            assert not (inked[:, :3].any() or inked[:, -3:].any())
