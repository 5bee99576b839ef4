import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from covers_lib.gan.augmentation import NUMBERS, augment, colour, cut_out, translate

ALL = ("colour", "translation", "cutout")
sides = st.sampled_from([8, 32, 64])
seeds = st.integers(0, 2**31)


def drawn(n, seed, numbers=NUMBERS, dtype=torch.float32):
    return torch.rand(n, numbers, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def covers_of(n, side, seed=0, dtype=torch.float32):
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, side, side, generator=rng, dtype=dtype) * 2 - 1


@given(n=st.integers(1, 4), side=sides, seed=seeds)
@settings(deadline=None)
def test_shape_type_and_range(n, side, seed):
    covers = covers_of(n, side, seed)
    seen = augment(covers, drawn(n, seed), ALL)
    assert seen.shape == covers.shape and seen.dtype == covers.dtype
    assert seen.abs().max() <= 1.5 * (1.5 + 2 * 2)  # brightness, then saturation, then contrast


def test_nothing_is_done_unless_named():
    covers = covers_of(2, 8)
    assert torch.equal(augment(covers, drawn(2, 0), ()), covers)


def test_each_cover_is_changed_by_its_own_numbers_alone():
    covers, u = covers_of(4, 16), drawn(4, 1)
    together = augment(covers, u, ALL)
    alone = [augment(covers[i : i + 1], u[i : i + 1], ALL) for i in range(4)]
    torch.testing.assert_close(together, torch.cat(alone))
    same = augment(covers[:1].expand(4, -1, -1, -1), u, ALL)
    assert all(not torch.allclose(same[0], other) for other in same[1:])


def test_colour_at_its_middle_changes_nothing():
    covers = covers_of(3, 8)
    torch.testing.assert_close(colour(covers, torch.full((3, 3), 0.5)), covers)


@pytest.mark.parametrize(("u", "shift"), [(0.0, -0.5), (0.75, 0.25), (1.0, 0.5)])
def test_brightness_is_added(u, shift):
    covers = covers_of(1, 8)
    torch.testing.assert_close(colour(covers, torch.tensor([[u, 0.5, 0.5]])), covers + shift)


def test_saturation_from_grey_to_double():
    covers = covers_of(1, 8)
    grey = covers.mean(1, keepdim=True)
    without = colour(covers, torch.tensor([[0.5, 0.0, 0.5]]))
    torch.testing.assert_close(without, grey.expand_as(covers))
    double = colour(covers, torch.tensor([[0.5, 1.0, 0.5]]))
    torch.testing.assert_close(double - grey, 2 * (covers - grey))


@pytest.mark.parametrize(("u", "factor"), [(0.0, 0.5), (1.0, 1.5)])
def test_contrast_is_about_the_covers_own_mean(u, factor):
    covers = covers_of(2, 8)
    mean = covers.mean((1, 2, 3), keepdim=True)
    seen = colour(covers, torch.tensor([[0.5, 0.5, u]]).expand(2, 3))
    torch.testing.assert_close(seen - mean, factor * (covers - mean))


@given(side=sides, down=st.floats(0, 0.999), right=st.floats(0, 0.999))
@settings(deadline=None)
def test_a_translated_cover_is_a_window_on_the_cover_in_grey(side, down, right):
    covers, most = covers_of(1, side), side // 8
    padded = torch.nn.functional.pad(covers, (most,) * 4)
    seen = translate(covers, torch.tensor([[down, right]], dtype=torch.float64))
    top, left = (2 * most - int(part * (2 * most + 1)) for part in (down, right))
    assert torch.equal(seen, padded[:, :, top : top + side, left : left + side])


def test_every_translation_up_to_an_eighth_is_as_likely():
    spot = torch.zeros(3000, 3, 32, 32)
    spot[:, :, 16, 16] = 1
    seen = translate(spot, drawn(3000, 0, 2))[:, 0].flatten(1).argmax(1)
    for place in (seen // 32, seen % 32):
        counts = place.bincount(minlength=32)
        assert counts[:12].sum() == counts[21:].sum() == 0
        assert ((counts[12:21] - 3000 / 9).abs() < 5 * (3000 / 9) ** 0.5).all()


@given(side=sides, seed=seeds)
@settings(deadline=None)
def test_a_hole_is_a_grey_square_of_half_the_side_that_may_stick_out(side, seed):
    hidden = cut_out(torch.ones(1, 3, side, side), drawn(1, seed, 2))[0] == 0
    assert (hidden == hidden[0]).all(), "the same in all channels"
    rows, columns = hidden[0].any(1), hidden[0].any(0)
    assert torch.equal(hidden[0], rows[:, None] & columns[None, :])
    assert side // 4 <= rows.sum() <= side // 2 and side // 4 <= columns.sum() <= side // 2


def test_holes_are_anywhere_alike_in_all_corners():
    holes = (cut_out(torch.ones(4000, 3, 16, 16), drawn(4000, 0, 2)) == 0)[:, 0].float().mean(0)
    for turned in (holes.flip(0), holes.flip(1), holes.T):
        torch.testing.assert_close(holes, turned, atol=0.05, rtol=0)
    assert holes.min() > 0.05


def test_brightness_is_uniform():
    shifts = colour(torch.zeros(2000, 3, 2, 2), drawn(2000, 0, 3))[:, 0, 0, 0]
    assert kstest(shifts + 0.5, "uniform").pvalue > 1e-6


@pytest.mark.parametrize("kind", ALL)
def test_gradients_equal_finite_differences_twice(kind):
    covers = covers_of(2, 8, dtype=torch.float64).requires_grad_()
    u = drawn(2, 3, dtype=torch.float64)

    def curved(covers):
        return augment(covers, u, (kind,)) ** 3

    assert torch.autograd.gradcheck(curved, covers)
    assert torch.autograd.gradgradcheck(curved, covers)


def test_it_goes_through_func_grad_as_penalties_do():
    covers, u = covers_of(2, 16), drawn(2, 5)
    found = torch.func.grad(lambda x: augment(x, u, ALL).square().sum())(covers)
    leaf = covers.clone().requires_grad_()
    (expected,) = torch.autograd.grad(augment(leaf, u, ALL).square().sum(), leaf)
    torch.testing.assert_close(found, expected)
