"""The training loop: a generator and a discriminator take turns. All else hooks in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel

from covers_lib import devices, distributed
from covers_lib.losses import LOSSES, gradient_penalty
from covers_lib.networks import device_of
from covers_lib.recipes import Recipe

Metrics = dict[str, Tensor]


@dataclass
class GAN:
    """A generator and a discriminator in training, with all that a next step depends on.

    `average` follows the generator by an exponential moving average (EMA); `rng` draws latents, and
    is in one state in all processes; `accelerator` knows the others; `penalty` is
    `gradient_penalty`, compiled where the recipe says so; `step` counts the generator's steps.

    Derived in: book/03_dcgan
    """

    recipe: Recipe
    generator: nn.Module
    discriminator: nn.Module
    average: AveragedModel
    g_optimizer: Adam
    d_optimizer: Adam
    rng: torch.Generator
    accelerator: Accelerator
    penalty: Callable[..., Tensor] = gradient_penalty
    step: int = 0

    @property
    def batch(self) -> int:
        """How many covers of a batch are this process's."""
        return self.recipe.batch // self.accelerator.num_processes

    def share(self, covers: Tensor) -> Tensor:
        """Cut this process's part out of a batch, and lay it as the networks like it."""
        part = distributed.own_part(self.accelerator, covers).to(device_of(self.generator))
        if part.ndim < 4:  # points in place of pictures
            return part
        return part.contiguous(memory_format=devices.memory_format(self.recipe.norm))

    def draw(self, law: Callable[..., Tensor], n: int, *shape: int) -> Tensor:
        """Draw `n` by `torch.randn` or `torch.rand`: every process draws all, and keeps its own."""
        everyones = n * self.accelerator.num_processes
        drawn = law(everyones, *shape, generator=self.rng, device=self.rng.device)
        return distributed.own_part(self.accelerator, drawn)

    def latents(self, n: int) -> Tensor:
        """Draw the next `n` latent vectors, (n, latent), on the networks' device."""
        return self.draw(torch.randn, n, self.recipe.latent)

    def fakes(self, n: int) -> Tensor:
        """Make covers of the next `n` latent vectors: (n, 3, H, W) float32 in [-1, 1]."""
        with devices.precision(self.rng.device, self.recipe.precision):
            return self.generator(self.latents(n)).float()

    def logits(self, covers: Tensor) -> Tensor:
        """Judge covers (N, 3, H, W): (N,) float32."""
        with devices.precision(self.rng.device, self.recipe.precision):
            return self.discriminator(covers).float()


def build(recipe: Recipe, accelerator: Accelerator | None = None) -> GAN:
    """Build the networks of a recipe, seeded, and make them ready to train.

    They go to the device of the `accelerator`, or of the one that Accelerate finds.

    Raises `InputError` for a batch that the processes can't share equally.

    Derived in: book/03_dcgan
    """
    accelerator = accelerator or distributed.find_processes()
    distributed.check_split(recipe.batch, accelerator)
    devices.allow_tf32(accelerator.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        networks = [recipe.generator(), recipe.discriminator()]
    placed = {"device": accelerator.device, "memory_format": devices.memory_format(recipe.norm)}
    return assemble(recipe, *[network.to(**placed) for network in networks], accelerator)


def assemble(
    recipe: Recipe,
    generator: nn.Module,
    discriminator: nn.Module,
    accelerator: Accelerator | None = None,
) -> GAN:
    """Make any two networks ready to train by a recipe, on the device where they are.

    Derived in: book/04_mode_collapse
    """
    accelerator = accelerator or distributed.find_processes()
    if accelerator.num_processes > 1:
        generator, discriminator = map(distributed.with_global_norm, (generator, discriminator))

    def adam(network: nn.Module) -> Adam:
        return Adam(network.parameters(), recipe.lr, recipe.betas, fused=True)

    gan = GAN(
        recipe,
        generator,
        discriminator,
        AveragedModel(generator, multi_avg_fn=moving_average(recipe.ema), use_buffers=True),
        adam(generator),
        adam(discriminator),
        torch.Generator(device_of(generator)).manual_seed(recipe.seed),
        accelerator,
    )
    if recipe.compile:
        generator.compile()
        discriminator.compile()
        gan.penalty = torch.compile(gradient_penalty)
    return gan


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


def verdicts(gan: GAN, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Judge real and fake covers, (N,) each: in one pass where each cover is judged alone."""
    if gan.recipe.norm == "batch":  # its statistics are those of a batch: real and fake stay apart
        return gan.logits(real), gan.logits(fake)
    return gan.logits(torch.cat([real, fake])).chunk(2)


def discriminator_step(gan: GAN, real: Tensor) -> Metrics:
    """One step of the discriminator (or critic) on a batch of real covers and one of fakes."""
    recipe = gan.recipe
    with torch.no_grad():  # the generator is not trained here: no graph of it is kept
        fake = gan.fakes(len(real))  # (N, 3, H, W)
    real_logits, fake_logits = verdicts(gan, real, fake)  # (N,) each
    loss = total = LOSSES[recipe.loss][0](real_logits, fake_logits)
    metrics = {"d_loss": loss, "real": real_logits.mean(), "fake": fake_logits.mean()}
    if recipe.penalty:
        epsilon = gan.draw(torch.rand, len(real))  # (N,)
        metrics["penalty"] = gan.penalty(gan.logits, real, fake, epsilon)
        total = loss + recipe.penalty * metrics["penalty"]
    gan.d_optimizer.zero_grad()
    total.backward()
    distributed.average_gradients(gan.accelerator, gan.discriminator)
    gan.d_optimizer.step()
    return {name: value.detach() for name, value in metrics.items()}


def generator_step(gan: GAN) -> Metrics:
    """One step of the generator on the discriminator's verdict, and of its moving average."""
    gan.discriminator.requires_grad_(False)  # its own gradients would be thrown away
    logits = gan.logits(gan.fakes(gan.batch))  # (N,)
    loss = LOSSES[gan.recipe.loss][1](logits)
    gan.g_optimizer.zero_grad()
    loss.backward()
    distributed.average_gradients(gan.accelerator, gan.generator)
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

    `batch(k)` is the k-th batch of real samples, whole; of several processes, each takes its part.
    Each hook sees the GAN and the step's losses, in every process, and must stop in all or none.

    Derived in: book/03_dcgan
    """
    n_critic, stop = gan.recipe.n_critic, False
    while gan.step < steps and not stop:
        for k in range(gan.step * n_critic, (gan.step + 1) * n_critic):
            metrics = discriminator_step(gan, gan.share(batch(k)))
        metrics |= generator_step(gan)
        metrics = distributed.average_metrics(gan.accelerator, metrics)
        gan.step += 1
        stop = any([hook(gan, metrics) for hook in hooks])  # a list: every hook sees every step
