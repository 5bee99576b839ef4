import hashlib

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from covers_lib.data import sources
from covers_lib.data.audit import LeftOut, read_cover, square, to_rgb
from covers_lib.data.sources import FileItem


def reason(path) -> str:
    with pytest.raises(LeftOut) as caught:
        read_cover(FileItem(path.name, path), 64)
    return str(caught.value)


def test_reasons(picture, tmp_path, monkeypatch):
    assert reason(picture("small.png", 63, 100)) == "too small"
    assert reason(picture("long.png", 201, 100)) == "too long or narrow"
    assert reason(picture("narrow.jpg", 100, 201)) == "too long or narrow"
    (tmp_path / "text.jpg").write_text("not a picture")
    assert reason(tmp_path / "text.jpg") == "unreadable"
    (tmp_path / "empty.png").write_bytes(b"")
    assert reason(tmp_path / "empty.png") == "unreadable"
    Image.new("RGB", (100, 100), "white").save(tmp_path / "blank.png")
    assert reason(tmp_path / "blank.png") == "blank"
    monkeypatch.setattr(sources, "MAX_PIXELS", 99 * 99)
    assert reason(picture("bomb.png")) == "too many pixels"


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_a_file_that_breaks_off_is_left_out(picture, ending):
    path = picture(f"whole.{ending}", 300, 300)
    data = path.read_bytes()
    cover = read_cover(FileItem(path.name, path), 64)
    assert (cover.width, cover.height) == (300, 300)
    path.write_bytes(data[: len(data) // 2])
    assert reason(path) == "truncated"


@settings(max_examples=25, deadline=None)
@given(st.integers(64, 300), st.integers(64, 300), st.sampled_from([32, 64]))
def test_square_keeps_the_middle_undistorted(width, height, size):
    # A disc in the middle, as wide as the short side, must stay a disc.
    y, x = np.mgrid[:height, :width]
    side = min(width, height)
    inside = (x - (width - 1) / 2) ** 2 + (y - (height - 1) / 2) ** 2 < (side / 3) ** 2
    result = np.asarray(square(Image.fromarray((inside * 255).astype(np.uint8)), size)) > 127
    rows, columns = result.any(1).sum(), result.any(0).sum()
    assert result.shape == (size, size)
    assert abs(rows - columns) <= 2
    assert abs(rows - size * 2 / 3) <= 2


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_mode_becomes_rgb(mode):
    assert to_rgb(Image.new(mode, (8, 8))).mode == "RGB"


def test_transparency_becomes_white():
    assert to_rgb(Image.new("RGBA", (2, 2), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_keep_their_brightness():
    image = Image.fromarray(np.full((4, 4), 32_896, dtype=np.uint16))  # the middle of the range
    assert to_rgb(image).getpixel((0, 0)) == (128, 128, 128)


def test_a_photograph_is_turned_upright(tmp_path):
    image = Image.new("RGB", (100, 80), "black")
    image.paste("white", (0, 0, 50, 80))  # white at the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise: white at the top
    image.save(tmp_path / "turned.jpg", exif=exif)
    cover = read_cover(FileItem("turned.jpg", tmp_path / "turned.jpg"), 64)
    assert (cover.width, cover.height) == (100, 80)
    assert cover.pixels[:20].mean() > 230 and cover.pixels[-20:].mean() < 25


def test_digest_hash_and_thumb_are_those_of_the_pixels(picture):
    cover = read_cover(FileItem("p.png", picture("p.png")), 64)
    assert cover.pixels.shape == (64, 64, 3) and cover.pixels.dtype == np.uint8
    assert cover.digest == hashlib.sha256(cover.pixels.tobytes()).hexdigest()
    average = cover.pixels.reshape(8, 8, 8, 8, 3).mean((1, 3))
    np.testing.assert_allclose(cover.thumb, average, atol=1.01)
    assert cover.phash == int(str(imagehash.phash(Image.fromarray(cover.pixels))), 16)
