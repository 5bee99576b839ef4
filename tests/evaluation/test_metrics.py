import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from prdc import compute_prdc
from scipy.linalg import sqrtm
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from covers_lib.evaluation import metrics


def normal(n, dim, seed, mean=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(mean, deviation, (n, dim))


class Identity(torch.nn.Module):
    """Passes features through torchmetrics untouched, in float64."""

    def __init__(self, num_features):
        super().__init__()
        self.num_features = num_features

    def forward(self, x):
        return x


SHAPES = [(300, 250, 40), (90, 120, 6), (60, 50, 200)]  # also fewer rows than dimensions


def pair(n, m, dim):
    return normal(n, dim, 1), normal(m, dim, 2, 0.3, 1.5)


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


def exactly(n, mean, deviations, seed):
    """Samples whose own mean and covariance are exactly these, the latter diagonal."""
    x = normal(n, len(mean), seed)
    x -= x.mean(0)
    values, vectors = np.linalg.eigh(np.cov(x.T))
    white = x @ vectors / np.sqrt(values)
    return mean + deviations * white


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(0, 99))
def test_frechet_distance_of_gaussians(dim, seed):
    rng = np.random.default_rng(seed)
    means, deviations = rng.normal(size=(2, dim)), rng.uniform(0.1, 5, (2, dim))
    x, y = (exactly(90 + k, means[k], deviations[k], seed + k) for k in (0, 1))
    expected = np.sum((means[0] - means[1]) ** 2) + np.sum((deviations[0] - deviations[1]) ** 2)
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("shape", [(30, 40, 80), (200, 40, 80), (200, 300, 80)])
def test_both_ways_to_the_trace_agree(shape):
    n, m, dim = shape
    x, y = normal(n, dim, 1), normal(m, dim, 2, deviation=2)
    x, y = x - x.mean(0), y - y.mean(0)
    root = sqrtm((x.T @ x) @ (y.T @ y))  # the long form
    assert metrics.trace_of_root(x, y) == pytest.approx(np.trace(root).real, rel=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_frechet_distance_equals_torchmetrics(shape):
    real, fake = pair(*shape)
    measure = FrechetInceptionDistance(Identity(shape[2]), normalize=True)
    expected = by_torchmetrics(measure.set_dtype(torch.float64), real, fake).item()
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_distance_equals_torchmetrics(shape):
    n, m, dim = shape
    n = m = min(n, m)  # a subset of all rows: whichever way they are drawn, there is one
    real, fake = pair(n, m, dim)
    measure = KernelInceptionDistance(Identity(dim), subsets=1, subset_size=n)
    expected = by_torchmetrics(measure, real, fake)[0].item()
    assert metrics.kernel_distance(real, fake) == pytest.approx(expected, rel=1e-4)
    alone = metrics.kernel_distances(real, fake, subsets=3, size=n)
    assert alone == pytest.approx((expected, 0), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_distances_equal_torchmetrics_on_the_same_subsets(shape, monkeypatch):
    real, fake = pair(*shape)
    size = min(shape[:2]) // 3
    found = metrics.kernel_distances(real, fake, subsets=10, size=size, seed=7)
    rng = np.random.default_rng(7)
    monkeypatch.setattr(torch, "randperm", lambda n: torch.from_numpy(rng.permutation(n)))
    measure = KernelInceptionDistance(Identity(shape[2]), subsets=10, subset_size=size)
    expected = by_torchmetrics(measure, real, fake)
    assert found == pytest.approx([value.item() for value in expected], rel=1e-4)


def test_the_mean_over_subsets_is_the_distance_of_all():
    real, fake = pair(120, 150, 10)
    found = metrics.kernel_distances(real, fake, subsets=2_000)
    assert found == metrics.kernel_distances(real, fake, subsets=2_000)
    assert found != metrics.kernel_distances(real, fake, subsets=2_000, seed=1)
    error = found.deviation / np.sqrt(2_000)
    assert abs(found.value - metrics.kernel_distance(real, fake)) < 4 * error


@pytest.mark.parametrize("size", [1, 0, 51])
def test_a_size_of_subset_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match=f"subsets of 2 to 50 rows here, not {size}"):
        metrics.kernel_distances(normal(60, 3, 1), normal(50, 3, 2), size=size)


def test_kernel_distance_is_unbiased():
    distances = [
        metrics.kernel_distance(normal(20, 8, seed), normal(20, 8, seed + 1_000))
        for seed in range(200)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 4 * error
    assert min(distances) < 0 < max(distances)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbourhoods_equal_prdc(shape, k):
    real, fake = pair(*shape)
    expected = compute_prdc(real, fake, nearest_k=k)
    found = metrics.neighbourhoods(real, fake, k)._asdict()
    assert found == pytest.approx({name: float(value) for name, value in expected.items()})


def turn(dim, seed):
    return np.linalg.qr(normal(dim, dim, seed))[0]


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 60), st.integers(10, 60), st.integers(1, 30), st.integers(0, 99))
def test_distances_of_sets_are_symmetric_and_ignore_order_and_rotation(n, m, dim, seed):
    x, y = normal(n, dim, seed), normal(m, dim, seed + 100, 0.5, 2)
    rng, rotation = np.random.default_rng(seed), turn(dim, seed)
    for measure in (metrics.frechet_distance, metrics.kernel_distance):
        value = measure(x, y)
        close = pytest.approx(value, rel=1e-6, abs=1e-9)
        assert measure(y, x) == close
        assert measure(rng.permutation(x), rng.permutation(y)) == close
        assert measure(x @ rotation, y @ rotation) == close
    assert metrics.frechet_distance(x, x) == pytest.approx(0, abs=1e-9 * np.sum(x**2))
    assert metrics.frechet_distance(x, y) > 0
    assert metrics.kernel_distance(x, x) <= 0  # unbiased: a set is nearer to itself than to another


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 60), st.integers(10, 60), st.integers(2, 30), st.integers(0, 99))
def test_neighbourhoods_ignore_order_rotation_and_place(n, m, dim, seed):
    x, y = normal(n, dim, seed), normal(m, dim, seed + 100, 0.5, 2)
    rng, rotation = np.random.default_rng(seed), turn(dim, seed)
    found = metrics.neighbourhoods(x, y)
    assert metrics.neighbourhoods(rng.permutation(x), rng.permutation(y)) == pytest.approx(found)
    assert metrics.neighbourhoods(x @ rotation + 9, y @ rotation + 9) == pytest.approx(found)
    assert all(0 <= share <= 1 for share in (found.precision, found.recall, found.coverage))


