import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covers_lib.notebook import atlas


@pytest.fixture
def clusters():
    """Three far-off clusters of 20 points in 8 dimensions, and which point is in which."""
    rng = np.random.default_rng(0)
    member = np.repeat(np.arange(3), 20)
    return rng.normal(size=(3, 8))[member] * 20 + rng.normal(size=(60, 8)), member


def test_neighbours_stay_neighbours(clusters):
    features, member = clusters
    places = atlas.place(features)
    assert places.shape == (60, 2)
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    assert (member[distance.argmin(1)] == member).mean() > 0.95


def test_the_same_features_and_seed_give_the_same_map(clusters):
    assert np.array_equal(atlas.place(clusters[0]), atlas.place(clusters[0]))


@given(st.integers(1, 30), st.integers(1, 9), st.randoms(use_true_random=False))
def test_points_that_form_a_grid_stay_in_their_cells(rows, columns, shuffled):
    cells = [(x, y) for y in range(rows) for x in range(columns)]
    order = list(range(len(cells)))
    shuffled.shuffle(order)
    places = np.array([cells[index] for index in order], float)
    laid_out = places[atlas.grid_order(places, columns)]
    if rows > 1 and columns > 1:
        assert laid_out.tolist() == [list(map(float, cell)) for cell in cells]


@given(st.integers(2, 40), st.integers(1, 12))
def test_every_cover_gets_one_cell(n, columns):
    places = np.random.default_rng(n).normal(size=(n, 2))
    assert sorted(atlas.grid_order(places, columns)) == list(range(n))
