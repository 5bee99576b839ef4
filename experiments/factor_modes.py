"""Covers whose modes can be counted: 16 layouts x 16 palettes and nothing else, 256 modes.

    python experiments/factor_modes.py

The old loss and WGAN-GP, each at one discriminator step and at five, train on covers of 32 px
that are drawn from two factors only; a reader of those factors counts the modes that a generator's
covers show, at equal moments of CPU time. What the reader itself gets wrong is in the record: modes
that it finds in held-out covers, and those that it finds in covers of half the modes.
The same line goes on with what is missing.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from by_cpu_time import CLOCK
from grid import RECORDS, Judge, fill
from PIL import Image
from plans import Plan, Row

from covers_lib import synthetic
from covers_lib.data.pack import Pack
from covers_lib.data.packing import write_pack
from covers_lib.evaluation.factor_reader import FACTORS, Reader, learn, read
from covers_lib.evaluation.metrics import reverse_kl
from covers_lib.provenance import how_made
from covers_lib.synthetic import Factors
from covers_lib.toys.points import FAIR

SIZE = 32
COVERS = 12_800  # of the pack: 50 a mode
JUDGED = 12_800  # covers of a generator
MODES = len(FACTORS["layout"]) * len(FACTORS["palette"])
SEED = 1  # of the covers

PLAN = Plan(
    "modes/layout-palette",
    10,
    5,
    (0, 1),
    "all",
    {"bce": ("dcgan", {}), "wgan-gp": ("wgan-gp", {})},
    {
        "one step": Row({"n_critic": 1}),
        "five steps": Row({"n_critic": 5}),
    },
)


@dataclass(frozen=True)
class TwoFactorItem:
    """A cover of the next mode in turn; all other factors are the plainest."""

    index: int

    @property
    def name(self) -> str:
        return f"{self.index}"

    def made(self) -> Factors:
        layout, palette = divmod(self.index % MODES, len(FACTORS["palette"]))
        return Factors(
            FACTORS["layout"][layout], FACTORS["palette"][palette], "none", "none", "clean"
        )

    def open(self, size: int) -> Image.Image:
        return Image.fromarray(synthetic.draw(self.index, SEED, size, self.made()))

    def factors(self) -> dict[str, str]:
        return vars(self.made())


def draw_pack(folder: Path, n: int) -> Pack:
    """Draw `n` covers of two factors into a pack."""
    settings = {"source": "two factors", "size": SIZE, "n": n, "seed": SEED}
    write_pack([TwoFactorItem(index) for index in range(n)], settings, folder, True)
    return Pack(folder)


def modes(reader: Reader, covers: np.ndarray) -> np.ndarray:
    """Return the mode, 0 to 255, that is read in each cover."""
    found = read(reader.networks, covers)
    return found["layout"] * len(FACTORS["palette"]) + found["palette"]


def count(reader: Reader, covers: np.ndarray) -> dict:
    """Return how many modes hold a tenth of their fair share or more, and KL from uniform."""
    counts = np.bincount(modes(reader, covers), minlength=MODES)
    found = int((counts >= FAIR * len(covers) / MODES).sum())
    return {"found": found, "kl": round(reverse_kl(counts), 4)}


def errors(reader: Reader, pack: Pack) -> dict:
    """Return what the reader gets wrong on held-out covers: of all modes, and of every second."""
    covers = pack.images[pack.held_out]
    true = np.array([int(pack.manifest[place]["name"]) % MODES for place in pack.held_out])
    rng = np.random.default_rng(0)

    def many(places: np.ndarray) -> dict:  # as many covers as of a generator, some of them twice
        return count(reader, covers[rng.choice(places, JUDGED)])

    return {
        "accuracy": {name: round(reader.accuracy[name], 4) for name in ("layout", "palette")},
        "right": round(float((modes(reader, covers) == true).mean()), 4),
        "of_all": many(np.arange(len(covers))),
        "of_half": many(np.flatnonzero(true % 2 == 0)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covers", type=int, default=COVERS)
    parser.add_argument("--judged", type=int, default=JUDGED)
    parser.add_argument("--seeds", type=int, nargs="+", help="in place of the plan's")
    parser.add_argument("--minutes", type=float, default=PLAN.minutes, help="of CPU time a cell")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--out", type=Path, default=RECORDS / f"{PLAN.record}.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        pack = draw_pack(Path(folder), options.covers)
        reader = learn(pack)
        head = {
            **how_made(),
            "clock": CLOCK,
            "moments": [60 * options.minutes * (k + 1) / PLAN.moments for k in range(PLAN.moments)],
            "modes": MODES,
            "n": options.judged,
            "pack": pack.digest,
            "pack_covers": len(pack.training),
            "reader": errors(reader, pack),
            "cells": [],
        }
        print(head["reader"], flush=True)
        shared = {"size": SIZE, "width": options.width, "steps": 10**9}
        cells = PLAN.cells(shared, options.seeds, None)
        judge = Judge(options.judged, lambda covers: count(reader, covers))
        fill(cells, pack, options.out, head, judge)


if __name__ == "__main__":
    main()