@pytest.mark.parametrize("n", [2, 7, 40])
def test_vendi_score_of_pictures_that_have_nothing_in_common(n):
    assert metrics.vendi_score(3 * np.eye(n, 50)) == pytest.approx(n)
    assert metrics.vendi_score(np.eye(50)[:n]) == pytest.approx(n)
    assert metrics.vendi_score(np.eye(n).repeat(5, 0)) == pytest.approx(n), "copies add nothing"


def test_vendi_score_of_one_picture_repeated():
    assert metrics.vendi_score(np.ones((30, 4)) * [1, 2, 3, 4]) == pytest.approx(1)
    assert metrics.vendi_score(np.arange(1.0, 9)[:, None] * np.ones(20)) == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.integers(1, 50), st.integers(0, 99))
def test_vendi_score_by_either_matrix(n, dim, seed):
    x = normal(n, dim, seed, mean=0.5)
    rows = x / np.linalg.norm(x, axis=1, keepdims=True)
    shares = np.linalg.eigvalsh(rows @ rows.T / n).clip(1e-300)  # the paper's own matrix
    expected = np.exp(-np.sum(shares * np.log(shares)))
    assert metrics.vendi_score(x) == pytest.approx(expected, rel=1e-6)
    assert 1 - 1e-9 <= metrics.vendi_score(x) <= n * (1 + 1e-9)


def test_vendi_score_refuses_a_row_without_direction():
    with pytest.raises(ValueError, match="a row of zeros has no direction"):
        metrics.vendi_score(np.eye(4)[[0, 1, 2, 3]] * [[1], [1], [0], [1]])


def test_a_collapsed_generator_keeps_precision_and_loses_recall():
    real = normal(300, 4, 1)
    collapsed = real[:3].repeat(100, 0) + normal(300, 4, 2, deviation=1e-3)
    found = metrics.neighbourhoods(real, collapsed)
    assert found.precision == 1
    assert found.recall < 0.05 and found.coverage < 0.1


def test_scaled_features_are_of_order_one():
    real, fake = metrics.scaled(normal(99, 7, 1, deviation=30), normal(9, 7, 2, deviation=60))
    assert real.std() == pytest.approx(1)
    assert fake.std() == pytest.approx(2, rel=0.3)


def test_features_that_do_not_vary_cannot_be_scaled():
    with pytest.raises(ValueError, match="all the same number: give pictures that differ"):
        metrics.scaled(np.ones((9, 3)), normal(9, 3, 1))


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        (metrics.frechet_distance, 2),
        (metrics.kernel_distance, 2),
        (metrics.kernel_distances, 4),
        (metrics.neighbourhoods, 7),
        (lambda x, y: metrics.vendi_score(y), 2),
    ],
)
def test_too_few_samples_are_refused(measure, least):
    few, many = normal(least - 1, 3, 1), normal(50, 3, 2)
    with pytest.raises(ValueError, match=f"says nothing: give {least} or more"):
        measure(many, few)
    measure(many, normal(least, 3, 1))


@pytest.mark.parametrize(
    "measure",
    [
        metrics.frechet_distance,
        metrics.kernel_distance,
        metrics.kernel_distances,
        metrics.neighbourhoods,
        metrics.scaled,
    ],
)
def test_features_that_cannot_be_compared_are_refused(measure):
    x = normal(50, 3, 1)
    with pytest.raises(ValueError, match="features of 3 and 4 dimensions cannot be compared"):
        measure(x, normal(50, 4, 2))
    for wrong in (np.nan, np.inf):
        broken = normal(50, 3, 2)
        broken[[4, 9], 1] = wrong
        with pytest.raises(ValueError, match="2 of the pictures have features that are NaN or inf"):
            measure(x, broken)
    with pytest.raises(ValueError, match=r"must be \(N, D\).* these are \(50, 3\) and \(50,\)"):
        measure(x, np.ones(50))


def test_single_precision_is_measured_in_double():
    x, y = (rows.astype(np.float32) for rows in pair(40, 40, 100))
    double = metrics.frechet_distance(x.astype(float), y.astype(float))
    assert metrics.frechet_distance(x, y) == double
