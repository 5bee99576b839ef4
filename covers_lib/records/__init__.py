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
    with (FOLDER / f"{name}.png").open("rb") as file:
        return StoredRun(name, **values, samples=np.asarray(Image.open(file).convert("RGB")))


def statistics(name: str) -> dict:
    """Read what was measured on covers that the book may not show: see `statistics.summary`.

    `commands` tells how it was made.

    Derived in: book/01_why_album_covers
    """
    return json.loads((FOLDER / "statistics" / f"{name}.json").read_text())


def quality(name: str) -> dict:
    """Read what `benchmarks/quality.py` measured: curves of KID over seconds, and how it was made.

    Derived in: book/07_beyond
    """
    return json.loads((FOLDER / "quality" / f"{name}.json").read_text())


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
