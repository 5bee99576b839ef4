"""Covers of latent vectors, made by a trained generator."""

import numpy as np
import torch
from torch import Tensor, nn

from covers_lib.gan import latents
from covers_lib.gan.devices import device_of
from covers_lib.gan.networks import Generator
from covers_lib.images import to_images


def generate(generator: nn.Module, z: Tensor, batch: int = 256) -> Tensor:
    """Make covers of latents (N, latent): (N, 3, size, size) float32 on the CPU, in eval mode.

    In eval mode BatchNorm uses its running statistics, so that a cover depends on its own latent
    vector alone.

    Derived in: book/03_dcgan
    """
    was_training = generator.training
    generator.eval()
    with torch.inference_mode():
        parts = [generator(part.to(device_of(generator))).cpu() for part in z.split(batch)]
    generator.train(was_training)
    return torch.cat(parts)


def generate_images(generator: Generator, n: int, seed: int) -> np.ndarray:
    """Make `n` covers of a seed: (n, size, size, 3) uint8.

    Derived in: book/03_dcgan
    """
    return to_images(generate(generator, latents.sample(n, generator.latent, seed)))
