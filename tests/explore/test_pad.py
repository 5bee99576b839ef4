import io

import numpy as np
import pytest
import torch
from PIL import Image

from covers_lib.explore.controls import FAR, slider
from covers_lib.explore.pad import COVER, SIDE, Pad, square


@pytest.fixture
def asked():
    """The latent vectors that the pad asked covers of."""
    return []


@pytest.fixture
def pad(asked):
    """A pad over three sliders, whose covers have their latent vector for a colour."""

    def covers(z):
        asked.append(z)
        colours = (127 + 20 * z).to(torch.uint8).numpy()
        return np.tile(colours[:, None, None], (1, 8, 8, 1))

    return Pad(
        [slider(name) for name in ("red", "green", "blue")], lambda v: torch.tensor([v]), covers
    )


def colours(pad):
    """The colour of each cover that is shown, row by row from the top."""
    image = np.asarray(Image.open(io.BytesIO(pad.picture.value)))
    return image[4::8, 4::8].astype(int)


def test_the_covers_go_along_both_directions(pad):
    pad.sliders[2].value = 1.5
    pad.draw()
    shown = colours(pad)
    ends = [127 - 20 * FAR, 127 + 20 * FAR]
    assert shown.shape == (SIDE, SIDE, 3)
    assert shown[0, 0].tolist() == [ends[0], ends[1], 157]  # up is more
    assert shown[-1, -1].tolist() == [ends[1], ends[0], 157]
    assert shown[SIDE // 2, SIDE // 2].tolist() == [127, 127, 157]


def test_a_click_moves_both_sliders_to_the_cover_clicked(pad):
    pad.draw()
    pad.buttons[1].click()
    at = [each.value for each in pad.sliders]
    assert at == [-FAR / 2, FAR, 0]
    assert colours(pad)[0, 1].tolist() == [127 + 20 * value for value in at]
    assert pad.buttons[1].tooltip == "red -2, green 4"


def test_the_mark_is_on_the_cover_that_the_sliders_stand_at(pad):
    assert "left:50.0%;top:50.0%" in pad.mark.value
    pad.buttons[0].click()
    assert "left:10.0%;top:10.0%" in pad.mark.value
    pad.buttons[-1].click()
    assert "left:90.0%;top:90.0%" in pad.mark.value


def test_other_directions_can_be_chosen_and_are_never_the_same(pad):
    pad.across.value = 2
    assert pad.axes() == (pad.sliders[2], pad.sliders[1])
    assert pad.children[-2:] == pad.axes()
    pad.up.value = 2
    assert (pad.across.value, pad.up.value) == (1, 2)
    pad.across.value = 2
    assert (pad.across.value, pad.up.value) == (2, 1)
    pad.buttons[0].click()
    assert [each.value for each in pad.sliders] == [0, FAR, -FAR]


def test_covers_are_made_once(pad, asked):
    pad.draw()
    pad.buttons[3].click()  # along the pad's own directions its covers stay
    pad.draw()
    assert len(asked) == 1
    pad.sliders[2].value = 1.0
    pad.draw()
    assert len(asked) == 2


def test_the_pad_takes_no_more_of_the_tab_key_than_its_sliders(pad):
    assert not any(button.tabbable for button in pad.buttons)


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_large_covers_are_made_small(size):
    covers = np.full((SIDE * SIDE, size, size, 3), 77, np.uint8)
    covers[0] = 200
    sheet = square(covers)
    side = min(size, COVER)
    assert sheet.shape == (SIDE * side, SIDE * side, 3)
    assert (sheet[:side, :side] == 200).all() and (sheet[side:] == 77).all()
