"""Mode collapse where it can be counted: a GAN of points on a ring of Gaussians."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from covers_lib.gan.recipes import Loss, Recipe
from covers_lib.gan.training import GAN
from covers_lib.toys.points import FAIR, point_network, train_small

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
    """Centres of the ring of Gaussians: (modes, 2) float32 on a circle of radius 2."""
    angles = torch.arange(modes) * (2 * torch.pi / modes)
    return RADIUS * torch.stack([angles.cos(), angles.sin()], 1)


def ring_batches(batch: int, seed: int, modes: int = 8) -> Callable[[int], Tensor]:
    """Return a function from a count k to the k-th batch of points on the ring, (batch, 2) float32.

    Each point is a centre plus noise of deviation 0.05.

    Derived in: book/04_mode_collapse
    """
    centres = ring_centres(modes).numpy()

    def take(k: int) -> Tensor:
        rng = np.random.default_rng([seed, k])
        points = centres[rng.integers(modes, size=batch)]
        return torch.from_numpy(points + rng.normal(0, DEVIATION, points.shape)).float()

    return take


def train_on_ring(recipe: Recipe, hooks: Iterable[Callable] = ()) -> GAN:
    """Train small networks on the ring by a recipe's loss, penalty, optimiser and seed.

    The generator maps (N, latent) to (N, 2), the discriminator (N, 2) to (N,).

    Derived in: book/04_mode_collapse
    """

    def networks() -> tuple[nn.Module, nn.Module]:
        generator = nn.Sequential(*point_network(recipe.latent, 2, recipe.width))
        return generator, nn.Sequential(*point_network(2, 1, recipe.width), nn.Flatten(0))

    return train_small(recipe, networks, ring_batches(recipe.batch, recipe.seed), hooks)


REACH = 4.0  # deviations from a centre within which a point is good


class ModeCount(NamedTuple):
    """`found`: modes that hold a fair share of samples; `good`: the share of samples near a mode;
    `counts` (modes,) int: good samples a mode.
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
