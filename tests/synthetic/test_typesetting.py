"""Words: every typeface loads, is under the licence, and its lines keep inside their measure."""

from importlib import resources

import numpy as np
import pytest

from covers_lib.synthetic.canvas import Sheet, contrast
from covers_lib.synthetic.typesetting import (
    FACES,
    print_block,
    print_line,
    readable,
    small_print,
    width,
)

WHITE, BLACK = (255,) * 3, (0,) * 3


def make(pixels=256):
    hues = [(200, 30, 30), (30, 30, 160), (90, 90, 90)]
    return Sheet(pixels, [WHITE, BLACK, *hues], np.random.default_rng(0))


def inked(s):
    """Give the box of all that is not paper, 0 to 1: x0, y0, x1, y1."""
    y, x = np.nonzero((np.asarray(s.image) != WHITE).any(-1))
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / s.pixels


@pytest.mark.parametrize("face", FACES)
def test_a_typeface_comes_with_the_open_font_license(face):
    folder = resources.files(FACES[face].package)
    places = folder / "LICENSE", folder / "files" / "OFL.txt"
    licences = [place.read_text(errors="replace") for place in places if place.is_file()]
    assert any("SIL OPEN FONT LICENSE Version 1.1" in text for text in licences)


@pytest.mark.parametrize("face", sorted(FACES.keys() - {"script"}))  # its capitals swing out
@pytest.mark.parametrize("anchor", ["l", "m", "r"])
def test_a_line_stands_where_it_is_told(face, anchor):
    s = make()
    x = {"l": 0.1, "m": 0.5, "r": 0.9}[anchor]
    high = print_line(s, "HEATH", face, x, 0.6, 0.2, BLACK, anchor, 0.5, FACES[face].tracking)
    x0, y0, x1, y1 = inked(s)
    found = {"l": x0, "m": (x0 + x1) / 2, "r": x1}[anchor]
    assert found == pytest.approx(x, abs=0.03)
    assert x1 - x0 < 0.53
    assert y1 == pytest.approx(0.6, abs=0.03)
    assert 0.6 - y0 == pytest.approx(high, abs=0.04)


def test_a_line_that_is_too_long_is_set_smaller():
    assert (
        print_line(make(), "FAR TOO LONG A LINE", "grotesk", 0.1, 0.5, 0.2, BLACK, most=0.8) < 0.2
    )
    assert print_line(make(), "NO", "grotesk", 0.1, 0.5, 0.2, BLACK, most=0.8) == 0.2


def test_tracking_widens():
    assert width("ABC", "grotesk", 0.5) == pytest.approx(width("ABC", "grotesk", 0.0) + 1)


def test_letters_are_in_proportion_at_every_size():
    boxes = []
    for pixels in (256, 512):
        s = make(pixels)
        print_line(s, "Harbour Lights", "garalde", 0.1, 0.5, 0.06, BLACK)
        boxes.append(inked(s))
    np.testing.assert_allclose(*boxes, atol=0.012)


def test_plain_ground_takes_the_colour_that_differs_and_no_plate():
    s = make()
    first, second, plate = readable(s, (0.1, 0.1, 0.9, 0.3))
    assert (first, plate) == (BLACK, None)
    assert contrast(second, WHITE) > 85


def test_a_restless_ground_gets_a_plate():
    s = make()
    for k in range(0, 16, 2):
        s.box(k / 16, 0, (k + 1) / 16, 1, BLACK)
    first, second, plate = readable(s, (0, 0.1, 1, 0.3))
    assert plate is not None
    assert min(contrast(first, plate), contrast(second, plate)) > 85


@pytest.mark.parametrize("up", [True, False])
def test_a_block_keeps_inside_its_margin(up):
    s = make()
    lines = [("NORTHERN GLASS", "roman", 0.12, 0.1), ("Slow jumping fog", "italic", 0.06, 0.0)]
    print_block(s, lines, 0.05, 0.95 if up else 0.05, up=up)
    x0, y0, x1, y1 = inked(s)
    assert x0 > 0.03
    assert x1 < 0.98
    assert (y0 > 0.5) if up else (y1 < 0.5)
    assert y0 > 0.02
    assert y1 < 0.99


def test_small_print_keeps_to_its_corner():
    s = make()
    small_print(s, "HO 4711", [(True, True)])
    x0, y0, x1, y1 = inked(s)
    assert x0 > 0.6
    assert y0 > 0.9
    assert max(x1, y1) < 0.98
