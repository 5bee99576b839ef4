"""Records of runs that were too long for a page: what they were, how they went, what they made.

Each is a JSON file (the run's own record, its measures, those of real covers as the floor, and the
commands that made it) and a picture of the first 64 covers of a stated seed.
"""

import json
from dataclasses import dataclass
from importlib import resources

import numpy as np
from IPython.display import Markdown
from PIL import Image

from covers_lib.errors import InputError

FOLDER = resources.files(__package__)

# What the table shows, in order: the key of a measure, its name, its format.
MEASURES = {
    "fd": ("Fréchet distance (FD-Lite0)", ".0f"),
    "kid": ("KID", "z.3f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".2f"),
    "coverage": ("coverage", ".2f"),
    "support": ("support, by the birthday test", ",.0f"),
    "memorised": ("memorised", ".3f"),
}


@dataclass(frozen=True)
class StoredRun:
    """A stored run: `record` as written by the run, `measures` and the `floor` of real covers,
    the `commands` that made it, and `samples` (H, W, 3) uint8, a grid of 64 covers.

    Derived in: book/03_dcgan
    """

    name: str
    record: dict
    measures: dict
    floor: dict
    commands: list[str]
    samples: np.ndarray

    def describe(self) -> Markdown:
        """Tell in a table how the run went, and what it measured, beside real covers."""
        return table([self])


def names() -> list[str]:
    """List the stored runs.

    Derived in: book/03_dcgan
    """
    return sorted(
        path.name.removesuffix(".json") for path in FOLDER.iterdir() if path.name.endswith(".json")
    )


def stored(name: str) -> StoredRun:
    """Read a stored run.

    Raises `InputError` for a name that is not stored.

    Derived in: book/03_dcgan
    """
    if name not in names():
        raise InputError(f"there is no record {name}: choose one of {', '.join(names())}")
    values = json.loads((FOLDER / f"{name}.json").read_text())
    return StoredRun(name, **values, samples=picture(name))


def picture(name: str) -> np.ndarray:
    """Read the picture beside a record, such as "rivals/synthetic-32": (H, W, 3) uint8.

    Derived in: book/05_wgan_gp
    """
    with (FOLDER / f"{name}.png").open("rb") as file:
        return np.asarray(Image.open(file).convert("RGB"))


def read(name: str) -> dict:
    """Read the record of a measurement that was too long for a page, such as "modes/ring".

    Each says how it was made: the command, the date, the machine, versions and settings. There are
    `statistics/` of covers that the book may not show (`statistics.summary`), and what
    `benchmarks/` wrote: the `modes/` that a game keeps on a toy, the `collapse/` of DCGANs, the
    `rivals/` DCGAN and WGAN-GP on covers, and `quality/` by time of training.

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


def table(runs: list[StoredRun]) -> Markdown:
    """Put stored runs side by side, and real covers, measured the same way, at the right.

    Derived in: book/05_wgan_gp
    """
    facts = {
        "covers": [f"{run.record['recipe']['size']} px, real" for run in runs],
        "generator steps": [f"{run.record['steps']:,}" for run in runs],
        "real images seen": [f"{run.record['images']:,}" for run in runs],
        "minutes": [f"{run.record['seconds'] / 60:.0f}" for run in runs],
        "images a second": [f"{run.record['images_per_second']:.0f}" for run in runs],
        "machine": [f"{run.record['machine']}, {run.record['threads']} thread" for run in runs],
    }
    rows = [f"| {name} | {' | '.join(values)} | |" for name, values in facts.items()]
    for key, (name, form) in MEASURES.items():
        values = [run.measures[key] for run in runs] + [runs[0].floor[key]]
        shown = ["none alike" if value is None else format(value, form) for value in values]
        rows.append(f"| {name} | {' | '.join(shown)} |")
    head = f"| | {' | '.join(run.name for run in runs)} | real covers |"
    rule = "| --- |" + " ---: |" * (len(runs) + 1)
    measures = runs[0].measures
    note = (
        f"Measured with {measures['extractor']} on {measures['n_fake']:,} generated and "
        f"{measures['n_real']:,} real covers; at the right, other real covers in their place. "
        f"Recorded on {runs[0].record['date']}."
    )
    return Markdown("\n".join([head, rule, *rows, "", note]))
