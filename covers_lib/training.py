"""The training loop: a generator and a discriminator take turns. All else hooks in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel

from covers_lib.losses import LOSSES, gradient_penalty
from covers_lib.networks import Discriminator, Generator, device_of
from covers_lib.recipes import Recipe

Metrics = dict[str, Tensor]


@dataclass
class GAN:
    """A generator and a discriminator in training, with all that a next step depends on.

    `average` follows the generator by an exponential moving average (EMA); `rng` draws latents;
    `step` counts the generator's steps so far.

    Derived in: book/03_dcgan
    """

    recipe: Recipe
    generator: nn.Module
    discriminator: nn.Module
    average: AveragedModel
    g_optimizer: Adam
    d_optimizer: Adam
    rng: torch.Generator
    step: int = 0

    def latents(self, n: int) -> Tensor:
        """Draw the next `n` latent vectors, (n, latent), on the networks' device."""
        return torch.randn(n, self.recipe.latent, generator=self.rng, device=self.rng.device)


def build(recipe: Recipe, device: torch.device | str = "cpu") -> GAN:
    """Build the networks of a recipe, seeded, and make them ready to train.

    Derived in: book/03_dcgan
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        generator = Generator(recipe.size, recipe.latent, recipe.width)
        discriminator = Discriminator(recipe.size, recipe.width, recipe.norm)
    return assemble(recipe, generator.to(device), discriminator.to(device))


def assemble(recipe: Recipe, generator: nn.Module, discriminator: nn.Module) -> GAN:
    """Make any two networks ready to train by a recipe.

    Derived in: book/04_mode_collapse
    """

    def adam(network: nn.Module) -> Adam:
        return Adam(network.parameters(), recipe.lr, recipe.betas, fused=True)

    return GAN(
        recipe,
        generator,
        discriminator,
        AveragedModel(generator, multi_avg_fn=moving_average(recipe.ema), use_buffers=True),
        adam(generator),
        adam(discriminator),
        torch.Generator(device_of(generator)).manual_seed(recipe.seed),
    )


def moving_average(decay: float) -> Callable:
    """Average weights exponentially, with less memory at first: decay min(`decay`, (1+t)/(10+t)).

    Derived in: book/03_dcgan
    """

    @torch.no_grad()
    def update(averages: list[Tensor], currents: list[Tensor], count: Tensor) -> None:
        weight = 1 - min(decay, (1 + count.item()) / (10 + count.item()))
        for average, current in zip(averages, currents, strict=True):
            if average.is_floating_point():
                average.lerp_(current, weight)
            else:  # BatchNorm's count of batches
                average.copy_(current)

    return update


def discriminator_step(gan: GAN, real: Tensor) -> Metrics:
    """One step of the discriminator (or critic) on a batch of real covers and one of fakes."""
    recipe = gan.recipe
    with torch.no_grad():  # the generator is not trained here: no graph of it is kept
        fake = gan.generator(gan.latents(len(real)))  # (N, 3, H, W)
    real_logits, fake_logits = gan.discriminator(real), gan.discriminator(fake)  # (N,) each
    loss = total = LOSSES[recipe.loss][0](real_logits, fake_logits)
    metrics = {"d_loss": loss, "real": real_logits.mean(), "fake": fake_logits.mean()}
    if recipe.penalty:
        metrics["penalty"] = gradient_penalty(gan.discriminator, real, fake, gan.rng)
        total = loss + recipe.penalty * metrics["penalty"]
    gan.d_optimizer.zero_grad()
    total.backward()
    gan.d_optimizer.step()
    return {name: value.detach() for name, value in metrics.items()}


def generator_step(gan: GAN) -> Metrics:
    """One step of the generator on the discriminator's verdict, and of its moving average."""
    gan.discriminator.requires_grad_(False)  # its own gradients would be thrown away
    logits = gan.discriminator(gan.generator(gan.latents(gan.recipe.batch)))
    loss = LOSSES[gan.recipe.loss][1](logits)
    gan.g_optimizer.zero_grad()
    loss.backward()
    gan.g_optimizer.step()
    gan.discriminator.requires_grad_(True)
    gan.average.update_parameters(gan.generator)
    return {"g_loss": loss.detach()}


def train(
    gan: GAN,
    batch: Callable[[int], Tensor],
    steps: int,
    hooks: Iterable[Callable[[GAN, Metrics], bool | None]] = (),
) -> None:
    """Train until the generator has taken `steps` steps, or a hook returns True.

    `batch(k)` is the k-th batch of real samples; each hook sees the GAN and the step's losses.

    Derived in: book/03_dcgan
    """
    device, n_critic = device_of(gan.generator), gan.recipe.n_critic
    stop = False
    while gan.step < steps and not stop:
        for k in range(gan.step * n_critic, (gan.step + 1) * n_critic):
            metrics = discriminator_step(gan, batch(k).to(device))
        metrics |= generator_step(gan)
        gan.step += 1
        stop = any([hook(gan, metrics) for hook in hooks])  # a list: every hook sees every step
