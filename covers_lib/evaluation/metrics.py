"""Measures of quality, spread and copying: pure functions of feature arrays, in float64.

A feature array is (N, D): a row a picture. The functions do not care where features come from.
Each raises `InputError` for too few rows, for rows that are not finite, and for arrays that do not
have the same number of dimensions. 5,000 rows need about half a gigabyte.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr

from covers_lib.errors import InputError

# These belong to the measures too; their module is about single pictures, this one about sets.
from covers_lib.evaluation.copies import birthday as birthday
from covers_lib.evaluation.copies import duplicate_threshold as duplicate_threshold
from covers_lib.evaluation.copies import memorised as memorised
from covers_lib.evaluation.pairwise import checked, squared_distances

__all__ = [
    "kernel_distance",
    "neighbourhoods",
    "scaled",
    "vendi_score",
]

LEAST = 32  # covers, below which no measure of a generator makes sense


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Fréchet distance of the Gaussians fitted to two sets of features.

    |μx - μy|² + tr(Σx + Σy - 2 (Σx Σy)^½). It falls with the number of samples even for the same
    distribution: quote it with N and with the distance of two real halves.
    Dowson & Landau 1982; Heusel et al. 2017, https://arxiv.org/abs/1706.08500.

    Raises `InputError` for fewer than two rows.
    """
    x, y = checked(x, y, least=2)
    x_centred = (x - x.mean(0)) / np.sqrt(len(x) - 1)
    y_centred = (y - y.mean(0)) / np.sqrt(len(y) - 1)
    means = np.sum((x.mean(0) - y.mean(0)) ** 2)
    traces = np.sum(x_centred**2) + np.sum(y_centred**2)
    return float(means + traces - 2 * trace_of_root(x_centred, y_centred))


def trace_of_root(x: np.ndarray, y: np.ndarray) -> float:
    """tr (XᵀX YᵀY)^½ of two arrays (N, D) and (M, D): the nuclear norm of X Yᵀ.

    The root of no matrix is taken, and nothing is squared, so no digit is lost. An array of more
    rows than dimensions is shortened first: X = QR with QᵀQ = 1, and R (D, D) has the same XᵀX.
    """

    def shortened(rows: np.ndarray) -> np.ndarray:
        if len(rows) <= rows.shape[1]:
            return rows
        return np.linalg.qr(rows, mode="r")  # type: ignore[return-value]  # R alone

    return float(np.linalg.svd(shortened(x) @ shortened(y).T, compute_uv=False).sum())


def kernel_distance(x: np.ndarray, y: np.ndarray) -> float:
    """KID: unbiased squared maximum mean discrepancy under the kernel (x·y/D + 1)³.

    Zero on average for equal distributions, at any N; it may be slightly negative. Features should
    be of order 1: `scaled` sees to it. Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401.

    Raises `InputError` for fewer than two rows.
    """
    x, y = checked(x, y, least=2)
    every_x, every_y = np.ones((len(x), 1)), np.ones((len(y), 1))
    return float(discrepancies(x, y, every_x, every_y)[0])


class KID(NamedTuple):
    """KID over random subsets: the mean `value`, and the `deviation` from subset to subset.

    Derived in: book/04_mode_collapse
    """

    value: float
    deviation: float


