import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from covers_lib.evaluation.pairwise import squared_distances


def normal(n, dim, seed, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 1, (n, dim))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60), st.integers(0, 99))
def test_all_pairs(n, m, dim, seed):
    x, y = normal(n, dim, seed), normal(m, dim, seed + 100)
    np.testing.assert_allclose(squared_distances(x, y), cdist(x, y) ** 2, rtol=1e-9, atol=0)
    np.testing.assert_allclose(squared_distances(x, x), cdist(x, x) ** 2, rtol=1e-9, atol=0)


@pytest.mark.parametrize("mean", [0, 1e4])
@pytest.mark.parametrize("apart", [0, 1e-9, 1e-6, 1e-3, 1e-1])
def test_near_duplicates_keep_their_digits(mean, apart):
    x = normal(50, 1_280, 1, mean)
    y = x + apart * normal(50, 1_280, 2)
    found = np.sqrt(np.diag(squared_distances(x, y)))
    np.testing.assert_allclose(found, np.linalg.norm(x - y, axis=1), rtol=1e-6, atol=0)


def test_more_duplicates_than_are_taken_at_a_time(monkeypatch):
    monkeypatch.setattr("covers_lib.evaluation.pairwise.SLICE", 7)
    x = np.repeat(normal(3, 20, 1), 10, 0)
    found = squared_distances(x, x)
    assert (found >= 0).all() and (found == 0).sum() == 3 * 10 * 10
