import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covers_lib.evaluation import copies, metrics


def normal(n, dim, seed, deviation=1.0):
    return np.random.default_rng(seed).normal(0, deviation, (n, dim))


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([5, 20, 80]), st.integers(0, 99))
def test_birthday_finds_the_support(support, seed):
    rng = np.random.default_rng(seed)
    known = rng.normal(size=(support, 16))
    draws = known[rng.integers(support, size=600)] + rng.normal(0, 1e-4, (600, 16))
    found = copies.birthday(draws, threshold=0.01)
    assert found.support == pytest.approx(support, rel=0.2)
    distances = np.linalg.norm(draws[found.pairs[:, 0]] - draws[found.pairs[:, 1]], axis=1)
    assert distances.max() < 0.01
    assert (np.diff(distances) >= 0).all()


@pytest.mark.parametrize("support", [100, 1_000, 10_000])
@pytest.mark.parametrize("seed", range(3))
def test_birthday_finds_a_large_support_within_a_factor_of_2(support, seed):
    rng = np.random.default_rng(seed)
    known = rng.normal(size=(support, 16))
    found = copies.birthday(known[rng.integers(support, size=1_000)], threshold=0.01)
    assert support / 2 < found.support < 2 * support


def test_birthday_without_twins_gives_no_number():
    found = copies.birthday(normal(50, 16, 1), threshold=1e-6)
    assert found.support is None and len(found.pairs) == 0


def test_copies_are_caught():
    training, held_out = normal(400, 4, 1), normal(200, 4, 2)
    assert copies.memorised(training[:100], training, held_out) == 1
    assert copies.memorised(normal(500, 4, 3), training, held_out) < 0.05


def test_held_out_covers_are_as_near_as_they_are():
    training, held_out = normal(400, 4, 1), normal(1_000, 4, 2)
    assert copies.memorised(held_out, training, held_out) == pytest.approx(0.01)


def test_a_hundredth_of_real_covers_is_closer_than_the_threshold():
    real = normal(1_000, 4, 1)
    close = copies.nearest(real).distance < copies.duplicate_threshold(real)
    assert close.mean() == pytest.approx(0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 40), st.integers(1, 40), st.integers(1, 20), st.integers(0, 99))
def test_the_nearest_is_the_nearest(n, m, dim, seed):
    x, y = normal(n, dim, seed), normal(m, dim, seed + 100)
    apart = np.linalg.norm(x[:, None] - y[None], axis=2)
    found = copies.nearest(x, y)
    np.testing.assert_array_equal(found.place, apart.argmin(1))
    np.testing.assert_allclose(found.distance, apart.min(1))
    assert (copies.nearest(x).place != np.arange(n)).all()


def test_the_closest_pairs_come_first():
    training = normal(60, 8, 1)
    fake = normal(40, 8, 2)
    fake[[7, 30, 2]] = training[[50, 3, 11]] + [[0.0], [0.01], [0.02]]
    found = copies.closest_pairs(fake, training, n=3)
    assert found.fake.tolist() == [7, 30, 2] and found.training.tolist() == [50, 3, 11]
    assert found.distance == pytest.approx([0, 0.01 * np.sqrt(8), 0.02 * np.sqrt(8)])
    assert len(copies.closest_pairs(fake, training, n=99).fake) == 40
    assert (np.diff(copies.closest_pairs(fake, training, n=99).distance) >= 0).all()


def test_the_measures_are_also_found_among_the_others():
    for name in ("birthday", "duplicate_threshold", "memorised"):
        assert getattr(metrics, name) is getattr(copies, name)


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        (lambda x: copies.birthday(x, 1.0), 2),
        (copies.duplicate_threshold, 2),
        (copies.nearest, 2),
        (lambda x: copies.nearest(x, normal(5, 3, 1)), 1),
        (lambda x: copies.closest_pairs(normal(5, 3, 1), x), 1),
        (lambda x: copies.memorised(x, normal(5, 3, 1), normal(5, 3, 2)), 2),
        (lambda x: copies.memorised(normal(5, 3, 1), normal(5, 3, 2), x), 2),
    ],
)
def test_what_cannot_be_measured_is_refused(measure, least):
    with pytest.raises(ValueError, match=f"says nothing: give {least} or more"):
        measure(normal(least - 1, 3, 1))
    with pytest.raises(ValueError, match="1 of the pictures have features that are NaN"):
        measure(np.array([[1, 2, 3], [4, np.nan, 6], [7, 8, 9]]))
    measure(normal(least, 3, 1))
