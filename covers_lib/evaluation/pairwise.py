"""Distances between the rows of feature arrays, and what such arrays must be."""

import numpy as np

from covers_lib.errors import InputError

NEAR = 1e-6  # share of a row's squared norm, below which the difference of products is inexact
SLICE = 4_096  # pairs taken anew at a time


def checked(*arrays: np.ndarray, least: int) -> list[np.ndarray]:
    """Return feature arrays as float64, if they are (N, D) with one D, finite, N `least` or more.

    Raises `InputError` if they are not.
    """
    features = [np.asarray(array, dtype=np.float64) for array in arrays]
    if any(array.ndim != 2 for array in features):
        shapes = " and ".join(str(array.shape) for array in features)
        raise InputError(f"features must be (N, D), a row a picture, and these are {shapes}")
    fewest = min(len(array) for array in features)
    if fewest < least:
        raise InputError(f"a measure of {fewest} pictures says nothing: give {least} or more")
    widths = sorted({array.shape[1] for array in features})
    if len(widths) > 1:
        raise InputError(
            f"features of {' and '.join(map(str, widths))} dimensions cannot be compared: take "
            "them from the same depth of the same extractor"
        )
    broken = sum(int((~np.isfinite(array)).any(1).sum()) for array in features)
    if broken:
        raise InputError(
            f"{broken} of the pictures have features that are NaN or infinite: leave these "
            "pictures out, or look for NaN in the weights that made them"
        )
    return features


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances of all rows of `x` (N, D) to all rows of `y` (M, D): (N, M).

    |x|² + |y|² - 2 x·y in float64: one product of matrices, far cheaper than pair by pair in many
    dimensions. Where two rows nearly agree the difference loses its digits, so those few pairs are
    taken anew, exactly. Both arrays are float64; the result takes 8NM bytes.
    """
    centre = x.mean(0)  # the nearer the origin, the less is lost
    x_centred = x - centre
    y_centred = x_centred if y is x else y - centre  # one array: half the work
    x_norms, y_norms = ((rows**2).sum(1) for rows in (x_centred, y_centred))
    squared = x_centred @ y_centred.T
    squared *= -2
    squared += x_norms[:, None]
    squared += y_norms
    first, second = np.nonzero(squared <= NEAR * x_norms[:, None])
    for start in range(0, len(first), SLICE):
        i, j = first[start : start + SLICE], second[start : start + SLICE]
        squared[i, j] = ((x[i] - y[j]) ** 2).sum(1)
    return squared
