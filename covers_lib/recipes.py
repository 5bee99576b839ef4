"""Recipes: what a run is, by name; and presets: how large the book's runs are."""

import os
from dataclasses import dataclass, replace
from typing import Literal

from covers_lib.errors import InputError
from covers_lib.networks import Norm, check_size, pick_device


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a GAN is trained, apart from the covers.

    `size` px, `latent` numbers and `width` features describe the networks; `loss`, the weight
    `penalty` (λ) of the gradient penalty, and `n_critic` discriminator steps a generator step
    describe the game; `lr` and `betas` are Adam's; `ema` is the decay of the averaged generator;
    `batch` covers a step, `steps` generator steps in all, `seed` of everything random.

    Raises `InputError` for an impossible size, or a penalty together with BatchNorm.

    Derived in: book/03_dcgan
    """

    name: str
    size: int = 64
    latent: int = 128
    width: int = 64
    loss: Literal["bce", "wasserstein"] = "bce"
    norm: Norm = "batch"
    penalty: float = 0.0
    n_critic: int = 1
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = 0.999
    batch: int = 64
    steps: int = 20_000
    seed: int = 0

    def __post_init__(self):
        check_size(self.size)
        if self.penalty and self.norm == "batch":
            raise InputError(
                "the gradient penalty needs a critic without BatchNorm, which mixes the samples "
                "of a batch: set norm='none'"
            )


RECIPES = {
    "dcgan": Recipe("dcgan"),
    "wgan-gp": Recipe(
        "wgan-gp",
        loss="wasserstein",
        norm="none",
        penalty=10.0,
        n_critic=5,
        lr=1e-4,
        betas=(0.0, 0.9),
    ),
}


def get(name: str, **changes) -> Recipe:
    """Get a recipe by name, with some of its settings changed.

    Raises `InputError` for a name that is not a recipe's.

    Derived in: book/03_dcgan
    """
    if name not in RECIPES:
        raise InputError(f"there is no recipe {name}: choose one of {', '.join(RECIPES)}")
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
    "cpu": Preset("cpu", 32, 32, 4_000, 2_000, 320, 500, 3),
    "gpu": Preset("gpu", 64, 64, 20_000, 10_000, 5_000, 5_000, 5),
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
