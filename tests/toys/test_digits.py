import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from covers_lib.toys import digits, points
from covers_lib.toys.digits import DIGITS

pytestmark = pytest.mark.slow


def test_digits_are_split_once():
    training, held_out = digits.digits()
    assert len(training.labels) == 1348 and len(held_out.labels) == 449
    for part in (training, held_out):
        assert part.pictures.shape == (len(part.labels), 8, 8)
        assert part.pictures.min() == -1 and part.pictures.max() == 1
        assert set(part.labels) == set(range(10))
    shown = {picture.tobytes() for picture in training.pictures}
    assert not shown & {picture.tobytes() for picture in held_out.pictures}


def test_batches_are_seeded():
    take = digits.digit_batches(5, seed=1)
    assert take(2).shape == (5, 3, 8, 8) and take(2).dtype == torch.float32
    assert torch.equal(take(2), take(2))
    assert not torch.equal(take(2), take(3))


def test_the_classifier_s_error_is_what_a_recount_gives():
    held_out = digits.digits()[1]
    threes = torch.from_numpy(held_out.pictures).repeat_interleave(3, 0).view(-1, 3, 8, 8)
    read = digits.read_stacks(threes)  # each digit stacked on itself: 7 is read as 777
    assert set(read // 111) == set(range(10)) and not (read % 111).any()
    wrong = (read // 111 != held_out.labels).mean()
    assert digits.count_stacks(threes).classifier_error == wrong
    assert 0 < wrong < 0.02


def test_real_stacks_hold_all_modes_nearly_evenly():
    real = digits.count_stacks(digits.real_stacks())
    assert real.n == real.counts.sum() == 25_600
    assert real.found == 1_000
    assert real.kl < 0.08  # 0.02 of it is chance, the rest the few held-out digits


def test_one_stack_again_and_again_is_one_mode():
    count = digits.count_stacks(digits.real_stacks(1).repeat(500, 1, 1, 1))
    assert count.found == 1
    assert count.kl == pytest.approx(np.log(1_000))


def test_errors_add_few_modes_to_half_of_them():
    held_out = digits.digits()[1]
    even = held_out.pictures[held_out.labels % 2 == 0]
    rng = np.random.default_rng(0)
    stacks = digits.stack(held_out.pictures, 25_600, rng)
    stacks[:, 0] = torch.from_numpy(even[rng.integers(len(even), size=len(stacks))])
    count = digits.count_stacks(stacks)
    assert 500 <= count.found < 530
    assert count.kl == pytest.approx(np.log(2), abs=0.08)
    assert (count.counts > 0).sum() > count.found  # what a smaller minimum would let in


def test_a_gan_of_digits_trains_the_same_way_for_a_seed():
    recipe = replace(DIGITS, steps=3)
    stacks = points.draw_samples(digits.train_on_digits(recipe), n=7)
    again = points.draw_samples(digits.train_on_digits(recipe), n=7)
    assert stacks.shape == (7, 3, 8, 8) and stacks.abs().max() <= 1
    assert torch.equal(stacks, again)
    other = digits.train_on_digits(replace(recipe, seed=1))
    assert not torch.equal(stacks, points.draw_samples(other, n=7))


def test_training_learns_to_put_ink_where_digits_have_it():
    start, later = (
        points.draw_samples(digits.train_on_digits(replace(DIGITS, steps=steps)))
        for steps in (1, 60)
    )
    real = digits.real_stacks().mean((0, 1))
    assert (later.mean((0, 1)) - real).abs().mean() < (start.mean((0, 1)) - real).abs().mean() / 2


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    digits.digits.cache_clear()
    with pytest.raises(ValueError, match=r'pip install "covers-lib\[notebook\]"'):
        digits.train_on_digits(DIGITS)
