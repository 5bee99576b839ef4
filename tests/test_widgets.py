import io

import numpy as np
import pytest
import torch
from PIL import Image

from covers_lib import latents
from covers_lib.networks import Generator, generate
from covers_lib.pack import to_images
from covers_lib.widgets import SIDE, InterpolationExplorer, png


@pytest.fixture
def generator():
    return Generator(32, latent=8, width=4)


def shown(explorer, place):
    image = Image.open(io.BytesIO(explorer.pictures[place].value))
    return np.asarray(image.resize((32, 32), Image.Resampling.NEAREST))


def cover(generator, z):
    return to_images(generate(generator, z[None]))[0]


def test_both_ends_are_the_seeds_covers(generator):
    explorer = InterpolationExplorer(generator, first=3, second=9)
    a, b = latents.of_seeds([3, 9], 8)
    assert np.array_equal(shown(explorer, 0), cover(generator, a))
    assert np.array_equal(shown(explorer, -1), cover(generator, b))
    middle = latents.slerp(a, b, torch.tensor([0.5]))[0]
    assert np.array_equal(shown(explorer, 8), cover(generator, middle))


def test_a_new_seed_makes_new_covers(generator):
    explorer = InterpolationExplorer(generator)
    before = [picture.value for picture in explorer.pictures]
    explorer.second.value = 77
    assert explorer.pictures[0].value == before[0]
    assert explorer.pictures[-1].value != before[-1]


def test_the_button_goes_on_from_the_second_cover(generator):
    explorer = InterpolationExplorer(generator, first=1, second=2)
    last = explorer.pictures[-1].value
    explorer.another.click()
    assert (explorer.first.value, explorer.second.value) == (2, 3)
    assert explorer.pictures[0].value == last


def test_the_slider_picks_a_picture_in_the_browser(generator):
    explorer = InterpolationExplorer(generator, frames=5)
    assert explorer.slider.max == 4 and len(explorer.stack.children) == 5


def test_png_is_enlarged_without_smoothing():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    large = np.asarray(Image.open(io.BytesIO(png(pixels, SIDE))))
    assert np.array_equal(large, pixels.repeat(8, 0).repeat(8, 1))
