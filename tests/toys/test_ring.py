from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from covers_lib.evaluation import metrics
from covers_lib.toys import points, ring


def test_real_points_reach_every_mode():
    points = ring.ring_batches(4_000, seed=0)(0)
    count = ring.count_modes(points)
    assert count.found == 8 and count.good > 0.99
    assert count.counts.sum() == round(count.good * 4_000)


def test_points_of_some_modes_are_counted():
    points = ring.ring_centres()[torch.tensor([0, 3])].repeat(50, 1)
    count = ring.count_modes(points)
    assert count.found == 2
    assert count.counts.tolist() == [50, 0, 0, 50, 0, 0, 0, 0]


def test_a_stray_point_is_no_mode():
    centres = ring.ring_centres()
    points = torch.cat([centres[:1].repeat(999, 1), centres[4:5]])
    assert ring.count_modes(points).found == 1


def test_points_between_modes_are_not_good():
    count = ring.count_modes(torch.zeros(10, 2))
    assert count.found == 0 and count.good == 0


def test_equal_shares_diverge_by_nothing_and_one_mode_by_the_logarithm():
    assert metrics.reverse_kl(np.full(1_000, 7)) == pytest.approx(0)
    assert metrics.reverse_kl(np.eye(1_000)[3] * 50) == pytest.approx(np.log(1_000))
    assert metrics.reverse_kl(np.array([3, 3, 0, 0])) == pytest.approx(np.log(2))


def test_the_divergence_from_what_is_expected():
    assert metrics.reverse_kl(np.array([9, 3]), np.array([3, 1])) == pytest.approx(0)
    by_hand = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    assert metrics.reverse_kl(np.array([1, 1]), np.array([3, 1])) == pytest.approx(by_hand)
    assert metrics.reverse_kl(np.array([1, 1]), np.array([1, 0])) == np.inf


@given(st.lists(st.integers(0, 99), min_size=1).filter(any))
def test_the_divergence_from_equal_shares_is_bounded(counts):
    kl = metrics.reverse_kl(np.array(counts))
    assert -1e-9 < kl < np.log(len(counts)) + 1e-9


def test_batches_are_seeded():
    take = ring.ring_batches(5, seed=1)
    assert torch.equal(take(2), take(2))
    assert not torch.equal(take(2), take(3))


def test_a_gan_of_points_trains():
    recipe = replace(ring.RING, steps=3)
    drawn = points.draw_samples(ring.train_on_ring(recipe), n=7)
    assert drawn.shape == (7, 2)
    assert torch.equal(drawn, points.draw_samples(ring.train_on_ring(recipe), n=7))


@pytest.mark.slow
def test_only_the_loss_decides_over_the_modes():
    # The claim of chapter 5: with the same networks, steps and optimiser, the discriminator far
    # ahead, cross-entropy loses modes that the Wasserstein loss with its penalty keeps.
    bce = ring.count_modes(points.draw_samples(ring.train_on_ring(ring.RING)))
    recipe = replace(ring.RING, loss="wasserstein", penalty=1.0)
    wasserstein = ring.count_modes(points.draw_samples(ring.train_on_ring(recipe)))
    assert bce.found <= 4
    assert wasserstein.found >= 7
