"""Records of measurements that were too long for a page: JSON files that say how they were made.

Those of the long runs lie with their generators, in `pretrained`.
"""

import json
from importlib import resources

import numpy as np
from PIL import Image

from covers_lib.errors import InputError

__all__ = [
    "picture",
    "read",
]

FOLDER = resources.files(__package__)


def picture(name: str) -> np.ndarray:
    """Read the picture beside a record, such as "rivals/synthetic-32": (H, W, 3) uint8.

    Derived in: book/05_wgan_gp
    """
    with (FOLDER / f"{name}.png").open("rb") as file:
        return np.asarray(Image.open(file).convert("RGB"))


def strip(name: str, cell: dict) -> np.ndarray:
    """Read the covers of a cell of a grid, such as of "robustness/real-32": (H, W, 3) uint8."""
    with (FOLDER / name / cell["strip"]).open("rb") as file:
        return np.asarray(Image.open(file).convert("RGB"))


def read(name: str) -> dict:
    """Read the record of a measurement that was too long for a page, such as "modes/ring".

    Each says how it was made: the command, the date, the machine, versions and settings. There are
    `statistics/` of covers that the book may not show (`statistics.summary`), and what
    `experiments/` wrote: the `modes/` that a game keeps on a toy, the `collapse/` of DCGANs, the
    `rivals/` DCGAN and WGAN-GP on covers, the `settings/` that win and the `robustness/` of losses,
    and `quality/` by time of training. `published/` has what others measured.

    Raises `InputError` for a name that is not stored.

    Derived in: book/04_mode_collapse
    """
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        folders = [folder for folder in FOLDER.iterdir() if folder.is_dir()]
        there = [
            f"{folder.name}/{path.name.removesuffix('.json')}"
            for folder in folders
            for path in folder.iterdir()
            if path.name.endswith(".json")
        ]
        raise InputError(f"there is no record {name}: choose one of {', '.join(sorted(there))}")
    return json.loads(file.read_text())
