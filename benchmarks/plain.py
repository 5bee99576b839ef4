"""A GAN's steps as tutorials write them: what `benchmarks/training.py` measures ours against.

The maths is ours, and tests/test_training.py holds the gradients to that. The work is more: real
and fake go through in two passes, the generator's graph is kept and followed in the critic's step,
the critic's gradients are computed in the generator's, and Adam walks from tensor to tensor.
"""

import torch
from torch import Tensor
from torch.optim import Adam

from covers_lib import training
from covers_lib.losses import LOSSES
from covers_lib.recipes import Recipe
from covers_lib.training import GAN


def build(recipe: Recipe) -> GAN:
    """Build the same networks, in torch's usual memory format, with torch's plainest Adam."""
    gan = training.build(recipe)
    for network, optimizer in (("generator", "g_optimizer"), ("discriminator", "d_optimizer")):
        parameters = getattr(gan, network).to(memory_format=torch.contiguous_format).parameters()
        adam = Adam(parameters, recipe.lr, recipe.betas, foreach=False, fused=False)
        setattr(gan, optimizer, adam)
    return gan


def penalty(gan: GAN, real: Tensor, fake: Tensor) -> Tensor:
    """Write the gradient penalty by torch.autograd.grad."""
    epsilon = torch.rand(len(real), 1, 1, 1, generator=gan.rng)
    between = (epsilon * real + (1 - epsilon) * fake.detach()).requires_grad_()
    scores = gan.discriminator(between)
    (slope,) = torch.autograd.grad(
        scores, between, torch.ones_like(scores), create_graph=True, retain_graph=True
    )
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


def discriminator_step(gan: GAN, real: Tensor) -> None:
    """Train the discriminator once, on real covers (N, 3, H, W)."""
    fake = gan.generator(gan.latents(len(real)))
    loss = LOSSES[gan.recipe.loss][0](gan.discriminator(real), gan.discriminator(fake))
    if gan.recipe.penalty:
        loss = loss + gan.recipe.penalty * penalty(gan, real, fake)
    gan.d_optimizer.zero_grad()
    loss.backward(retain_graph=True)
    gan.d_optimizer.step()


def generator_step(gan: GAN) -> None:
    """Train the generator once, and its average."""
    logits = gan.discriminator(gan.generator(gan.latents(gan.recipe.batch)))
    loss = LOSSES[gan.recipe.loss][1](logits)
    gan.g_optimizer.zero_grad()
    loss.backward()
    gan.g_optimizer.step()
    gan.average.update_parameters(gan.generator)
