"""The training loop: a generator and a discriminator take turns. All else hooks in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel

from covers_lib.gan import devices, distributed
from covers_lib.gan.augmentation import NUMBERS, augment
from covers_lib.gan.devices import device_of
from covers_lib.gan.losses import LOSSES, Network, gradient_penalty, with_slopes
from covers_lib.gan.recipes import Recipe

Metrics = dict[str, Tensor]


@dataclass
class GAN:
    """A generator and a discriminator in training, with all that a next step depends on.

    `average` follows the generator by an exponential moving average (EMA); `rng` draws latents, and
    is in one state in all processes; `accelerator` knows the others; `penalty` and `with_slopes`
    are those of `losses`, compiled where the recipe says so; `step` counts the generator's steps.
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
    with_slopes: Callable[..., tuple[Tensor, Tensor]] = with_slopes
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
        with devices.precision(covers.device, self.recipe.precision):
            return self.discriminator(covers).float()

    def judge(self, *sizes: int) -> Network:
        """Return the discriminator for batches of these sizes, put together: covers to logits.

        It sees each cover augmented by numbers that are drawn now, where the recipe augments.
        """
        if not self.recipe.augment:
            return self.logits
        u = torch.cat([self.draw(torch.rand, n, NUMBERS) for n in sizes])  # (N, 7)
        return lambda covers: self.logits(augment(covers, u, self.recipe.augment))


def build(recipe: Recipe, accelerator: Accelerator | None = None) -> GAN:
    """Build the networks of a recipe, seeded, and make them ready to train.

    They go to the device of the `accelerator`, or of the one that Accelerate finds.

    Raises `InputError` for a batch that the processes can't share equally.
    """
    accelerator = accelerator or distributed.find_processes()
    distributed.check_split(recipe.batch, accelerator)
    devices.allow_tf32(accelerator.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        networks = recipe.generator(), recipe.discriminator()
    placed = {"device": accelerator.device, "memory_format": devices.memory_format(recipe.norm)}
    generator, discriminator = (network.to(**placed) for network in networks)
    return assemble(recipe, generator, discriminator, accelerator)


def assemble(
    recipe: Recipe,
    generator: nn.Module,
    discriminator: nn.Module,
    accelerator: Accelerator | None = None,
) -> GAN:
    """Make any two networks ready to train by a recipe, on the device where they are."""
    accelerator = accelerator or distributed.find_processes()
    if accelerator.num_processes > 1:
        generator, discriminator = map(distributed.with_global_norm, (generator, discriminator))

    def adam(network: nn.Module, lr: float) -> Adam:
        return Adam(network.parameters(), lr, recipe.betas, fused=True)

    gan = GAN(
        recipe,
        generator,
        discriminator,
        AveragedModel(generator, multi_avg_fn=moving_average(recipe.ema), use_buffers=True),
        adam(generator, recipe.lr),
        adam(discriminator, recipe.d_lr or recipe.lr),
        torch.Generator(device_of(generator)).manual_seed(recipe.seed),
        accelerator,
    )
    if recipe.compile:
        generator.compile()
        discriminator.compile()
        gan.penalty = torch.compile(gradient_penalty)
        gan.with_slopes = torch.compile(with_slopes)
    return gan


def moving_average(decay: float) -> Callable:
    """Average weights exponentially, less memory at first: decay min(`decay`, (1+t)/(10+t))."""

    @torch.no_grad()
    def update(averages: list[Tensor], currents: list[Tensor], count: Tensor) -> None:
        weight = 1 - min(decay, (1 + count.item()) / (10 + count.item()))
        for average, current in zip(averages, currents, strict=True):
            if average.is_floating_point():
                average.lerp_(current, weight)
            else:  # BatchNorm's count of batches
                average.copy_(current)

    return update


def verdicts(gan: GAN, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Metrics]:
    """Judge real and fake covers: logits (N,) each, and R1 and R2 before γ where the recipe asks.

    They go through in one pass where each cover is judged alone; with slopes, two are as quick.
    """
    recipe, n = gan.recipe, len(real)
    slopes = (recipe.r1 or recipe.r2) and (gan.step + 1) % recipe.lazy == 0
    if recipe.norm != "batch" and not slopes:
        real_logits, fake_logits = gan.judge(n, n)(torch.cat([real, fake])).chunk(2)
        return real_logits, fake_logits, {}
    logits, penalties = [], {}
    for name, covers in (("r1", real), ("r2", fake)):
        if slopes and getattr(recipe, name):
            judged, squares = gan.with_slopes(gan.judge(n), covers)  # (N,) each
            penalties[name] = squares.mean() / 2
        else:
            judged = gan.judge(n)(covers)
        logits.append(judged)
    return logits[0], logits[1], penalties


def discriminator_step(gan: GAN, real: Tensor) -> Metrics:
    """One step of the discriminator (or critic) on a batch of real covers and one of fakes."""
    recipe = gan.recipe
    with torch.no_grad():  # the generator is not trained here: no graph of it is kept
        fake = gan.fakes(len(real))  # (N, 3, H, W)
    real_logits, fake_logits, penalties = verdicts(gan, real, fake)  # (N,) each
    loss = LOSSES[recipe.loss][0](real_logits, fake_logits)
    if recipe.penalty:
        epsilon = gan.draw(torch.rand, len(real))  # (N,)
        penalties["penalty"] = gan.penalty(gan.judge(len(real)), real, fake, epsilon)
    total = loss + sum(recipe.weights[name] * value for name, value in penalties.items())
    gan.d_optimizer.zero_grad()
    total.backward()
    distributed.average_gradients(gan.accelerator, gan.discriminator)
    gan.d_optimizer.step()
    means = {"d_loss": loss, "real": real_logits.mean(), "fake": fake_logits.mean()}
    return {name: value.detach() for name, value in (means | penalties).items()}


def generator_step(gan: GAN, real: Tensor) -> Metrics:
    """One step of the generator on the discriminator's verdict, and of its moving average."""
    gan.discriminator.requires_grad_(False)  # its own gradients would be thrown away
    fake = gan.fakes(gan.batch)  # (N, 3, H, W)
    logits = [gan.judge(len(fake))(fake)]  # (N,)
    if gan.recipe.loss == "relativistic":  # how real are they, beside real covers?
        logits.append(gan.judge(len(real))(real))
    loss = LOSSES[gan.recipe.loss][1](*logits)
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
            real = gan.share(batch(k))
            metrics = discriminator_step(gan, real)
        metrics |= generator_step(gan, real)
        metrics = distributed.average_metrics(gan.accelerator, metrics)
        gan.step += 1
        stop = any([hook(gan, metrics) for hook in hooks])  # a list: every hook sees every step
