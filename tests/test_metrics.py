import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from prdc import compute_prdc
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from covers_lib import metrics


def normal(n, dim, seed, mean=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(mean, deviation, (n, dim))


class Identity(torch.nn.Module):
    """Passes features through torchmetrics untouched, in float64."""

    def __init__(self, num_features):
        super().__init__()
        self.num_features = num_features

    def forward(self, x):
        return x


def by_torchmetrics(measure, real, fake):
    measure.update(torch.from_numpy(real), real=True)
    measure.update(torch.from_numpy(fake), real=False)
    return measure.compute()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.floats(-3, 3), st.floats(0.2, 4))
def test_frechet_distance_of_scaled_and_shifted_samples(dim, shift, scale):
    x = normal(200, dim, seed=1)
    y = shift + scale * x  # Gaussians whose covariances commute: the closed form
    expected = np.sum((y.mean(0) - x.mean(0)) ** 2)
    expected += (1 - scale) ** 2 * np.trace(np.atleast_2d(np.cov(x.T)))
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_both_ways_to_the_trace_agree():
    x, y = normal(30, 80, 1), normal(40, 80, 2, deviation=2)
    x, y = x - x.mean(0), y - y.mean(0)
    short = metrics.trace_of_root(x, y)
    assert metrics.trace_of_root(np.pad(x, ((0, 60), (0, 0))), np.pad(y, ((0, 60), (0, 0)))) == (
        pytest.approx(short, rel=1e-6)
    )


def test_frechet_distance_equals_torchmetrics():
    real, fake = normal(300, 40, 1), normal(250, 40, 2, 0.5, 1.5)
    measure = FrechetInceptionDistance(Identity(40), normalize=True).set_dtype(torch.float64)
    expected = by_torchmetrics(measure, real, fake).item()
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-4)


def test_kernel_distance_equals_torchmetrics():
    real, fake = normal(120, 40, 1), normal(120, 40, 2, 0.5, 1.5)
    measure = KernelInceptionDistance(Identity(40), subsets=1, subset_size=120)
    expected = by_torchmetrics(measure, real, fake)[0].item()
    assert metrics.kernel_distance(real, fake) == pytest.approx(expected, rel=1e-4)


def test_kernel_distance_is_unbiased():
    distances = [
        metrics.kernel_distance(normal(20, 8, seed), normal(20, 8, seed + 1_000))
        for seed in range(200)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 4 * error
    assert min(distances) < 0 < max(distances)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbourhoods_equal_prdc(k):
    real, fake = normal(150, 6, 1), normal(120, 6, 2, 0.4, 0.8)
    expected = compute_prdc(real, fake, nearest_k=k)
    found = metrics.neighbourhoods(real, fake, k)._asdict()
    assert found == pytest.approx({name: float(value) for name, value in expected.items()})


def test_a_collapsed_generator_keeps_precision_and_loses_recall():
    real = normal(300, 4, 1)
    collapsed = real[:3].repeat(100, 0) + normal(300, 4, 2, deviation=1e-3)
    found = metrics.neighbourhoods(real, collapsed)
    assert found.precision == 1
    assert found.recall < 0.05 and found.coverage < 0.1


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([5, 20, 80]), st.integers(0, 99))
def test_birthday_finds_the_support(support, seed):
    rng = np.random.default_rng(seed)
    known = rng.normal(size=(support, 16))
    draws = known[rng.integers(support, size=600)] + rng.normal(0, 1e-4, (600, 16))
    found = metrics.birthday(draws, threshold=0.01)
    assert found.support == pytest.approx(support, rel=0.2)
    distances = np.linalg.norm(draws[found.pairs[:, 0]] - draws[found.pairs[:, 1]], axis=1)
    assert distances.max() < 0.01
    assert (np.diff(distances) >= 0).all()


def test_birthday_without_twins_gives_no_number():
    found = metrics.birthday(normal(50, 16, 1), threshold=1e-6)
    assert found.support is None and len(found.pairs) == 0


def test_copies_are_caught():
    training, held_out = normal(400, 4, 1), normal(200, 4, 2)
    assert metrics.memorised(training[:100], training, held_out) == 1
    assert metrics.memorised(normal(500, 4, 3), training, held_out) < 0.05


def test_a_hundredth_of_real_covers_is_closer_than_the_threshold():
    real = normal(1_000, 4, 1)
    assert (metrics.nearest(real) < metrics.duplicate_threshold(real)).mean() == pytest.approx(0.01)


def test_scaled_features_are_of_order_one():
    real, fake = metrics.scaled(normal(99, 7, 1, deviation=30), normal(9, 7, 2, deviation=60))
    assert real.std() == pytest.approx(1)
    assert fake.std() == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        (metrics.frechet_distance, 2),
        (metrics.kernel_distance, 2),
        (metrics.neighbourhoods, 7),
    ],
)
def test_too_few_samples_are_refused(measure, least):
    few, many = normal(least - 1, 3, 1), normal(50, 3, 2)
    with pytest.raises(ValueError, match=f"says nothing: give {least} or more"):
        measure(many, few)
    measure(many, normal(least, 3, 1))
