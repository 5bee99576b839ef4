"""Covers drawn by code: the same pixels each time, one composition at every size."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from covers_lib import synthetic

INDEXES = st.integers(0, 10**9)
SEEDS = st.integers(0, 10**6)


def shrink(image):
    """Halve a picture by averaging 2x2 pixels."""
    half = len(image) // 2
    return image.reshape(half, 2, half, 2, 3).mean((1, 3))


def test_a_cover_is_the_same_alone_and_in_any_order():
    forward = [synthetic.draw(index) for index in range(40)]
    np.random.seed(0)  # the global generator must not matter
    backward = [synthetic.draw(index) for index in reversed(range(40))][::-1]
    np.testing.assert_array_equal(forward, backward)


@settings(max_examples=40, deadline=None)
@given(INDEXES, SEEDS, st.integers(16, 160))
def test_any_cover_has_the_promised_shape_and_repeats(index, seed, size):
    cover = synthetic.draw(index, seed, size)
    assert cover.shape == (size, size, 3)
    assert cover.dtype == np.uint8
    assert cover.std() > 3  # something is on it
    np.testing.assert_array_equal(cover, synthetic.draw(index, seed, size))


def test_drawing_leaves_numpy_s_global_generator_alone():
    before = np.random.get_state()[1].copy()
    synthetic.draw(3)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


# Up to 128 pixels both sizes come from one drawing; above it, letters are set anew and may shift.
@pytest.mark.parametrize(("small", "mean", "most"), [(32, 3, 12), (64, 3, 12), (128, 6, 20)])
def test_every_size_shows_one_composition(small, mean, most):
    n = 120 if small < 128 else 48
    covers = [synthetic.draw(index, 0, small).astype(float) for index in range(n)]
    shrunk = [shrink(synthetic.draw(index, 0, 2 * small)) for index in range(n)]
    same = [np.abs(a - b).mean() for a, b in zip(covers, shrunk, strict=True)]
    other = [np.abs(a - b).mean() for a, b in zip(covers, shrunk[1:], strict=False)]
    assert np.mean(same) < mean
    assert max(same) < most
    assert max(same) < min(other)


def test_all_values_of_all_factors_occur_alike_often():
    made = [synthetic.factors(index) for index in range(960)]
    for field, values in (
        ("layout", synthetic.LAYOUTS),
        ("palette", tuple(synthetic.PALETTES)),
        ("motif", synthetic.MOTIFS),
        ("lettering", synthetic.LETTERING),
        ("texture", synthetic.TEXTURES),
    ):
        found = [getattr(one, field) for one in made]
        assert set(found) == set(values)
        assert set(found[:400]) == set(values)
        expected = len(made) / len(values)
        assert all(0.5 < found.count(value) / expected < 1.6 for value in values), field


def test_there_is_enough_to_choose_from():
    assert len(synthetic.LAYOUTS) >= 12
    assert len(synthetic.PALETTES) == 16
    assert len(synthetic.MOTIFS) == 8


def test_covers_differ_from_each_other_even_inside_a_layout():
    small = np.array([synthetic.draw(index, 0, 32) for index in range(300)], float)
    layouts = np.array([synthetic.factors(index).layout for index in range(300)])
    for layout in synthetic.LAYOUTS:
        covers = small[layouts == layout].reshape((layouts == layout).sum(), -1)
        apart = np.abs(covers[:, None] - covers[None]).mean(-1)
        assert apart[~np.eye(len(covers), dtype=bool)].min() > 5, layout


def test_a_cover_can_be_drawn_from_other_factors():
    plain = synthetic.Factors("fields", "folk", "none", "none", "clean")
    own = synthetic.factors(3, 0)
    np.testing.assert_array_equal(synthetic.draw(3, 0, 32, own), synthetic.draw(3, 0, 32))
    drawn = synthetic.draw(3, 0, 32, plain)
    assert (drawn != synthetic.draw(3, 0, 32)).any()
    np.testing.assert_array_equal(drawn, synthetic.draw(3, 0, 32, plain))


def test_seeds_give_different_covers():
    ours, theirs = ([synthetic.draw(i, seed, 32) for i in range(20)] for seed in (0, 1))
    assert all((a != b).any() for a, b in zip(ours, theirs, strict=True))
    assert [synthetic.factors(i, 0) for i in range(20)] != [
        synthetic.factors(i, 1) for i in range(20)
    ]


def test_a_name_is_a_band_and_a_title():
    names = [synthetic.name(index) for index in range(300)]
    assert all(len(name.split(" – ")) == 2 for name in names)
    assert len(set(names)) > 290
    assert names[7] == synthetic.name(7)


@pytest.mark.parametrize("call", [synthetic.draw, synthetic.factors, synthetic.name])
@pytest.mark.parametrize(("index", "seed"), [(-1, 0), (0, -2)])
def test_a_negative_index_or_seed_is_refused(call, index, seed):
    message = f"a cover's index and seed must be 0 or more, not {index} and {seed}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        call(index, seed)


def test_a_size_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match=r"^a cover's size must be 16 pixels or more, not 15$"):
        synthetic.draw(0, size=15)
    assert synthetic.draw(0, size=16).shape == (16, 16, 3)


class Reader(nn.Module):
    """Two small networks: the layout from lightness only, the palette from a few colours only."""

    def __init__(self):
        super().__init__()
        self.shapes = nn.Sequential(
            *_stage(1, 24, 5, 2), *_stage(24, 48, 3, 2),
            *_stage(48, 96, 3, 2), *_stage(96, 128, 3, 2),
            nn.Dropout(0.3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(512, len(synthetic.LAYOUTS)),
        )  # fmt: skip
        self.colours = nn.Sequential(*_stage(3, 48, 1, 1), *_stage(48, 96, 1, 1))
        self.palette = nn.Sequential(
            nn.BatchNorm1d(96),
            nn.Linear(96, 128),
            nn.ReLU(),
            nn.Linear(128, len(synthetic.PALETTES)),
        )

    def forward(self, x):  # (N, 3, 64, 64)
        light = x.mean(1, keepdim=True)
        light = light - light.mean((2, 3), keepdim=True)
        light = light / (light.std((2, 3), keepdim=True) + 0.05)
        if self.training:  # a layout is the same in negative
            light = light * (torch.randint(0, 2, (len(x), 1, 1, 1)) * 2 - 1)
        return self.shapes(light), self.palette(self.colours(x[..., 1::3, 1::3]).mean((2, 3)))


def _stage(inward, outward, size, stride):
    convolution = nn.Conv2d(inward, outward, size, stride, size // 2, bias=False)
    return convolution, nn.BatchNorm2d(outward), nn.ReLU()


@pytest.mark.slow
def test_layout_and_palette_can_be_read_from_covers_not_seen_before():
    n, held_out, epochs = 2080, 400, 8
    covers = np.stack([synthetic.draw(index, 11) for index in range(n + held_out)])
    x = torch.from_numpy(covers).permute(0, 3, 1, 2) / 127.5 - 1
    made = [synthetic.factors(index, 11) for index in range(n + held_out)]
    layouts = torch.tensor([synthetic.LAYOUTS.index(one.layout) for one in made])
    palettes = torch.tensor([list(synthetic.PALETTES).index(one.palette) for one in made])
    torch.manual_seed(0)
    reader, per = Reader(), 65
    weights = torch.optim.AdamW(reader.parameters(), weight_decay=0.02)
    pace = torch.optim.lr_scheduler.OneCycleLR(weights, 6e-3, epochs * n // per)
    for places in (torch.stack([torch.randperm(n) for _ in range(epochs)])).view(-1, per):
        shift = torch.randint(-3, 4, (2,)).tolist()
        layout, palette = reader(x[places].roll(shift, (2, 3)))
        loss = cross_entropy(layout, layouts[places]) + cross_entropy(palette, palettes[places])
        weights.zero_grad()
        loss.backward()
        weights.step()
        pace.step()
    with torch.no_grad():
        layout, palette = reader.eval()(x[n:])
    right = [(found.argmax(1) == true[n:]).float().mean().item()
             for found, true in ((layout, layouts), (palette, palettes))]  # fmt: skip
    assert right[0] > 0.7, right
    assert right[1] > 0.85, right
