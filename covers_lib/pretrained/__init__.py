"""Generators that were trained for long, by name: weights, a record of the run, and a card each.

A run that others are only compared with has its record and pictures here, and no weights.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.torch import load_file

from covers_lib.errors import InputError
from covers_lib.gan import recipes
from covers_lib.gan.devices import pick_device
from covers_lib.gan.networks import Generator
from covers_lib.runs.train import load_generator

__all__ = [
    "growth",
    "load",
    "load_pretrained",
    "names",
    "record",
    "samples",
]

HERE = Path(__file__).parent


def names() -> list[str]:
    """List the pretrained generators.

    Derived in: book/06_interpolation
    """
    return sorted(path.stem for path in HERE.glob("*.safetensors"))


def recorded() -> list[str]:
    """List the runs that have a record here, with weights or without."""
    return sorted(path.stem for path in HERE.glob("*.json"))


def check(name: str, known: list[str]) -> None:
    """Raise `InputError` for a name that is not known."""
    if name not in known:
        raise InputError(
            f"there is no run and no pretrained generator {name}: give the folder of a run, or a "
            f"name that `covers list` knows"
        )


def record(name: str) -> dict:
    """Read how a long run was made and what it measures: `NAME.json`.

    Raises `InputError` for a name that has no record.
    """
    check(name, recorded())
    return json.loads((HERE / f"{name}.json").read_text())


def samples(name: str) -> np.ndarray:
    """Read the first 64 covers of seed 0, which nobody picked, as a grid: (H, W, 3) uint8.

    Raises `InputError` for a name that has no record.

    Derived in: book/results
    """
    return picture(name, "samples")


def growth(name: str) -> np.ndarray:
    """Read how the covers of eight latent vectors evolved, a row a moment: (H, W, 3) uint8.

    Raises `InputError` for a name that has no record.

    Derived in: book/results
    """
    return picture(name, "growth")


def picture(name: str, kind: str) -> np.ndarray:
    """Read a picture that lies beside a record."""
    check(name, recorded())
    with Image.open(HERE / f"{name}.{kind}.jpg") as file:
        return np.asarray(file.convert("RGB"))


def direction_names(weights: str | Path) -> list[str | None]:
    """Return the names of the leading closed-form directions: none for the folder of a run.

    A person gave them, after looking; None stands for a direction that deserved no name.

    Raises `InputError` where there is neither a run nor a pretrained generator.
    """
    if Path(weights).exists():
        return []
    return record(str(weights)).get("directions") or []


def load_pretrained(name: str) -> Generator:
    """Load a pretrained generator, on the device that `pick_device` picks, in eval mode.

    Its weights are those of the EMA, stored as float16 and used as float32.

    Raises `InputError` for another name.

    Derived in: book/06_interpolation
    """
    check(name, names())
    generator = recipes.from_json(record(name)["recipe"]).generator()
    generator.load_state_dict(load_file(HERE / f"{name}.safetensors"))
    return generator.to(pick_device()).eval().requires_grad_(False)


def load(weights: str | Path) -> Generator:
    """Load a generator by the folder of its run, or by its name among the pretrained ones.

    Raises `InputError` where there is neither.
    """
    if Path(weights).exists():
        return load_generator(weights)
    return load_pretrained(str(weights))
