"""What toys share: small networks, a game of them, and points drawn from its generator."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import torch
from torch import Tensor, nn

from covers_lib.gan import latents
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN, assemble, train


def point_network(inputs: int, outputs: int, width: int, hidden: int = 2) -> list[nn.Module]:
    """The layers of a small network for points in place of pictures, with so many hidden ones."""
    layers: list[nn.Module] = []
    for before, after in pairwise([inputs, *[width] * hidden]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return [*layers, nn.Linear(width, outputs)]


def train_small(
    recipe: Recipe,
    networks: Callable[[], tuple[nn.Module, nn.Module]],
    batches: Callable[[int], Tensor],
    hooks: Iterable[Callable],
) -> GAN:
    """Train a generator and a discriminator of a toy, which `networks` builds, by a recipe."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        generator, discriminator = networks()
    gan = assemble(recipe, generator, discriminator)
    train(gan, batches, recipe.steps, hooks)
    return gan


def draw_samples(gan: GAN, n: int = 2_000, seed: int = 0) -> Tensor:
    """Draw `n` samples from the generator of a toy.

    Derived in: book/04_mode_collapse
    """
    with torch.inference_mode():
        return gan.generator(latents.sample(n, gan.recipe.latent, seed))


FAIR = 0.1  # of its fair share of samples a mode must hold to be found: a stray sample is no mode
