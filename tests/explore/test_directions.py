import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from covers_lib.explore.directions import closed_form
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate

seeds, counts = st.integers(0, 2**31), st.integers(1, 24)


def tiny(seed: int, latent: int = 24, norm: str = "batch") -> Generator:
    torch.manual_seed(seed)
    return Generator(32, latent=latent, width=2, norm=norm)


@settings(max_examples=25, deadline=None)
@given(seeds, counts)
def test_directions_are_orthonormal_and_ordered_by_what_they_change(seed, count):
    generator = tiny(seed)
    directions = closed_form(generator, count)
    assert directions.shape == (count, 24) and directions.dtype == torch.float32
    torch.testing.assert_close(directions @ directions.T, torch.eye(count), atol=1e-5, rtol=0)
    change = (directions @ generator.first[0].weight.T).norm(dim=1)
    assert (change[1:] <= change[:-1] + 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_no_other_direction_changes_the_first_layer_more(seed):
    generator = tiny(seed)
    (first,) = closed_form(generator, 1)
    others = torch.nn.functional.normalize(torch.randn(50, 24))
    weight = generator.first[0].weight
    assert (others @ weight.T).norm(dim=1).max() <= (first @ weight.T).norm() + 1e-6


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_largest_entry_of_a_direction_is_positive(seed):
    directions = closed_form(tiny(seed))
    assert (directions.amax(1) == directions.abs().amax(1)).all()
    flipped = tiny(seed)
    flipped.first[0].weight.data *= -1  # the same |W n|
    torch.testing.assert_close(closed_form(flipped), directions)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans())
def test_a_planted_direction_is_found(seed, bias):
    generator = tiny(seed, norm="none" if bias else "batch")
    planted = torch.nn.functional.normalize(torch.randn(24), dim=0)
    weight = generator.first[0].weight
    weight.data += torch.outer(torch.randn(len(weight)), planted)  # others: 0.02 or so
    (first,) = closed_form(generator, 1)
    assert (first @ planted).abs() > 0.999


def test_covers_change_most_along_the_planted_direction():
    generator = tiny(0)
    planted = torch.eye(24)[7]
    generator.first[0].weight.data[:, 7] *= 30
    z = torch.randn(16, 24)
    first, *_, last = closed_form(generator, 24)
    assert first.argmax() == 7
    torch.testing.assert_close(first, planted, atol=0.02, rtol=0)
    before = generate(generator, z)
    moved = [(generate(generator, z + step) - before).abs().mean() for step in (first, last)]
    assert moved[0] > 3 * moved[1]


@pytest.mark.parametrize("count", [0, 25])
def test_more_directions_than_there_are_are_refused(count):
    with pytest.raises(ValueError, match=f"count must be from 1 to 24 directions, not {count}"):
        closed_form(tiny(0), count)
