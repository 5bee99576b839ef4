import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from torch import nn

from covers_lib.toys import earth_mover

pytestmark = pytest.mark.slow

N = 512


def pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Samples of two distributions on a line each."""
    rng = np.random.default_rng(0)
    two_modes = np.where(rng.random(N) < 0.5, -2, 2) + rng.normal(0, 0.3, N)
    return {
        "shifted": (rng.normal(0, 1, N), rng.normal(2, 1, N)),
        "narrower": (rng.normal(0, 1, N), rng.normal(0, 0.3, N)),
        "uniform": (rng.uniform(-2, 2, N), rng.normal(0, 1, N)),
        "two modes": (two_modes, rng.normal(0, 0.5, N)),
        "skewed": (rng.exponential(1, N), rng.normal(1, 1, N)),
        "disjoint": (rng.normal(0, 0.2, N), rng.normal(3, 0.2, N)),
    }


def column(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values).float()[:, None]


@pytest.mark.parametrize("name", pairs())
def test_a_critic_estimates_the_distance(name):
    x, y = pairs()[name]
    real, fake = column(x), column(y)
    critic = earth_mover.train_critic(real, fake)
    found = earth_mover.estimate(critic, real, fake)
    distance = wasserstein_distance(x, y)
    assert found == pytest.approx(distance, rel=0.1)
    line = torch.linspace(min(x.min(), y.min()), max(x.max(), y.max()), 4_001)[:, None]
    bound = found / earth_mover.slopes(critic, line).max().item()
    assert 0.9 * distance < bound < 1.001 * distance


def test_between_two_heaps_it_is_a_little_too_steep():
    real, fake = (column(x) for x in pairs()["disjoint"])
    distance = earth_mover.exact_distance(real, fake)
    critic = earth_mover.train_critic(real, fake, penalty=5.0)
    spring = 1 + distance / (2 * 5.0)
    assert earth_mover.estimate(critic, real, fake) / distance == pytest.approx(spring, rel=0.02)


def test_clipping_keeps_weights_within_bounds():
    real, fake = (column(x) for x in pairs()["disjoint"])
    critic = earth_mover.train_critic(real, fake, clip=0.05, steps=100)
    weights = torch.cat([values.flatten() for values in critic.parameters()])
    assert weights.abs().max() <= 0.05
    assert (weights.abs() > 0.049).float().mean() > 0.3, "many are driven to the ends"
    assert 0 < earth_mover.estimate(critic, real, fake) < earth_mover.exact_distance(real, fake)


def test_the_exact_distance_is_scipys_on_a_line():
    for x, y in pairs().values():
        found = earth_mover.exact_distance(column(x), column(y))
        assert found == pytest.approx(wasserstein_distance(x, y), rel=1e-4)


def test_the_exact_distance_of_a_move_is_its_length():
    points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    moved = points[torch.randperm(50)] + torch.tensor([3.0, 4.0])
    assert earth_mover.exact_distance(points, moved) == pytest.approx(5.0, rel=1e-5)


@pytest.mark.parametrize("measure", [earth_mover.exact_distance, earth_mover.train_critic])
def test_sets_of_other_sizes_are_refused(measure):
    with pytest.raises(ValueError, match=r"as many fakes|one shape"):
        measure(torch.zeros(3, 2), torch.zeros(4, 2))


def test_a_seed_gives_one_critic_and_touches_no_global_state():
    real, fake = torch.zeros(8, 2), torch.ones(8, 2)
    state = torch.get_rng_state()
    one, same = (earth_mover.train_critic(real, fake, steps=3, seed=4) for _ in range(2))
    other = earth_mover.train_critic(real, fake, steps=3, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one(real + fake), same(real + fake))
    assert not torch.equal(one(real + fake), other(real + fake))


def test_slopes_and_surface_of_a_plane():
    weight = torch.tensor([3.0, 4.0])
    plane = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Flatten(0))
    plane[0].weight.data = weight[None]
    assert torch.allclose(earth_mover.slopes(plane, torch.randn(7, 2)), torch.tensor(5.0))
    places, scores = earth_mover.surface(plane, reach=1.0, n=5)
    assert places.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert scores[4, 0] == pytest.approx(4 - 3), "the top left corner: x = -1, y = 1"


def test_the_spiral_lies_within_reach():
    points = earth_mover.spiral(1_000, seed=0)
    assert points.shape == (1_000, 2) and points.dtype == torch.float32
    assert 1.5 < points.norm(dim=1).max() < 2.3
    assert torch.equal(points, earth_mover.spiral(1_000, seed=0))
