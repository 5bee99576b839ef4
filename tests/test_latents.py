import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from covers_lib import latents

seeds, dims = st.integers(0, 2**31), st.integers(2, 200)


@given(seeds, dims, st.integers(1, 9))
def test_samples_are_seeded(seed, dim, n):
    z = latents.sample(n, dim, seed)
    assert z.shape == (n, dim)
    assert torch.equal(z, latents.sample(n, dim, seed))


def test_a_seed_names_a_cover():
    assert torch.equal(latents.of_seeds([3, 8], 16)[1:], latents.sample(1, 16, 8))


@given(seeds, dims)
def test_both_ends_are_met(seed, dim):
    a, b = latents.sample(2, dim, seed)
    for way in (latents.lerp, latents.slerp):
        ends = way(a, b, torch.tensor([0.0, 1.0]))
        torch.testing.assert_close(ends, torch.stack([a, b]), atol=1e-4, rtol=1e-4)


@given(seeds, st.integers(8, 200))
def test_slerp_turns_by_equal_angles_and_is_symmetric(seed, dim):
    a, b = torch.nn.functional.normalize(latents.sample(2, dim, seed).double())
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    way = latents.slerp(a, b, t)
    torch.testing.assert_close(way.norm(dim=1), torch.ones(9, dtype=torch.float64))
    cosines = (way[1:] * way[:-1]).sum(1)
    torch.testing.assert_close(cosines, cosines[:1].expand(8))
    torch.testing.assert_close(latents.slerp(b, a, 1 - t), way)


@pytest.mark.parametrize("factor", [1.0, -1.0, 2.0, 0.0])
@pytest.mark.parametrize("seed", range(20))
def test_slerp_of_parallel_or_zero_vectors_is_a_line_without_nan(seed, factor):
    a = latents.sample(1, 128, seed)[0]
    t = torch.linspace(0, 1, 5)
    assert torch.equal(latents.slerp(a, factor * a, t), latents.lerp(a, factor * a, t))


@given(st.integers(2, 5), st.integers(1, 6), st.booleans())
def test_a_walk_meets_every_stop(n, steps, loop):
    stops = latents.sample(n, 16, seed=0)
    way = latents.walk(stops, steps, loop)
    legs = n if loop else n - 1
    assert way.shape == (legs * steps + 1, 16)
    torch.testing.assert_close(way[::steps][:n], stops)
    if loop:
        torch.testing.assert_close(way[-1], stops[0])


@pytest.mark.parametrize(("n", "steps"), [(1, 5), (3, 0)])
def test_a_walk_that_goes_nowhere_is_refused(n, steps):
    with pytest.raises(ValueError, match="two stops or more, and at least one step"):
        latents.walk(torch.randn(n, 8), steps)
