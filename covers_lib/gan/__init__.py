"""Networks, losses, recipes, and one training loop."""

from covers_lib.gan import augmentation, latents, losses, recipes
from covers_lib.gan.devices import device_of
from covers_lib.gan.networks import Discriminator, Generator, doubling, parameter_count
from covers_lib.gan.recipes import PRESETS, Recipe, preset
from covers_lib.gan.sampling import generate, generate_images
from covers_lib.gan.training import (
    GAN,
    build,
    discriminator_step,
    generator_step,
    moving_average,
    train,
    verdicts,
)

__all__ = [
    "GAN",
    "PRESETS",
    "Discriminator",
    "Generator",
    "Recipe",
    "augmentation",
    "build",
    "device_of",
    "discriminator_step",
    "doubling",
    "generate",
    "generate_images",
    "generator_step",
    "latents",
    "losses",
    "moving_average",
    "parameter_count",
    "preset",
    "recipes",
    "train",
    "verdicts",
]
