"""A map of covers: those with like features lie side by side."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.manifold import TSNE

__all__ = [
    "grid_order",
    "place",
]


def place(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Place covers on a plane so that neighbours in features (N, D) stay neighbours: (N, 2).

    t-SNE (van der Maaten and Hinton 2008), begun from the first two principal components.
    Distances on the plane mean little, neighbourhoods do.

    Derived in: book/01_why_album_covers
    """
    nearest = min(30, (len(features) - 1) / 3)  # t-SNE's perplexity: how many neighbours count
    plane = TSNE(init="pca", perplexity=nearest, random_state=seed, n_jobs=1)
    return plane.fit_transform(np.asarray(features, np.float32))


def grid_order(places: np.ndarray, columns: int) -> np.ndarray:
    """Move places (N, 2) to the cells of a grid, together as little as can be.

    Gives the order in which to lay the covers out, row by row, (N,) int: the assignment that
    minimises the sum of squared moves.

    Derived in: book/01_why_album_covers
    """
    n = len(places)
    rows = -(-n // columns)
    cells = np.stack([np.arange(n) % columns / columns, np.arange(n) // columns / rows], 1)
    spread = places - places.min(0)
    spread = spread / np.maximum(spread.max(0), 1e-9)
    moves = ((spread[None] - cells[:, None]) ** 2).sum(-1)  # (cell, cover)
    return linear_sum_assignment(moves)[1]
