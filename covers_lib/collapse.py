"""Mode collapse where it can be counted: a GAN of points on a ring of Gaussians."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import rel_entr
from torch import Tensor, nn

from covers_lib import latents
from covers_lib.recipes import Loss, Recipe
from covers_lib.training import GAN, assemble, train

RADIUS, DEVIATION = 2.0, 0.05

# A discriminator that is well ahead of its generator: five fast steps to one.
RING = Recipe(
    "ring", latent=16, width=128, norm="none", n_critic=5, lr=1e-3, betas=(0.0, 0.9), batch=128,
    steps=1_000,
)  # fmt: skip

# The same game as small and as fast as a reader's browser can play it, by three losses.
IN_THE_PAGE = replace(RING, width=32, lr=3e-3, batch=64, steps=1_200)
LOSSES_IN_THE_PAGE: dict[Loss, dict[str, Any]] = {
    "bce": {},
    "wasserstein": {"penalty": 1.0},
    "relativistic": {"r1": 0.1, "r2": 0.1},
}


def ring_centres(modes: int = 8) -> Tensor:
    """Centres of the ring of Gaussians: (modes, 2) float32 on a circle of radius 2.

    Derived in: book/04_mode_collapse
    """
    angles = torch.arange(modes) * (2 * torch.pi / modes)
    return RADIUS * torch.stack([angles.cos(), angles.sin()], 1)


def ring_batches(batch: int, seed: int, modes: int = 8) -> Callable[[int], Tensor]:
    """Give a function from a count k to the k-th batch of points on the ring, (batch, 2) float32.

    Each point is a centre plus noise of deviation 0.05.

    Derived in: book/04_mode_collapse
    """
    centres = ring_centres(modes).numpy()

    def take(k: int) -> Tensor:
        rng = np.random.default_rng([seed, k])
        points = centres[rng.integers(modes, size=batch)]
        return torch.from_numpy(points + rng.normal(0, DEVIATION, points.shape)).float()

    return take


def point_network(inputs: int, outputs: int, width: int, hidden: int = 2) -> list[nn.Module]:
    """The layers of a small network for points in place of pictures, with so many hidden ones.

    Derived in: book/04_mode_collapse
    """
    layers: list[nn.Module] = []
    for before, after in pairwise([inputs, *[width] * hidden]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return [*layers, nn.Linear(width, outputs)]


def train_on_ring(recipe: Recipe, hooks: Iterable[Callable] = ()) -> GAN:
    """Train small networks on the ring by a recipe's loss, penalty, optimiser and seed.

    The generator maps (N, latent) to (N, 2), the discriminator (N, 2) to (N,).

    Derived in: book/04_mode_collapse
    """

    def networks() -> tuple[nn.Module, nn.Module]:
        generator = nn.Sequential(*point_network(recipe.latent, 2, recipe.width))
        return generator, nn.Sequential(*point_network(2, 1, recipe.width), nn.Flatten(0))

    return train_small(recipe, networks, ring_batches(recipe.batch, recipe.seed), hooks)


def train_small(
    recipe: Recipe,
    networks: Callable[[], tuple[nn.Module, nn.Module]],
    batches: Callable[[int], Tensor],
    hooks: Iterable[Callable],
) -> GAN:
    """Train a generator and a discriminator of a toy, which `networks` builds, by a recipe.

    Derived in: book/04_mode_collapse
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        generator, discriminator = networks()
    gan = assemble(recipe, generator, discriminator)
    train(gan, batches, recipe.steps, hooks)
    return gan


def ring_points(gan: GAN, n: int = 2_000, seed: int = 0) -> Tensor:
    """Draw `n` points from a GAN of points: (n, 2) float32.

    Derived in: book/04_mode_collapse
    """
    return draw(gan, n, seed)


def draw(gan: GAN, n: int, seed: int) -> Tensor:
    """Draw `n` samples from the generator of a toy.

    Derived in: book/04_mode_collapse
    """
    with torch.inference_mode():
        return gan.generator(latents.sample(n, gan.recipe.latent, seed))


REACH = 4.0  # deviations from a centre within which a point is good
FAIR = 0.1  # of its fair share of samples a mode must hold to be found: a stray sample is no mode


def reverse_kl(counts: np.ndarray, expected: np.ndarray | None = None) -> float:
    """Divergence KL(p ‖ q) = Σ p log(p / q), in nats, of samples a mode from what is expected.

    p are the `counts` (modes,) over their sum; q the `expected` counts over theirs, or uniform. It
    is 0 for equal shares and log(modes) where one mode of a uniform q holds everything; it stays
    finite where modes are missing, which is why papers on stacked MNIST quote it. About
    (modes - 1) / 2N of it is chance, with N samples of q itself. Srivastava et al. 2017,
    https://arxiv.org/abs/1705.07761.

    Derived in: book/04_mode_collapse
    """
    p = counts / counts.sum()
    q = np.full(len(p), 1 / len(p)) if expected is None else expected / expected.sum()
    return float(rel_entr(p, q).sum())


class ModeCount(NamedTuple):
    """`found`: modes that hold a fair share of samples; `good`: the share of samples near a mode;
    `counts` (modes,) int: good samples a mode.

    Derived in: book/04_mode_collapse
    """

    found: int
    good: float
    counts: np.ndarray


def count_modes(points: Tensor, modes: int = 8, reach: float = REACH) -> ModeCount:
    """Count the modes of the ring that points (N, 2) reach, within `reach` deviations of a centre.

    A mode is found if it holds at least a tenth of its fair share (`FAIR`), so that a stray point
    does not count as one.

    Derived in: book/04_mode_collapse
    """
    distance, mode = torch.cdist(points, ring_centres(modes)).min(1)  # (N,) each
    good = distance < reach * DEVIATION
    counts = torch.bincount(mode[good], minlength=modes)
    found = int((counts >= FAIR * len(points) / modes).sum())
    return ModeCount(found, float(good.float().mean()), counts.numpy())


def page_settings() -> dict[str, Any]:
    """Return what the ring in the page is made by, as it stands in book/_static/ring/settings.json.

    `games` holds the settings of a recipe by loss; the other keys say where points lie, and what
    counts as a mode that is found.
    """
    names = (
        "latent", "width", "loss", "penalty", "r1", "r2",
        "n_critic", "lr", "betas", "batch", "steps",
    )  # fmt: skip
    recipes = {
        loss: replace(IN_THE_PAGE, loss=loss, **changes)
        for loss, changes in LOSSES_IN_THE_PAGE.items()
    }
    return {
        "radius": RADIUS,
        "deviation": DEVIATION,
        "modes": len(ring_centres()),
        "reach": REACH,
        "fair": FAIR,
        "games": {
            loss: {name: getattr(recipe, name) for name in names}
            for loss, recipe in recipes.items()
        },
    }
