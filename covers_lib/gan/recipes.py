"""Recipes: what a run is, by name; and presets: how large the book's runs are."""

import os
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from covers_lib.errors import InputError
from covers_lib.gan.augmentation import Augmentation
from covers_lib.gan.devices import pick_device
from covers_lib.gan.networks import CriticNorm, Discriminator, Generator, Init, Norm, Up
from covers_lib.images import check_size

__all__ = [
    "get",
]

Loss = Literal["bce", "wasserstein", "relativistic"]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a GAN is trained, apart from the covers.

    - The networks: `size` px, `latent` numbers, `width` features, or `maps`, the features at
      4, 8, 16 … px one by one, which fix the size; `up` is how the generator doubles a picture,
      `slope` its activations' below 0, `generator_norm` its norm and `norm` the discriminator's,
      `generator_init` and `init` how the weights of each are drawn.
    - The game: `loss`; the weights `penalty` (λ) of the gradient penalty, and `r1` and `r2` (γ) of
      the squared slope at real covers and at fakes, looked at every `lazy` steps only, but as many
      times stronger; how to `augment` what the discriminator sees; and `n_critic` discriminator
      steps a generator step.
    - The optimiser: Adam's `lr` and `betas`, and `d_lr`, the discriminator's own rate where it is
      another; `ema_covers` is the memory of the averaged generator, in generated covers, shorter at
      first; `batch` covers a step (of all processes together), `steps` generator steps in all.
    - The machine: `precision` of forward passes; `compile` them, which takes minutes, for GPUs.
    - `seed` of everything random.

    Raises `InputError` for settings that are impossible, alone or together.
    """

    name: str
    size: int = 64
    latent: int = 128
    width: int = 64
    maps: tuple[int, ...] = ()
    up: Up = "transposed"
    slope: float = 0.0
    generator_norm: Norm = "batch"
    generator_init: Init = "dcgan"
    loss: Loss = "bce"
    norm: CriticNorm = "batch"
    init: Init = "dcgan"
    penalty: float = 0.0
    r1: float = 0.0
    r2: float = 0.0
    lazy: int = 1
    augment: tuple[Augmentation, ...] = ()
    n_critic: int = 1
    lr: float = 2e-4
    d_lr: float | None = None
    betas: tuple[float, float] = (0.5, 0.999)
    ema_covers: float = 64_000
    batch: int = 64
    steps: int = 20_000
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: bool = False
    seed: int = 0

    def __post_init__(self):
        for name in ("maps", "betas", "augment"):  # JSON has lists
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_recipe(self)

    @property
    def weights(self) -> dict[str, float]:
        """What each penalty is multiplied by, in a step that looks at it."""
        return {"penalty": self.penalty, "r1": self.lazy * self.r1, "r2": self.lazy * self.r2}

    @property
    def ema(self) -> float:
        """The decay a step of the averaged generator, whose memory is `ema_covers` at any batch."""
        return max(0.0, 1 - self.batch / self.ema_covers) if self.ema_covers else 0.0

    def generator(self) -> Generator:
        """Build the generator, with weights from torch's global random state."""
        shape = (self.size, self.latent, self.width, self.up, self.maps, self.slope)
        return Generator(*shape, self.generator_norm, self.generator_init)

    def discriminator(self) -> Discriminator:
        """Build the discriminator, with weights from torch's global random state."""
        return Discriminator(self.size, self.width, self.norm, self.maps, self.init)


def check_recipe(recipe: Recipe) -> None:
    """Raise `InputError`, in one sentence, for settings that are impossible."""
    for name, kind in get_type_hints(Recipe).items():
        value = getattr(recipe, name)
        if get_origin(kind) is Literal and value not in get_args(kind):
            raise InputError(f"{name} must be one of {', '.join(get_args(kind))}, not {value}")
    for name in ("latent", "width", "lazy", "n_critic", "batch", "steps"):
        if getattr(recipe, name) < 1:
            raise InputError(f"{name} must be 1 or more, not {getattr(recipe, name)}")
    for name in ("lr", "d_lr"):
        if getattr(recipe, name) is not None and not getattr(recipe, name) > 0:
            raise InputError(f"{name} must be above 0, not {getattr(recipe, name)}")
    for name in ("penalty", "r1", "r2", "ema_covers"):
        if not getattr(recipe, name) >= 0:
            raise InputError(f"{name} must be 0 or more, not {getattr(recipe, name)}")
    for name in recipe.augment:
        if name not in get_args(Augmentation):
            raise InputError(f"augment must be of {', '.join(get_args(Augmentation))}, not {name}")
    if len(recipe.betas) != 2 or not all(0 <= beta < 1 for beta in recipe.betas):
        given = ", ".join(map(str, recipe.betas))
        raise InputError(f"betas must be two numbers from 0 to below 1, not {given}")
    check_size(recipe.size)
    made = 4 * 2 ** len(recipe.maps)
    if recipe.maps and made != recipe.size:
        raise InputError(
            f"{recipe.name} makes covers of {made} px, not {recipe.size}: prepare a pack with "
            f"--size {made}"
        )
    if (recipe.penalty or recipe.r1 or recipe.r2) and recipe.norm == "batch":
        raise InputError(
            "a penalty on the gradient needs a critic without BatchNorm, which mixes the samples "
            "of a batch: set norm='none', 'layer' or 'instance'"
        )


