"""A grid of short runs on covers, each with several seeds, equal in CPU time, and its record.

    python experiments/grid.py settings --pack PACK
    python experiments/grid.py rivals --pack PACK
    python experiments/grid.py without-norm --pack PACK
    python experiments/grid.py robustness --pack PACK

Each finished run, a cell of the grid, is added to the record, and its covers to the folder beside
it. The same line goes on with the cells that are missing. Several processes may fill one record,
each with seeds of its own (`--seeds`). All columns of a row and seed follow one another, so that
what is compared ran on one machine.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import torch
from by_cpu_time import CLOCK, Clock
from filelock import FileLock
from held_out import SEED, kept, reference
from PIL import Image
from plans import PLANS, Cell, Plan
from torch import nn

from covers_lib import files
from covers_lib.data.pack import Pack, batches
from covers_lib.evaluation.evaluate import RealFeatures, measure
from covers_lib.evaluation.features import EXTRACTORS, extract
from covers_lib.gan import devices, latents, training
from covers_lib.gan.sampling import generate
from covers_lib.gan.training import GAN, Metrics
from covers_lib.images import encode, to_images
from covers_lib.provenance import how_made, processor

RECORDS = Path(__file__).parents[1] / "covers_lib" / "records"
SHOWN = 16  # covers of a cell on the sheet, the first of those


@dataclass(frozen=True)
class Judge:
    """What measures a cell: `measure` takes `n` covers, (n, size, size, 3) uint8."""

    n: int
    measure: Callable[[np.ndarray], dict]


def four_by_four(pack: Pack, places: np.ndarray) -> np.ndarray:
    """Return covers of 4x4 colours, enlarged: what a game must beat to count as trained."""
    small = (Image.fromarray(pack.images[place]).resize((4, 4), Image.Resampling.BOX)
             for place in places)  # fmt: skip
    size = (pack.size, pack.size)
    return np.stack([np.asarray(cover.resize(size, Image.Resampling.BICUBIC)) for cover in small])


def anchors(pack: Pack, real: RealFeatures) -> dict:
    """Return the measures of other real covers, and of those as 4x4 colours."""
    blurred = extract(four_by_four(pack, real.places))
    return {
        "floor": kept(real.floor(len(real.places))),
        "four_by_four": kept(measure(real, blurred)),
    }


def least(found: dict) -> dict:
    """Return what counts as trained: closer than 4x4 colours, a tenth as various as real covers."""
    return {"kid": found["four_by_four"]["kid"], "vendi": round(found["floor"]["vendi"] / 10, 2)}


def build(cell: Cell) -> GAN:
    """Build the networks of a cell, seeded, and make them ready to train."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(cell.recipe.seed)
        generator, discriminator = cell.networks(cell.recipe)
    placed = {"memory_format": devices.memory_format(cell.recipe.norm)}
    return training.assemble(cell.recipe, generator.to(**placed), discriminator.to(**placed))


def play(cell: Cell, pack: Pack, judge: Judge, moments: list[float]) -> tuple[dict, np.ndarray]:
    """Train a cell until the last of some moments, in seconds of CPU time, and measure it at each.

    Return its row of the record, and the covers to show. A run whose loss is no longer a number
    ends there, with no measures after.
    """
    gan, clock, curve, recipe = build(cell), Clock(), [], cell.recipe
    row = {"row": cell.row, "column": cell.column, "seed": recipe.seed, "finite": True}

    def judged(network: nn.Module) -> dict:
        return judge.measure(covers_of(network, recipe.latent, judge.n))

    def look(gan: GAN, metrics: Metrics) -> bool:
        if not all(math.isfinite(value) for value in metrics.values()):
            row["finite"] = False
        elif (spent := clock.seconds()) >= moments[len(curve)]:
            with clock.stopped():
                found = judged(gan.average.module)
                curve.append({"seconds": round(spent), "step": gan.step, **found})
        return not row["finite"] or len(curve) == len(moments)

    training.train(gan, batches(pack, recipe.batch, recipe.seed), 10**9, [look])
    row |= {
        "steps": gan.step,
        "images": gan.step * recipe.n_critic * recipe.batch,
        "processor": processor(),
        "curve": curve,  # of the moving average; "raw" is of the generator itself, at the end
        "raw": judged(gan.generator) if row["finite"] else None,
        "recipe": asdict(recipe),
    }
    return row, covers_of(gan.average.module, recipe.latent, SHOWN)


