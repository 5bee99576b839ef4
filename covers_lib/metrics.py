"""Measures of quality, spread and copying: pure functions of feature arrays, in float64.

A feature array is (N, D): a row a picture. The functions do not care where features come from.
"""

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from covers_lib.errors import InputError

LEAST = 32  # covers, below which no measure of a generator makes sense


def check_rows(*arrays: np.ndarray, least: int) -> None:
    """Raise `InputError` if one of the feature arrays has fewer than `least` rows."""
    fewest = min(len(array) for array in arrays)
    if fewest < least:
        raise InputError(f"a measure of {fewest} pictures says nothing: give {least} or more")


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Fréchet distance of the Gaussians fitted to two sets of features.

    |μx - μy|² + tr(Σx + Σy - 2 (Σx Σy)^½). It falls with the number of samples even for the same
    distribution: quote it with N and with the distance of two real halves. With fewer samples
    than dimensions the last trace is ‖Xᵀ‖: the nuclear norm of Xc Ycᵀ, which is far cheaper.
    Dowson & Landau 1982; Heusel et al. 2017, https://arxiv.org/abs/1706.08500.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    check_rows(x, y, least=2)
    x_centred = (x - x.mean(0)) / np.sqrt(len(x) - 1)
    y_centred = (y - y.mean(0)) / np.sqrt(len(y) - 1)
    means = np.sum((x.mean(0) - y.mean(0)) ** 2)
    traces = np.sum(x_centred**2) + np.sum(y_centred**2)
    return float(means + traces - 2 * trace_of_root(x_centred, y_centred))


def trace_of_root(x: np.ndarray, y: np.ndarray) -> float:
    """tr (XᵀX YᵀY)^½ of two centred, scaled arrays, by the shorter of two ways."""
    if min(len(x), len(y)) < x.shape[1]:
        return float(np.linalg.svd(x @ y.T, compute_uv=False).sum())
    values, vectors = np.linalg.eigh(x.T @ x)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    return float(np.sqrt(np.linalg.eigvalsh(root @ (y.T @ y) @ root).clip(0)).sum())


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """KID: unbiased squared maximum mean discrepancy under the kernel (x·y/D + 1)³.

    Zero on average for equal distributions, at any N; it may be slightly negative. Features should
    be of order 1: `scaled` sees to it. Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    check_rows(x, y, least=2)

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / a.shape[1] + 1) ** 3

    def mean_of_pairs(a: np.ndarray) -> float:  # without each row's pair with itself
        k = kernel(a, a)
        return (k.sum() - np.trace(k)) / (len(a) * (len(a) - 1))

    return float(mean_of_pairs(x) + mean_of_pairs(y) - 2 * kernel(x, y).mean())


def scaled(real: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Divide feature arrays by the deviation of the real ones, so that they are of order 1.

    Derived in: book/04_mode_collapse
    """
    return [array / real.std() for array in (real, *others)]


class Neighbourhoods(NamedTuple):
    """How two sets of features lie in each other's neighbourhoods.

    `precision`: the share of fakes near a real cover, in [0, 1]; `recall`: the share of real
    covers near a fake; `density`: how many real neighbourhoods a fake lies in, over k, above 0;
    `coverage`: the share of real covers with a fake in their neighbourhood.

    Derived in: book/04_mode_collapse
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhoods(real: np.ndarray, fake: np.ndarray, k: int = 5) -> Neighbourhoods:
    """Precision, recall, density and coverage: a neighbourhood reaches to the k-th neighbour.

    Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991; Naeem et al. 2020,
    https://arxiv.org/abs/2002.09797.

    Raises `InputError` for k + 1 rows or fewer.

    Derived in: book/04_mode_collapse
    """
    check_rows(real, fake, least=k + 2)
    real_radius = np.partition(cdist(real, real), k, axis=1)[:, k]  # place 0 is the row itself
    fake_radius = np.partition(cdist(fake, fake), k, axis=1)[:, k]
    between = cdist(real, fake)  # (real, fake)
    inside = between < real_radius[:, None]
    return Neighbourhoods(
        precision=float(inside.any(0).mean()),
        recall=float((between < fake_radius[None]).any(1).mean()),
        density=float(inside.sum(0).mean() / k),
        coverage=float((between.min(1) < real_radius).mean()),
    )


def nearest(x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Distance from each row of `x` to its nearest row of `y`, or to its nearest other row of `x`.

    Derived in: book/04_mode_collapse
    """
    distances = cdist(x, x if y is None else y)
    if y is None:
        np.fill_diagonal(distances, np.inf)
    return distances.min(1)


def memorised(fake: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    """Share of fakes that lie nearer to a training cover than 99 % of held-out covers do.

    A generator that has copied nothing gives about 0.01 or less; a copy of the training set
    gives 1, while every other measure here calls it perfect.

    Derived in: book/04_mode_collapse
    """
    check_rows(fake, training, held_out, least=2)
    threshold = np.quantile(nearest(held_out, training), 0.01)
    return float((nearest(fake, training) < threshold).mean())


class Birthday(NamedTuple):
    """What the birthday test found: the pairs of near-duplicates, and the support that they imply.

    `pairs` is (P, 2) int, nearest first; `support` is None where no pair was found.

    Derived in: book/04_mode_collapse
    """

    pairs: np.ndarray
    support: float | None


def birthday(samples: np.ndarray, threshold: float) -> Birthday:
    """Estimate how many different pictures a generator makes, from the duplicates in a sample.

    Of n draws from S equally likely pictures, n(n-1)/2S pairs are equal on average. Pairs nearer
    than `threshold` count as equal. Arora & Zhang 2017, https://arxiv.org/abs/1706.08224.

    Derived in: book/04_mode_collapse
    """
    check_rows(samples, least=2)
    distances = cdist(samples, samples)
    first, second = np.triu_indices(len(samples), 1)
    close = distances[first, second] < threshold
    order = np.argsort(distances[first, second][close])
    pairs = np.stack([first[close], second[close]], 1)[order]
    return Birthday(pairs, len(first) / len(pairs) if len(pairs) else None)


def duplicate_threshold(real: np.ndarray) -> float:
    """Distance under which two pictures count as the same: that of the closest 1 % of real covers.

    Derived in: book/04_mode_collapse
    """
    return float(np.quantile(nearest(real), 0.01))
