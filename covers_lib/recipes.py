"""Recipes: what a run is, by name; and presets: how large the book's runs are."""

import os
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

from covers_lib.errors import InputError
from covers_lib.networks import Discriminator, Generator, Norm, Up, check_size, pick_device


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a GAN is trained, apart from the covers.

    - The networks: `size` px, `latent` numbers, `width` features, or `maps`, the features at
      4, 8, 16 … px one by one, which fix the size; `up` is how the generator doubles a picture,
      `slope` its activations' below 0, `norm` the discriminator's.
    - The game: `loss`, the weight `penalty` (λ) of the gradient penalty, and `n_critic`
      discriminator steps a generator step.
    - The optimiser: Adam's `lr` and `betas`; `ema` is the decay of the averaged generator, lower at
      first; `batch` covers a step (of all processes together), `steps` generator steps in all.
    - The machine: `precision` of forward passes; `compile` them, which takes minutes, for GPUs.
    - `seed` of everything random.

    Raises `InputError` for settings that are impossible, alone or together.

    Derived in: book/03_dcgan
    """

    name: str
    size: int = 64
    latent: int = 128
    width: int = 64
    maps: tuple[int, ...] = ()
    up: Up = "transposed"
    slope: float = 0.0
    loss: Literal["bce", "wasserstein"] = "bce"
    norm: Norm = "batch"
    penalty: float = 0.0
    n_critic: int = 1
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = 0.999
    batch: int = 64
    steps: int = 20_000
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: bool = False
    seed: int = 0

    def __post_init__(self):
        for name in ("maps", "betas"):  # JSON has lists
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_recipe(self)

    def generator(self) -> Generator:
        """Build the generator, with weights from torch's global random state."""
        return Generator(self.size, self.latent, self.width, self.up, self.maps, self.slope)

    def discriminator(self) -> Discriminator:
        """Build the discriminator, with weights from torch's global random state."""
        return Discriminator(self.size, self.width, self.norm, self.maps)


def check_recipe(recipe: Recipe) -> None:
    """Raise `InputError`, in one sentence, for settings that are impossible."""
    for name, kind in get_type_hints(Recipe).items():
        value = getattr(recipe, name)
        if get_origin(kind) is Literal and value not in get_args(kind):
            raise InputError(f"{name} must be one of {', '.join(get_args(kind))}, not {value}")
    for name in ("latent", "width", "n_critic", "batch", "steps"):
        if getattr(recipe, name) < 1:
            raise InputError(f"{name} must be 1 or more, not {getattr(recipe, name)}")
    if recipe.lr <= 0:
        raise InputError(f"lr must be above 0, not {recipe.lr}")
    if recipe.penalty < 0:
        raise InputError(f"penalty must be 0 or more, not {recipe.penalty}")
    if len(recipe.betas) != 2 or not all(0 <= beta < 1 for beta in recipe.betas):
        given = ", ".join(map(str, recipe.betas))
        raise InputError(f"betas must be two numbers from 0 to below 1, not {given}")
    if not 0 <= recipe.ema < 1:
        raise InputError(f"ema must be from 0 to below 1, not {recipe.ema}")
    check_size(recipe.size)
    made = 4 * 2 ** len(recipe.maps)
    if recipe.maps and made != recipe.size:
        raise InputError(
            f"{recipe.name} makes covers of {made} px, not {recipe.size}: prepare a pack with "
            f"--size {made}"
        )
    if recipe.penalty and recipe.norm == "batch":
        raise InputError(
            "the gradient penalty needs a critic without BatchNorm, which mixes the samples "
            "of a batch: set norm='none' or 'instance'"
        )


# The networks of the article: features at 4, 8, 16, 32 and 64 px, LeakyReLU on both sides.
ARTICLE = {"size": 128, "latent": 200, "maps": (1024, 512, 512, 256, 128), "slope": 0.2}
WGAN_GP = {
    "loss": "wasserstein", "penalty": 10.0, "n_critic": 5, "lr": 1e-4, "betas": (0.0, 0.9),
}  # fmt: skip

RECIPES = {
    "dcgan": Recipe("dcgan"),
    "wgan-gp": Recipe("wgan-gp", norm="none", **WGAN_GP),
    "article-dcgan": Recipe("article-dcgan", betas=(0.9, 0.999), **ARTICLE),
    "article-wgan-gp": Recipe("article-wgan-gp", norm="instance", **WGAN_GP, **ARTICLE),
}


def get(name: str, **changes) -> Recipe:
    """Get a recipe by name, with some of its settings changed.

    Raises `InputError` for a name that is not a recipe's, or settings that are impossible.

    Derived in: book/03_dcgan
    """
    if name not in RECIPES:
        raise InputError(f"there is no recipe {name}: choose one of {', '.join(RECIPES)}")
    known = [field.name for field in fields(Recipe)]
    if unknown := [change for change in changes if change not in known]:
        raise InputError(f"a recipe has no setting {unknown[0]}: it has {', '.join(known)}")
    return replace(RECIPES[name], **changes)


@dataclass(frozen=True)
class Preset:
    """How large and long things are; never what is done.

    `width` of the networks; for the book's chapters the image `size`, the number of synthetic
    `covers`, the generator steps of a DCGAN and of a WGAN-GP, the covers to `measure` on, and the
    `repeats` (seeds) of a toy experiment.

    Derived in: book/01_why_album_covers
    """

    name: str
    width: int
    size: int
    covers: int
    dcgan_steps: int
    wgan_steps: int
    measure: int
    repeats: int


PRESETS = {
    "ci": Preset("ci", 16, 32, 600, 60, 12, 64, 1),
    "cpu": Preset("cpu", 32, 32, 4_000, 4_000, 320, 500, 3),
    "gpu": Preset("gpu", 64, 64, 20_000, 20_000, 5_000, 5_000, 5),
}


def preset() -> Preset:
    """Get the preset that `COVERS_PRESET` names; unset: `gpu` with an accelerator, else `cpu`.

    Raises `InputError` for another name.

    Derived in: book/01_why_album_covers
    """
    name = os.environ.get("COVERS_PRESET") or ("cpu" if pick_device().type == "cpu" else "gpu")
    if name not in PRESETS:
        raise InputError(f"COVERS_PRESET is {name}: set it to one of {', '.join(PRESETS)}")
    return PRESETS[name]
