"""A GAN's steps as tutorials write them: what `benchmarks/training.py` measures ours against.

The maths is ours, and tests/gan/test_training.py holds the gradients to that. The work is more:
real and fake go through in two passes, the generator's graph is kept and followed in the critic's
step, the critic's gradients are computed in the generator's, and Adam walks from tensor to tensor.
"""

import torch
from torch import Tensor
from torch.optim import Adam

from covers_lib.gan import training
from covers_lib.gan.augmentation import NUMBERS, augment
from covers_lib.gan.losses import LOSSES
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN


def build(recipe: Recipe) -> GAN:
    """Build the same networks, in torch's usual memory format, with torch's plainest Adam."""
    gan = training.build(recipe)
    for network, optimizer in (("generator", "g_optimizer"), ("discriminator", "d_optimizer")):
        parameters = getattr(gan, network).to(memory_format=torch.contiguous_format).parameters()
        adam = Adam(parameters, recipe.lr, recipe.betas, foreach=False, fused=False)
        setattr(gan, optimizer, adam)
    return gan


def judge(gan: GAN, covers: Tensor) -> Tensor:
    """Judge covers as they are, or augmented where the recipe says so."""
    if not gan.recipe.augment:
        return gan.discriminator(covers)
    u = torch.rand(len(covers), NUMBERS, generator=gan.rng)
    return gan.discriminator(augment(covers, u, gan.recipe.augment))


def slopes(logits: Tensor, covers: Tensor) -> Tensor:
    """Write R1 or R2, before γ, by torch.autograd.grad."""
    (slope,) = torch.autograd.grad(logits.sum(), covers, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() / 2


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
    real.requires_grad_(bool(gan.recipe.r1))
    fake = gan.generator(gan.latents(len(real)))
    real_logits, fake_logits = judge(gan, real), judge(gan, fake)
    loss = LOSSES[gan.recipe.loss][0](real_logits, fake_logits)
    if gan.recipe.r1:
        loss = loss + gan.recipe.r1 * slopes(real_logits, real)
    if gan.recipe.r2:
        loss = loss + gan.recipe.r2 * slopes(fake_logits, fake)
    if gan.recipe.penalty:
        loss = loss + gan.recipe.penalty * penalty(gan, real, fake)
    gan.d_optimizer.zero_grad()
    loss.backward(retain_graph=True)
    gan.d_optimizer.step()


def generator_step(gan: GAN, real: Tensor) -> None:
    """Train the generator once, and its average."""
    logits = [judge(gan, gan.generator(gan.latents(gan.recipe.batch)))]
    if gan.recipe.loss == "relativistic":
        logits.append(judge(gan, real))
    loss = LOSSES[gan.recipe.loss][1](*logits)
    gan.g_optimizer.zero_grad()
    loss.backward()
    gan.g_optimizer.step()
    gan.average.update_parameters(gan.generator)
