"""The sheet: one composition whatever the pixels, and tones, curves and colours as told."""

import numpy as np
import pytest

from covers_lib.synthetic import canvas

PAPER, INK, RED = (240, 235, 220), (10, 20, 40), (200, 30, 30)


def make(pixels):
    return canvas.Sheet(pixels, [PAPER, INK, RED, RED, RED], np.random.default_rng(0))


@pytest.mark.parametrize("pixels", [64, 256, 300])
def test_shapes_cover_the_same_share_at_every_size(pixels):
    s = make(pixels)
    s.box(0.25, 0.25, 0.75, 0.75, INK)
    inked = (np.asarray(s.image) == INK).all(-1).mean()
    assert inked == pytest.approx(0.25, abs=0.01)
    disc = np.asarray(s.mask((canvas.star(0.5, 0.5, 0.4, 60, 0, 1), True))).mean() / 255
    assert disc == pytest.approx(np.pi * 0.4**2, abs=0.02)


def test_a_mask_adds_and_cuts():
    s = make(64)
    whole, hole = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]), np.array([(0, 0), (1, 0), (1, 1)])
    assert np.asarray(s.mask((whole, True), (hole, False))).mean() == pytest.approx(127, abs=4)


def test_a_toned_picture_runs_from_dark_to_light():
    x, _ = canvas.grid()
    picture = np.asarray(make(128).toned(x, INK, PAPER), float)
    assert (np.diff(picture.mean((0, 2))) >= 0).all()
    assert abs(picture[:, 0] - INK).max() < 8
    assert abs(picture[:, -1] - PAPER).max() < 8


def test_noise_comes_from_the_generator_it_is_given():
    first, again, other = (canvas.cloud(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.05


def test_a_curve_goes_through_its_knots():
    knots = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
    line = canvas.curve(knots, per=5)
    assert line.shape == (20, 2)
    np.testing.assert_allclose(line[::5], knots)


def test_mixing_and_contrast():
    assert canvas.mix((0, 0, 0), (100, 200, 50), 0.5) == (50, 100, 25)
    assert canvas.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(255)


def test_the_clearest_colour_differs_most_in_lightness():
    black, grey, white = (0, 0, 0), (90, 90, 90), (255, 255, 255)
    assert canvas.clearest((black, grey, white), grey) == white
    assert canvas.clearest((black, grey), white) == black


def test_a_relief_is_one_inside_and_nought_outside():
    page = canvas.Sheet(256, [(0, 0, 0)] * 5, np.random.default_rng(0))
    tone = page.relief([([(0, 0), (0.5, 0), (0.5, 1), (0, 1)], True)], 1)
    assert tone.shape == (canvas.TONES, canvas.TONES)
    assert (tone[:, : canvas.TONES // 2 - 4] > 0.99).all() and (
        tone[:, canvas.TONES // 2 + 4 :] < 0.01
    ).all()
