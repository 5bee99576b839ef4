import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from covers_lib.gan import latents

seeds, dims = st.integers(0, 2**31), st.integers(2, 200)


@settings(deadline=None)
@given(seeds, dims, st.integers(1, 9))
def test_samples_are_seeded(seed, dim, n):
    z = latents.sample(n, dim, seed)
    assert z.shape == (n, dim)
    assert torch.equal(z, latents.sample(n, dim, seed))


def test_a_seed_names_a_cover():
    assert torch.equal(latents.of_seeds([3, 8], 16)[1:], latents.sample(1, 16, 8))


@settings(deadline=None)
@given(seeds, dims, st.integers(2, 40))
def test_both_ends_are_met_to_the_bit(seed, dim, times):
    a, b = latents.sample(2, dim, seed)
    for way in (latents.lerp, latents.slerp):
        points = way(a, b, torch.linspace(0, 1, times))
        assert torch.equal(points[[0, -1]], torch.stack([a, b]))


@settings(deadline=None)
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


@pytest.mark.parametrize("seed", range(20))
def test_slerp_stays_in_the_shell_where_the_line_leaves_it(seed):
    a, b = latents.sample(2, 128, seed)
    t = torch.linspace(0, 1, 21)
    shortest = min(a.norm(), b.norm())
    assert latents.slerp(a, b, t).norm(dim=1).min() > 0.97 * shortest
    assert latents.lerp(a, b, t).norm(dim=1).min() < 0.85 * shortest


@settings(deadline=None)
@given(seeds, st.integers(2, 5), st.integers(1, 6), st.booleans())
def test_a_walk_meets_every_stop_to_the_bit(seed, n, steps, loop):
    stops = latents.sample(n, 16, seed)
    way = latents.walk(stops, steps, loop)
    legs = n if loop else n - 1
    assert way.shape == (legs * steps + 1, 16)
    assert torch.equal(way[::steps][:n], stops)
    if loop:
        assert torch.equal(way[-1], way[0])


@pytest.mark.parametrize(("n", "steps"), [(1, 5), (3, 0)])
def test_a_walk_that_goes_nowhere_is_refused(n, steps):
    with pytest.raises(ValueError, match="two stops or more, and at least one step"):
        latents.walk(torch.randn(n, 8), steps)


@settings(deadline=None)
@given(seeds, st.integers(2, 7), st.integers(2, 7))
def test_a_grid_has_its_corners_and_walks_for_rows(seed, rows, columns):
    corners = latents.sample(4, 32, seed)
    square = latents.grid(corners, rows, columns).unflatten(0, (rows, columns))
    assert torch.equal(square[[0, 0, -1, -1], [0, -1, 0, -1]], corners)
    for row in square:
        across = latents.slerp(row[0], row[-1], torch.linspace(0, 1, columns))
        assert torch.equal(row, across)
    down = latents.slerp(corners[1], corners[3], torch.linspace(0, 1, rows))
    assert torch.equal(square[:, -1], down)


@pytest.mark.parametrize(("corners", "rows", "columns"), [(3, 4, 4), (4, 1, 4), (4, 4, 1)])
def test_a_grid_without_four_corners_or_an_inside_is_refused(corners, rows, columns):
    with pytest.raises(ValueError, match="four corners, and at least two rows and two columns"):
        latents.grid(torch.randn(corners, 8), rows, columns)


AT_STOPS = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
places = st.lists(st.tuples(*[st.floats(-2, 3)] * 2), min_size=1, max_size=9).map(torch.tensor)


@settings(deadline=None)
@given(seeds, dims, places)
def test_a_plane_meets_its_stops_to_the_bit(seed, dim, at):
    stops = latents.sample(3, dim, seed)
    assert torch.equal(latents.plane(stops, torch.cat([at, AT_STOPS]))[-3:], stops)


@settings(deadline=None)
@given(seeds, places)
def test_a_plane_stays_in_the_span_of_its_stops_at_their_length(seed, at):
    stops = latents.sample(3, 64, seed).double()
    z = latents.plane(stops, at)
    basis = torch.linalg.qr(stops.T).Q
    torch.testing.assert_close(z @ basis @ basis.T, z)
    lengths = stops.norm(dim=1)
    assert (z.norm(dim=1) >= lengths.min() - 1e-9).all()
    assert (z.norm(dim=1) <= lengths.max() + 1e-9).all()


@settings(deadline=None)
@given(seeds)
def test_straight_lines_on_a_plane_are_great_circles(seed):
    stops = latents.sample(3, 64, seed).double()
    line = torch.lerp(torch.tensor([-0.5, 0.2]), torch.tensor([1.5, 0.7]), torch.rand(9, 1))
    z = latents.plane(stops, line)
    assert torch.linalg.matrix_rank(z, rtol=1e-5) == 2  # a circle round the origin


@pytest.mark.parametrize("factors", [(1, 1, 1), (1, -1, 1), (0, 0, 0), (1, 0, 2), (1, -1, -1)])
@settings(deadline=None)
@given(seed=seeds, at=places)
def test_a_plane_of_equal_opposite_or_zero_stops_has_no_nan(factors, seed, at):
    stops = torch.tensor(factors)[:, None] * latents.sample(1, 32, seed)
    z = latents.plane(stops, at)
    assert z.isfinite().all()
    assert (z.norm(dim=1) <= 1.001 * stops.norm(dim=1).max()).all()


@pytest.mark.parametrize(("stops", "at"), [(2, (4, 2)), (3, (4, 3)), (3, (2,))])
def test_a_plane_of_other_shapes_is_refused(stops, at):
    with pytest.raises(ValueError, match=r"three stops and places \(N, 2\), not \d and \("):
        latents.plane(torch.randn(stops, 8), torch.zeros(at))


@settings(deadline=None)
@given(seeds, st.floats(0, 1))
def test_truncation_shortens_and_keeps_the_direction(seed, psi):
    z = latents.sample(4, 32, seed)
    short = latents.truncate(z, psi)
    torch.testing.assert_close(short.norm(dim=1), psi * z.norm(dim=1))
    torch.testing.assert_close(short * z.norm(dim=1, keepdim=True), z * short.norm(dim=1)[:, None])
    assert torch.equal(latents.truncate(z, 1), z) and not latents.truncate(z, 0).any()


@pytest.mark.parametrize("psi", [-0.1, 1.1, float("nan")])
def test_truncation_to_more_than_all_or_less_than_nothing_is_refused(psi):
    with pytest.raises(ValueError, match=f"psi must be from 0, .* not {psi}"):
        latents.truncate(torch.randn(2, 8), psi)
