"""How the book's build makes pictures light."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from conftest import BOOK, loaded
from PIL import Image

light = loaded(BOOK / "_ext" / "light_pictures.py")


def save(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def test_a_grid_of_few_pixels_keeps_each_of_them(tmp_path):
    grid = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).repeat(32, 0).repeat(32, 1)
    path = save(tmp_path / "grid.png", grid)
    assert light.encode(path) == (256, 256)
    with Image.open(path.with_suffix(".webp")) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), grid)


def test_a_picture_that_is_large_without_loss_is_close_and_much_lighter(tmp_path):
    across = np.linspace(0, 200, 600)[:, None, None] + np.zeros((600, 600, 3))
    noisy = across + np.random.default_rng(0).integers(0, 12, across.shape)
    path = save(tmp_path / "photo.png", noisy)
    light.encode(path)
    made = path.with_suffix(".webp")
    assert made.stat().st_size < path.stat().st_size / 3
    with Image.open(made) as picture:
        assert np.abs(np.asarray(picture.convert("RGB")) - noisy).mean() < 6


def test_a_film_becomes_an_mp4_and_its_first_picture(tmp_path):
    frames = np.zeros((5, 64, 64, 3), np.uint8)
    frames[:, :, :, 0] = np.arange(50, 255, 50)[:, None, None]
    path = tmp_path / "film.gif"
    iio.imwrite(path, frames, duration=80, loop=0)
    assert light.encode(path) == (64, 64)
    assert len(iio.imread(path.with_suffix(".mp4"))) == 5
    with Image.open(path.with_suffix(".webp")) as still:
        assert getattr(still, "n_frames", 1) == 1
        assert np.asarray(still.convert("RGB"))[0, 0, 0] == pytest.approx(50, abs=4)


def test_all_pictures_but_the_first_wait_until_a_reader_comes_near():
    page = (
        '<img src="../_static/logo.svg"/><article>'
        '<img alt="a" src="../_images/1.png"/><img alt="b" src="../_images/2.png"/>'
        '<img alt="c" src="../_images/done.webp"/><img alt="A film" src="../_images/3.gif"/>'
    )
    made = light.lightened(page, {"1.png": (5, 6), "2.png": (7, 8), "3.gif": (9, 9)})
    assert made == (
        '<img src="../_static/logo.svg"/><article>'
        '<img alt="a" src="../_images/1.webp" width="5" height="6" fetchpriority="high"/>'
        '<img alt="b" src="../_images/2.webp" width="7" height="8" loading="lazy"/>'
        '<img alt="c" src="../_images/done.webp"/>'
        '<video src="../_images/3.mp4" poster="../_images/3.webp" width="9" height="9" '
        'aria-label="A film" controls loop muted playsinline preload="none"></video>'
    )


def test_a_page_starts_with_the_still_of_its_explorer():
    page = '<article><img src="data:image/jpeg;base64,A"/><img alt="b" src="../_images/2.png"/>'
    assert 'height="8" loading="lazy"' in light.lightened(page, {"2.png": (7, 8)})
