"""Mode collapse counted on pictures: three small digits stacked as colours, a thousand modes.

The idea of Stacked MNIST (Metz et al. 2016, https://arxiv.org/abs/1611.02163; Srivastava et al.
2017, https://arxiv.org/abs/1705.07761) with the 8×8 digits that scikit-learn brings along.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from covers_lib.errors import InputError
from covers_lib.evaluation.metrics import reverse_kl
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN
from covers_lib.toys.points import FAIR, point_network, train_small

SIDE, MODES = 8, 1_000
VALUES = 3 * SIDE * SIDE  # of a stack
HELD_OUT = 0.25  # the share of digits that neither a GAN nor the classifier is trained on

# A discriminator that is well ahead of its generator: five fast steps to one.
DIGITS = Recipe(
    "digits", latent=32, width=256, norm="none", n_critic=5, lr=1e-3, betas=(0.0, 0.9), batch=128,
    steps=1_000,
)  # fmt: skip


class Digits(NamedTuple):
    """`pictures` (N, 8, 8) float32 in [-1, 1], and what each shows, `labels` (N,) int, 0 to 9."""

    pictures: np.ndarray
    labels: np.ndarray


@cache
def digits() -> tuple[Digits, Digits]:
    """Return scikit-learn's 1,797 digits in two parts, shuffled once: to train on, and held out.

    Raises `InputError` if scikit-learn is not installed.

    Derived in: book/04_mode_collapse
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError(
            'stacked digits need scikit-learn: pip install "covers-lib[notebook]"'
        ) from error
    bundled = load_digits()  # ink from 0 to 16
    order = np.random.default_rng(0).permutation(len(bundled.target))
    pictures = (bundled.images[order] / 8 - 1).astype(np.float32)
    parts = np.split(np.arange(len(order)), [round(len(order) * (1 - HELD_OUT))])
    training, held_out = (Digits(pictures[part], bundled.target[order][part]) for part in parts)
    return training, held_out


def stack(pictures: np.ndarray, n: int, rng: np.random.Generator) -> Tensor:
    """Stack `n` times three digits drawn at random: (n, 3, 8, 8) float32 in [-1, 1].

    Derived in: book/04_mode_collapse
    """
    return torch.from_numpy(pictures[rng.integers(len(pictures), size=(n, 3))])


def digit_batches(batch: int, seed: int) -> Callable[[int], Tensor]:
    """Return a function from a count k to the k-th batch of stacks of training digits.

    A batch is (batch, 3, 8, 8) float32 in [-1, 1]: each of 1000 modes, "000" to "999", alike often.
    """
    pictures = digits()[0].pictures
    return lambda k: stack(pictures, batch, np.random.default_rng([seed, k]))


def train_on_digits(recipe: Recipe, hooks: Iterable[Callable] = ()) -> GAN:
    """Train small networks on stacked digits by a recipe's loss, penalty, optimiser and seed.

    The generator maps (N, latent) to (N, 3, 8, 8) in [-1, 1], the discriminator that to (N,).

    Raises `InputError` if scikit-learn is not installed.

    Derived in: book/04_mode_collapse
    """

    def networks() -> tuple[nn.Module, nn.Module]:
        generator = nn.Sequential(
            *point_network(recipe.latent, VALUES, recipe.width),
            nn.Tanh(),
            nn.Unflatten(1, (3, SIDE, SIDE)),
        )
        return generator, nn.Sequential(
            nn.Flatten(), *point_network(VALUES, 1, recipe.width), nn.Flatten(0)
        )

    return train_small(recipe, networks, digit_batches(recipe.batch, recipe.seed), hooks)


def real_stacks(n: int = 25_600, seed: int = 0) -> Tensor:
    """Stack `n` times three held-out digits: what a perfect generator would give.

    Derived in: book/04_mode_collapse
    """
    return stack(digits()[1].pictures, n, np.random.default_rng(seed))


@cache
def classifier():
    """Train a classifier of digits, a support vector machine, on the training digits.

    Gives it with the share of held-out digits that it misreads.

    Raises `InputError` if scikit-learn is not installed.

    Derived in: book/04_mode_collapse
    """
    training, held_out = digits()
    from sklearn.svm import SVC

    machine = SVC(C=10).fit(training.pictures.reshape(-1, SIDE * SIDE), training.labels)
    read = machine.predict(held_out.pictures.reshape(-1, SIDE * SIDE))
    return machine, float((read != held_out.labels).mean())


def read_stacks(stacks: Tensor) -> np.ndarray:
    """Read the mode of each stack (N, 3, 8, 8): its three digits as a number, (N,) int, 0 to 999.

    Derived in: book/04_mode_collapse
    """
    machine, _ = classifier()
    read = machine.predict(stacks.numpy().reshape(-1, SIDE * SIDE))
    return read.reshape(-1, 3) @ [100, 10, 1]


class StackCount(NamedTuple):
    """`found`: modes that hold a fair share of `n` stacks; `kl`: divergence of their shares from
    equal ones, in nats, at most log 1000 = 6.9; `counts` (1000,) int: stacks a mode;
    `classifier_error`: the share of single held-out digits that the classifier misreads.
    """

    found: int
    kl: float
    n: int
    counts: np.ndarray
    classifier_error: float


def count_stacks(stacks: Tensor) -> StackCount:
    """Count the modes among stacks (N, 3, 8, 8) of digits, as a classifier reads them.

    A mode is found if it holds at least a tenth of its fair share (N / 1000), so that few
    misreadings add a mode; some still do, since a mode with many stacks is misread many times. A
    classifier gives every picture a digit, also one that shows none: look at the stacks, too.
    `reverse_kl` tells the divergence; quote both beside those of `real_stacks` at the same N.

    Derived in: book/04_mode_collapse
    """
    counts = np.bincount(read_stacks(stacks), minlength=MODES)
    found = int((counts >= FAIR * len(stacks) / MODES).sum())
    return StackCount(found, reverse_kl(counts), len(stacks), counts, classifier()[1])