# The networks of the article: features at 4, 8, 16, 32 and 64 px, LeakyReLU on both sides.
ARTICLE: dict[str, Any] = {
    "size": 128, "latent": 200, "maps": (1024, 512, 512, 256, 128), "slope": 0.2,
}  # fmt: skip
# Gulrajani et al. 2017: five critic steps to one. On one CPU core that leaves the generator few.
WGAN_GP_PAPER: dict[str, Any] = {
    "loss": "wasserstein", "penalty": 10.0, "n_critic": 5, "lr": 1e-4, "betas": (0.0, 0.9),
}  # fmt: skip
# Small batches, and one critic step at three times the generator's rate (Heusel et al. 2017), with
# weights that begin with a slope of about 1: the record settings/real-32 says what each brings.
WGAN_GP: dict[str, Any] = WGAN_GP_PAPER | {
    "init": "he", "n_critic": 1, "lr": 4e-4, "d_lr": 1.2e-3, "batch": 16, "steps": 80_000,
}  # fmt: skip
BEYOND: dict[str, Any] = {
    "loss": "relativistic", "r1": 0.1, "r2": 0.1, "lazy": 4, "augment": ("translation", "cutout"),
    "lr": 1e-3, "betas": (0.0, 0.99),
}  # fmt: skip

RECIPES = {
    "dcgan": Recipe("dcgan"),
    "wgan-gp": Recipe("wgan-gp", norm="none", **WGAN_GP),
    "beyond": Recipe("beyond", norm="none", **BEYOND),
    "article-dcgan": Recipe("article-dcgan", betas=(0.9, 0.999), **ARTICLE),
    "article-wgan-gp": Recipe("article-wgan-gp", norm="instance", **WGAN_GP_PAPER, **ARTICLE),
    # DCGAN without BatchNorm: it collapses, on purpose.
    "dcgan-collapse": Recipe("dcgan-collapse", generator_norm="none", norm="none"),
}


def get(name: str, **changes) -> Recipe:
    """Return a recipe by name, with some of its settings changed.

    Raises `InputError` for a name that is not a recipe's, or settings that are impossible.

    Derived in: book/03_dcgan
    """
    if name not in RECIPES:
        raise InputError(f"there is no recipe {name}: choose one of {', '.join(RECIPES)}")
    for change in changes:
        check_setting(change)
    return replace(RECIPES[name], **changes)


def check_setting(name: str) -> None:
    """Raise `InputError` for a name that is no setting's."""
    known = [field.name for field in fields(Recipe)]
    if name not in known:
        raise InputError(f"a recipe has no setting {name}: it has {', '.join(known)}")


# What a setting may be, in words, by its type.
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


def parse_setting(text: str) -> tuple[str, Any]:
    """Return the name and the value of a setting that is written NAME=VALUE.

    Several values stand with commas between them, and "none" for no value. Whether the value is
    possible, the recipe itself checks.

    Raises `InputError` for another form, another name, or a value of another kind.
    """
    name, equals, word = text.partition("=")
    if not equals:
        raise InputError(f"write a setting as NAME=VALUE, such as lr=0.0002, not {text}")
    check_setting(name)
    kind = get_type_hints(Recipe)[name]
    members = [member for member in get_args(kind) if member not in (..., type(None))]
    several = get_origin(kind) is tuple
    plain = kind if get_origin(kind) in (Literal, None) else members[0]
    if word == "none" and type(None) in get_args(kind):
        return name, None
    words = [part for part in word.split(",") if part] if several else [word]
    try:
        values = tuple(parse_value(plain, part) for part in words)
    except ValueError:
        form = f"{KINDS[plain]}{', several with commas between' if several else ''}"
        raise InputError(f"{name} must be {form}, not {word}") from None
    return name, values if several else values[0]


def parse_value(kind: Any, word: str) -> Any:
    """Return one value of a setting; those of a few words are checked by the recipe."""
    if kind is bool:
        if word not in ("true", "false"):
            raise ValueError(word)
        return word == "true"
    return kind(word) if kind in (int, float) else word


def from_json(settings: dict[str, Any]) -> Recipe:
    """Return the recipe that a run's or a record's JSON holds.

    Earlier runs told the average's memory by its decay a step (`ema`) in place of `ema_covers`.

    Raises `InputError` for settings that are impossible.
    """
    settings = dict(settings)
    if "ema" in settings:
        settings["ema_covers"] = round(settings["batch"] / (1 - settings.pop("ema")))
    return Recipe(**settings)


@dataclass(frozen=True)
class Preset:
    """How large and long things are; never what is done.

    `width` of the networks; for the book's chapters the image `size`, the number of synthetic
    `covers`, the generator steps of a DCGAN and of a WGAN-GP, the covers to `measure` on, and the
    `repeats` (seeds) of a toy experiment.
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
    "ci": Preset("ci", 16, 32, 600, 60, 48, 64, 1),
    "cpu": Preset("cpu", 32, 32, 4_000, 4_000, 3_000, 500, 3),
    "gpu": Preset("gpu", 64, 64, 20_000, 20_000, 20_000, 5_000, 5),
}


def preset() -> Preset:
    """Return the preset that `COVERS_PRESET` names; unset: `gpu` with an accelerator, else `cpu`.

    Raises `InputError` for another name.

    Derived in: book/01_why_album_covers
    """
    name = os.environ.get("COVERS_PRESET") or ("cpu" if pick_device().type == "cpu" else "gpu")
    if name not in PRESETS:
        raise InputError(f"COVERS_PRESET is {name}: set it to one of {', '.join(PRESETS)}")
    return PRESETS[name]
