"""Finding the latent vector of a given cover, by gradient descent."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from covers_lib.errors import InputError
from covers_lib.gan import latents
from covers_lib.gan.devices import device_of
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images, to_tensor
from covers_lib.progress import bar

LR = 0.4  # large: a cosine brings it down to 0
SHELL = 0.001  # how strongly latents are pulled to the length that normal ones have


@dataclass(frozen=True)
class Projection:
    """The nearest that a generator comes to a given cover, as far as was found.

    `latent` (latent,) float32 on the CPU; `cover` (size, size, 3) uint8, what the generator makes
    of it; `residual`, the root mean square of what is still different, in grey levels of 255.
    """

    latent: Tensor
    cover: np.ndarray
    residual: float


def project(
    generator: Generator,
    cover: np.ndarray,
    seed: int = 0,
    steps: int = 200,
    tries: int = 8,
    progress: bool = True,
) -> Projection:
    """Find the latent vector whose cover is nearest to a given one, (size, size, 3) uint8.

    Adam descends the squared difference of pixels from `tries` latents of the seed at once, and
    the best end is kept: descent stops in local minima. A weak pull holds the latents in the shell
    where normal ones lie. The same seed gives the same result. Lipton & Tripathi 2017,
    https://arxiv.org/abs/1702.04782; Creswell & Bharath 2016, https://arxiv.org/abs/1611.05644.

    Raises `InputError` for a cover of another shape or type, or fewer than one step or try.

    Derived in: book/06_interpolation
    """
    check(generator, cover, steps, tries)
    device = device_of(generator)
    target = to_tensor(cover[None]).to(device)
    z = latents.sample(tries, generator.latent, seed).to(device).requires_grad_()
    optimiser = torch.optim.Adam([z], LR)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    was_training = generator.training
    generator.eval()
    for _ in bar(range(steps), progress, desc="projecting", unit="step", leave=False):
        (z.grad,) = torch.autograd.grad(objective(generator, z, target), z)
        optimiser.step()
        slower.step()
    generator.train(was_training)
    return nearest_of(generator, z.detach().cpu(), cover)


def objective(generator: Generator, z: Tensor, target: Tensor) -> Tensor:
    """Sum what each try makes smaller for itself: the squared error, and leaving the shell."""
    off = (generator(z) - target).square().mean((1, 2, 3))
    shell = (z.norm(dim=1) - z.shape[1] ** 0.5).square()  # as thick in any dimension
    return (off + SHELL * shell).sum()


def nearest_of(generator: Generator, z: Tensor, cover: np.ndarray) -> Projection:
    """Keep the best of latents (N, latent), measured on covers as they are seen: rounded."""
    covers = to_images(generate(generator, z))
    off = covers.astype(np.float64) - cover
    residuals = np.sqrt((off**2).mean((1, 2, 3)))
    best = residuals.argmin()
    return Projection(z[best], covers[best], float(residuals[best]))


def check(generator: Generator, cover: np.ndarray, steps: int, tries: int) -> None:
    """Raise `InputError`, in one sentence, for what cannot be projected."""
    size = generator.size
    if cover.shape != (size, size, 3) or cover.dtype != np.uint8:
        raise InputError(
            f"a cover for this generator is ({size}, {size}, 3) uint8, not {cover.shape} "
            f"{cover.dtype}: take one from a pack of {size} px"
        )
    if steps < 1 or tries < 1:
        raise InputError(f"projecting takes one step and one try or more, not {steps} and {tries}")
