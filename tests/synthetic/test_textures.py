"""Surfaces: seen, faint enough to leave the picture, and drawn from the generator given."""

import numpy as np
import pytest
from PIL import Image

from covers_lib.synthetic.textures import TEXTURES, surface


def picture(size=128):
    image = Image.new("RGB", (size, size), (150, 60, 40))
    image.paste((20, 30, 60), (size // 4, size // 4, size // 2, size))
    return image


def change(kind, seed=0, size=128):
    printed = surface(picture(size), kind, np.random.default_rng(seed))
    assert printed.shape == (size, size, 3)
    assert printed.dtype == np.uint8
    return printed.astype(float) - np.asarray(picture(size), float)


def test_clean_stock_leaves_the_picture_as_it_is():
    assert not change("clean").any()


@pytest.mark.parametrize("kind", TEXTURES[1:])
def test_a_surface_is_seen_and_leaves_the_picture(kind):
    for seed in range(5):
        assert 0.5 < np.abs(change(kind, seed)).mean() < 20


@pytest.mark.parametrize("kind", TEXTURES[1:])
def test_a_surface_repeats_with_its_seed(kind):
    np.testing.assert_array_equal(change(kind, 4), change(kind, 4))
    assert (change(kind, 4) != change(kind, 5)).any()


def test_wear_is_at_the_rim_and_in_a_ring():
    worn = sum(np.abs(change("worn", seed)).mean(-1) for seed in range(10))
    assert worn[0].mean() > 3 * worn[8:20, 56:72].mean()
    ring = worn[64, 4:14].max()
    assert ring > 2 * worn[64, 24:40].mean()


def test_a_poor_press_prints_its_inks_apart():
    edge = change("print", 1)[64, 24:40]  # across the block's left side
    assert np.abs(edge).max() > 30