def kernel_distances(
    x: np.ndarray, y: np.ndarray, subsets: int = 100, size: int | None = None, seed: int = 0
) -> KID:
    """Mean and deviation of KID over random subsets of `size` rows, as KID is usually given.

    `size` is at most 1,000 and at most half of the rows if nothing is said: subsets that share
    most of their rows would hardly differ. The deviation is that of one subset, not of the mean.
    Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401.

    Raises `InputError` for fewer than four rows, or a `size` below 2 or above the number of rows.
    """
    x, y = checked(x, y, least=4)
    fewest = min(len(x), len(y))
    size = min(1_000, fewest // 2) if size is None else size
    if not 2 <= size <= fewest:
        raise InputError(f"KID needs subsets of 2 to {fewest} rows here, not {size}")
    rng = np.random.default_rng(seed)
    of_x, of_y = np.zeros((len(x), subsets)), np.zeros((len(y), subsets))  # 1: row in subset
    for subset in range(subsets):
        of_x[rng.permutation(len(x))[:size], subset] = 1
        of_y[rng.permutation(len(y))[:size], subset] = 1
    found = discrepancies(x, y, of_x, of_y)
    return KID(float(found.mean()), float(found.std()))


def discrepancies(x: np.ndarray, y: np.ndarray, of_x: np.ndarray, of_y: np.ndarray) -> np.ndarray:
    """KID of each of S subsets, (S,): columns of `of_x` (N, S) and `of_y` (M, S) mark their rows.

    The kernel of two rows does not depend on the subset. So it is computed once for all pairs, and
    each subset sums its own: sᵀ K s.
    """

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:  # (N, D), (M, D) -> (N, M)
        products = a @ b.T
        products /= a.shape[1]
        products += 1
        products *= products * products
        return products

    def within(a: np.ndarray, of_a: np.ndarray) -> np.ndarray:
        pairs, n = kernel(a, a), of_a.sum(0)
        np.fill_diagonal(pairs, 0)  # no row is paired with itself
        return (of_a * (pairs @ of_a)).sum(0) / (n * (n - 1))

    between = (of_x * (kernel(x, y) @ of_y)).sum(0) / (of_x.sum(0) * of_y.sum(0))
    return within(x, of_x) + within(y, of_y) - 2 * between


def scaled(real: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Divide feature arrays by the deviation of the real ones, so that they are of order 1.

    Raises `InputError` if the real ones are all the same.
    """
    real, *rest = checked(real, *others, least=1)
    if real.std() == 0:
        raise InputError("the real features are all the same number: give pictures that differ")
    return [array / real.std() for array in (real, *rest)]


class Neighbourhoods(NamedTuple):
    """How two sets of features lie in each other's neighbourhoods.

    `precision`: the share of fakes near a real cover, in [0, 1]; `recall`: the share of real
    covers near a fake; `density`: how many real neighbourhoods a fake lies in, over k, above 0;
    `coverage`: the share of real covers with a fake in their neighbourhood.
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
    real, fake = checked(real, fake, least=k + 2)
    real_radius, fake_radius = reach(real, k), reach(fake, k)
    between = squared_distances(real, fake)  # (real, fake)
    inside = between < real_radius[:, None]
    return Neighbourhoods(
        precision=float(inside.any(0).mean()),
        recall=float((between < fake_radius).any(1).mean()),
        density=float(inside.sum(0).mean() / k),
        coverage=float((between.min(1) < real_radius).mean()),
    )


def reach(rows: np.ndarray, k: int) -> np.ndarray:
    """Squared distance from each of (N, D) rows to its k-th nearest other row: (N,)."""
    squared = squared_distances(rows, rows)
    squared.partition(k, axis=1)  # in place; place 0 is the row itself
    return squared[:, k].copy()


def vendi_score(x: np.ndarray) -> float:
    """How many different pictures a set is worth: 1 if all are equal, N if none is like another.

    exp(-Σ λ ln λ) over the eigenvalues λ of K/N, where K (N, N) holds the cosines of all pairs.
    With fewer dimensions than rows XᵀX/N (D, D) has the same eigenvalues, but for zeros. It grows
    with N, and needs no real covers: quote it with N and with the score of so many real ones.
    Friedman & Dieng 2022, https://arxiv.org/abs/2210.02410.

    Raises `InputError` for fewer than two rows, or a row of zeros, which has no direction.

    Derived in: book/04_mode_collapse
    """
    (x,) = checked(x, least=2)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    if not lengths.all():
        raise InputError("the Vendi score takes cosines, and a row of zeros has no direction")
    rows = x / lengths
    similarity = rows.T @ rows if x.shape[1] < len(x) else rows @ rows.T
    shares = np.linalg.eigvalsh(similarity / len(x))
    shares = shares[shares > 0]
    return float(np.exp(-np.sum(shares * np.log(shares))))


def reverse_kl(counts: np.ndarray, expected: np.ndarray | None = None) -> float:
    """Divergence KL(p ‖ q) = Σ p log(p / q), in nats, of samples a mode from what is expected.

    p are the `counts` (modes,) over their sum; q the `expected` counts over theirs, or uniform. It
    is 0 for equal shares and log(modes) where one mode of a uniform q holds everything; it stays
    finite where modes are missing, which is why papers on stacked MNIST quote it. About
    (modes - 1) / 2N of it is chance, with N samples of q itself. Srivastava et al. 2017,
    https://arxiv.org/abs/1705.07761.
    """
    p = counts / counts.sum()
    q = np.full(len(p), 1 / len(p)) if expected is None else expected / expected.sum()
    return float(rel_entr(p, q).sum())
