"""The figures: all drawn, all inside their circle, none like another."""

import numpy as np
import pytest

from covers_lib.synthetic.canvas import Sheet
from covers_lib.synthetic.motifs import MOTIFS, figure, stamp

COLOURS = [(255,) * 3, (0,) * 3, *[(128,) * 3] * 3]


def drawn(motif, seed):
    s = Sheet(64, COLOURS, np.random.default_rng(seed), motif)
    stamp(s, 0.5, 0.5, 0.4, s.ink)
    return np.asarray(s.image)[..., 0] < 128


@pytest.mark.parametrize("motif", MOTIFS[1:])
def test_a_figure_is_seen_and_stays_in_its_circle(motif):
    for seed in range(12):
        mask = drawn(motif, seed)
        assert 0.04 < mask.mean() < 0.52
        y, x = np.nonzero(mask)
        assert np.hypot(x - 31.5, y - 31.5).max() < 0.47 * 64


def test_none_draws_nothing():
    assert figure("none", np.random.default_rng(0), 0.5, 0.5, 0.4) == []
    assert not drawn("none", 0).any()


def test_figures_differ_from_one_another():
    masks = [drawn(motif, 3) for motif in MOTIFS]
    for k, one in enumerate(masks):
        assert all((one != other).mean() > 0.03 for other in masks[k + 1 :])


def test_a_figure_turns_and_moves_with_its_place():
    here, there = (figure("star", np.random.default_rng(1), x, 0.5, 0.2)[0][0] for x in (0.3, 0.6))
    np.testing.assert_allclose(np.add(here, (0.3, 0)), there)