def covers_of(generator: nn.Module, latent: int, n: int) -> np.ndarray:
    """Return the covers of the first `n` latent vectors: (n, size, size, 3) uint8; NaN is black."""
    return to_images(generate(generator, latents.sample(n, latent, SEED)).nan_to_num(-1))


def lock_of(path: Path) -> FileLock:
    """Return the lock that keeps other processes out of a record while one adds to it."""
    return FileLock(Path(gettempdir()) / f"{path.parent.name}-{path.stem}.lock")


def key(row: dict) -> tuple:
    """Return what names a cell."""
    return row["row"], row["column"], row["seed"]


def add(path: Path, head: dict, row: dict, covers: np.ndarray) -> None:
    """Add a finished cell to a record, and its covers as a strip in the folder beside it."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    with lock_of(path):
        record = json.loads(path.read_text()) if path.exists() else head
        strip = f"{len(record['cells']):02}.jpg"
        jpeg = encode(np.concatenate(list(covers), axis=1), "jpeg", quality=90, subsampling=0)
        files.write(folder / strip, jpeg)
        record["cells"].append(row | {"strip": strip})
        files.write(path, json.dumps(record, indent=1) + "\n")


def missing(cells: list[Cell], path: Path) -> Iterator[Cell]:
    """Yield the cells that a record has not got, looked up anew before each."""
    for cell in cells:
        record = json.loads(path.read_text()) if path.exists() else {"cells": []}
        name = (cell.row, cell.column, cell.recipe.seed)
        if name not in {key(row) for row in record["cells"]}:
            yield cell


def fill(cells: list[Cell], pack: Pack, path: Path, head: dict, judge: Judge) -> None:
    """Play the cells that a record lacks, and add each when it is done."""
    for cell in missing(cells, path):
        row, covers = play(cell, pack, judge, head["moments"])
        add(path, head, row, covers)
        last = row["curve"][-1] if row["curve"] else {}
        print(f"{path.stem}: {key(row)} {row['steps']} steps {json.dumps(last)}", flush=True)


def head_of(plan: Plan, pack: Pack, real: RealFeatures, minutes: float) -> dict:
    """Return the head of a record: how it is made, against what, and what counts as trained."""
    found = anchors(pack, real)
    return {
        **how_made(),
        "clock": CLOCK,
        "moments": [60 * minutes * (k + 1) / plan.moments for k in range(plan.moments)],
        "extractor": EXTRACTORS[real.extractor].title,
        "pack": pack.digest,
        "pack_covers": len(pack.training),
        "half": plan.half,
        "n": len(real.reference.deep),
        **found,
        "trained": least(found),
        "cells": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", help="in place of the plan's")
    parser.add_argument("--rows", nargs="+", help="these rows of the plan only")
    parser.add_argument("--minutes", type=float, help="of CPU time a cell, in place of the plan's")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--out", type=Path, help="the record, in place of the library's")
    options = parser.parse_args()
    torch.set_num_threads(1)
    plan, pack = PLANS[options.plan], Pack(options.pack)
    shared = {"size": pack.size, "width": options.width, "steps": 10**9}
    cells = plan.cells(shared, options.seeds, options.rows)
    real = reference(pack, plan.half)
    judge = Judge(len(real.reference.deep), lambda covers: kept(measure(real, extract(covers))))
    head = head_of(plan, pack, real, options.minutes or plan.minutes)
    fill(cells, pack, options.out or RECORDS / f"{plan.record}.json", head, judge)


if __name__ == "__main__":
    main()
