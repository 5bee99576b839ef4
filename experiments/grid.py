"""A grid of short runs on covers, each with several seeds, equal in CPU time, and its record.

    python experiments/grid.py settings --pack PACK
    python experiments/grid.py rivals --pack PACK
    python experiments/grid.py without-norm --pack PACK
    python experiments/grid.py robustness --pack PACK

Each finished run, a cell of the grid, is added to the record and to the sheet of samples beside it,
and the same line goes on with the cells that are missing. Several processes may fill one record,
each with seeds of its own (`--seeds`). All columns of a row and seed follow one another, so that
what is compared ran on one machine.
"""

import argparse
import fcntl
import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from by_cpu_time import CLOCK, Clock
from on_covers import KEPT
from PIL import Image
from plans import PLANS, Cell, Plan

from covers_lib import devices, disk, latents, training
from covers_lib.evaluation import RealFeatures, measure
from covers_lib.features import EXTRACTORS, extract, of_pack
from covers_lib.networks import generate
from covers_lib.pack import Pack, batches, to_images
from covers_lib.provenance import how_made, processor
from covers_lib.training import GAN, Metrics

RECORDS = Path(__file__).parents[1] / "covers_lib" / "records"
LATENTS = 2_000  # the seed of the latent vectors that are measured
SHOWN = 16  # covers of a cell on the sheet, the first of those


def half_of_held_out(pack: Pack, half: str) -> np.ndarray:
    """Return the indices of one half of the held-out covers, or of all.

    What is chosen by the "choosing" half is judged by the "judging" one.
    """
    order = np.random.default_rng(LATENTS).permutation(pack.held_out)
    parts = {"choosing": order[::2], "judging": order[1::2], "all": order}
    return np.sort(parts[half])


def reference(pack: Pack, half: str) -> RealFeatures:
    """Return features of held-out covers to compare with, and of as many training covers."""
    places = half_of_held_out(pack, half)
    drawn = np.random.default_rng(LATENTS).permutation(pack.training)[: len(places)]
    held_out, other = (of_pack(pack, np.sort(part)) for part in (places, drawn))
    return RealFeatures(held_out, other, held_out, np.sort(drawn))


def kept(row: dict) -> dict:
    """Return the measures that tell of quality and of variety, to four digits."""
    return {name: row[name] and float(f"{row[name]:.4g}") for name in KEPT}


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


def play(
    cell: Cell, pack: Pack, real: RealFeatures, moments: list[float]
) -> tuple[dict, np.ndarray]:
    """Train a cell until the last of some moments, in seconds of CPU time, and measure it at each.

    Return its row of the record, and the covers to show.

    A run whose loss is no longer a number ends there, with no measures.
    """
    gan, clock, curve = build(cell), Clock(), []
    recipe, n = cell.recipe, len(real.reference.deep)
    z = latents.sample(n, recipe.latent, LATENTS)
    row = {"row": cell.row, "column": cell.column, "seed": recipe.seed, "finite": True}

    def covers(network: torch.nn.Module) -> np.ndarray:
        return to_images(generate(network, z).nan_to_num())

    def look(gan: GAN, metrics: Metrics) -> bool:
        row["finite"] = all(math.isfinite(value) for value in metrics.values())
        spent = clock.seconds()
        if row["finite"] and spent < moments[len(curve)]:
            return False
        if not row["finite"]:
            return True
        with clock.stopped():
            fake = extract(covers(gan.average.module))
            curve.append({"seconds": round(spent), "step": gan.step, **kept(measure(real, fake))})
        return len(curve) == len(moments)

    training.train(gan, batches(pack, recipe.batch, recipe.seed), 10**9, [look])
    raw = kept(measure(real, extract(covers(gan.generator)))) if row["finite"] else None
    row |= {
        "steps": gan.step,
        "images": gan.step * recipe.n_critic * recipe.batch,
        "processor": processor(),
        "curve": curve,
        "raw": raw,  # of the generator itself at the end; the curve is the moving average's
        "recipe": asdict(recipe),
    }
    return row, covers(gan.average.module)[:SHOWN]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out of a record while one adds to it."""
    with open(path.with_suffix(".lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def key(row: dict) -> tuple:
    """Return what names a cell."""
    return row["row"], row["column"], row["seed"]


def sheet_of(path: Path) -> np.ndarray:
    """Return the covers on the sheet beside a record: (cells, SHOWN, size, size, 3) uint8."""
    with Image.open(path.with_suffix(".webp")) as file:
        pixels = np.asarray(file.convert("RGB"))
    size = pixels.shape[1] // SHOWN
    return pixels.reshape(-1, size, SHOWN, size, 3).swapaxes(1, 2)


def add(path: Path, head: dict, row: dict, covers: np.ndarray) -> None:
    """Add a finished cell to a record, and its covers to the sheet: one row of it a cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        record = json.loads(path.read_text()) if path.exists() else head
        rows = list(sheet_of(path)) if path.exists() else []
        rows.append(covers)
        record["cells"].append(row)
        pixels = np.concatenate([np.concatenate(list(covers), axis=1) for covers in rows])
        picture = io.BytesIO()
        Image.fromarray(pixels).save(picture, "webp", lossless=True, method=6)
        disk.write(path.with_suffix(".webp"), picture.getvalue())
        disk.write(path, json.dumps(record, indent=1) + "\n")


def missing(cells: list[Cell], path: Path) -> Iterator[Cell]:
    """Yield the cells that a record has not got, looked up anew before each."""
    for cell in cells:
        record = json.loads(path.read_text()) if path.exists() else {"cells": []}
        name = (cell.row, cell.column, cell.recipe.seed)
        if name not in {key(row) for row in record["cells"]}:
            yield cell


def fill(plan: Plan, pack: Pack, path: Path, cells: list[Cell], seconds: float) -> None:
    """Play the cells that a record lacks, and add each when it is done."""
    real = reference(pack, plan.half)
    found = anchors(pack, real)
    head = {
        **how_made(),
        "clock": CLOCK,
        "seconds": seconds,
        "extractor": EXTRACTORS[real.extractor].title,
        "pack": pack.digest,
        "pack_covers": len(pack.training),
        "half": plan.half,
        "n": len(real.reference.deep),
        **found,
        "trained": least(found),
        "cells": [],
    }
    for cell in missing(cells, path):
        row, covers = play(
            cell, pack, real, [seconds * (k + 1) / plan.moments for k in range(plan.moments)]
        )
        add(path, head, row, covers)
        last = row["curve"][-1] if row["finite"] else {}
        print(f"{path.stem}: {key(row)} {row['steps']} steps {json.dumps(last)}", flush=True)


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
    minutes = options.minutes or plan.minutes
    shared = {"size": pack.size, "width": options.width, "steps": 10**9}
    cells = plan.cells(shared, options.seeds, options.rows)
    path = options.out or RECORDS / f"{plan.record}.json"
    fill(plan, pack, path, cells, 60 * minutes)


if __name__ == "__main__":
    main()
