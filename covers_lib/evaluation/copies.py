"""Pictures that are nearly the same: copies of training covers, and twins among samples."""

from typing import NamedTuple

import numpy as np

from covers_lib.evaluation.pairwise import checked, squared_distances

__all__ = [
    "birthday",
    "closest_pairs",
    "copy_threshold",
    "duplicate_threshold",
    "memorised",
]

CLOSEST = 0.01  # of real covers: two so close count as the same, and one so close as a copy


class Nearest(NamedTuple):
    """The nearest row of another array, for each of N rows: `place` (N,) int, `distance` (N,)."""

    place: np.ndarray
    distance: np.ndarray


def nearest(x: np.ndarray, y: np.ndarray | None = None) -> Nearest:
    """Find for each row of `x` the nearest row of `y`, or the nearest other row of `x`.

    Raises `InputError` for no row, or for one without another.
    """
    if y is None:
        (x,) = checked(x, least=2)
        squared = squared_distances(x, x)
        np.fill_diagonal(squared, np.inf)
    else:
        x, y = checked(x, y, least=1)
        squared = squared_distances(x, y)
    place = squared.argmin(1)
    return Nearest(place, np.sqrt(squared[np.arange(len(x)), place]))


class Closest(NamedTuple):
    """The fakes closest to a training cover, closest first.

    `fake` and `training` (P,) int are places in their arrays, and `distance` (P,) lies between.
    """

    fake: np.ndarray
    training: np.ndarray
    distance: np.ndarray


def closest_pairs(fake: np.ndarray, training: np.ndarray, n: int = 8) -> Closest:
    """Find the `n` fakes that lie closest to a training cover, each with that cover, to be drawn.

    Derived in: book/04_mode_collapse
    """
    place, distance = nearest(fake, training)
    order = np.argsort(distance, kind="stable")[:n]
    return Closest(order, place[order], distance[order])


def copy_threshold(training: np.ndarray, held_out: np.ndarray) -> float:
    """Distance to training covers under which a picture counts as a copy of one.

    It is that of the closest 1 % of held-out covers, which nobody has copied.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    training, held_out = checked(training, held_out, least=2)
    return float(np.quantile(nearest(held_out, training).distance, CLOSEST))


def memorised(fake: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    """Share of fakes that lie nearer to a training cover than 99 % of held-out covers do.

    A generator that has copied nothing gives about 0.01 or less; a copy of the training set
    gives 1, while every other measure here calls it perfect.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    fake, training, held_out = checked(fake, training, held_out, least=2)
    threshold = copy_threshold(training, held_out)
    return float((nearest(fake, training).distance < threshold).mean())


class Birthday(NamedTuple):
    """What the birthday test found: the pairs of near-duplicates, and the support that they imply.

    `pairs` is (P, 2) int, nearest first; `support` is None where no pair was found.
    """

    pairs: np.ndarray
    support: float | None


def birthday(samples: np.ndarray, threshold: float) -> Birthday:
    """Estimate how many different pictures a generator makes, from the duplicates in a sample.

    Of n draws from S equally likely pictures, n(n-1)/2S pairs are equal on average. Pairs nearer
    than `threshold` count as equal. Arora & Zhang 2017, https://arxiv.org/abs/1706.08224.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    (samples,) = checked(samples, least=2)
    distances = np.sqrt(squared_distances(samples, samples))
    pairs = np.argwhere(np.triu(distances < threshold, k=1))
    pairs = pairs[np.argsort(distances[pairs[:, 0], pairs[:, 1]], kind="stable")]
    of_all = len(samples) * (len(samples) - 1) / 2
    return Birthday(pairs, of_all / len(pairs) if len(pairs) else None)


def duplicate_threshold(real: np.ndarray) -> float:
    """Distance under which two pictures count as the same: that of the closest 1 % of real covers.

    Raises `InputError` for fewer than two rows.

    Derived in: book/04_mode_collapse
    """
    return float(np.quantile(nearest(real).distance, CLOSEST))
