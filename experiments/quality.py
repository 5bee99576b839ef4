"""Quality by time of training: recipes side by side, and what each change to `dcgan` adds.

`quality.py race` trains dcgan, wgan-gp and beyond, and asks how soon each is as good as wgan-gp is
at its best. `quality.py ablation` switches the changes on one after another. The clock is the CPU
time of training alone (`by_cpu_time.py`). Runs are resumed, so that minutes can be added later.
"""

import argparse
import json
import os
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import by_cpu_time
import numpy as np
import torch

from covers_lib import files
from covers_lib.data.pack import Pack
from covers_lib.evaluation.features import EXTRACTORS, of_pack
from covers_lib.evaluation.metrics import kernel_distance, scaled
from covers_lib.gan import recipes, training
from covers_lib.gan.augmentation import Augmentation
from covers_lib.gan.recipes import Recipe
from covers_lib.provenance import command, processor, versions
from covers_lib.runs import monitor
from covers_lib.runs.folder import Run

# What the race runs, and for how long compared with wgan-gp.
RACE = {"dcgan": 1 / 3, "beyond": 1 / 3, "wgan-gp": 1.0}

# From dcgan, each change is added to those before it; from beyond, one is taken away or added.
AUGMENT = {"augment": recipes.BEYOND["augment"]}
ABLATION = {
    "dcgan": ("dcgan", {}),
    "+ DiffAugment": ("dcgan", AUGMENT),
    "+ relativistic pairs": ("dcgan", AUGMENT | {"loss": "relativistic"}),
    "+ no norm, Adam's other settings": ("beyond", {"r1": 0.0, "r2": 0.0}),
    "+ R1 and R2: beyond": ("beyond", {}),
    "beyond without DiffAugment": ("beyond", {"augment": ()}),
    "beyond with all of DiffAugment": ("beyond", {"augment": get_args(Augmentation)}),
}


def train(recipe: Recipe, pack: Pack, folder: Path, seconds: float, every: float) -> Run:
    """Train, or go on training, for seconds of CPU time; measure KID every so many of them."""
    measure = monitor.kid_of(pack, recipe.latent)

    def look(run: Run, gan: training.GAN, metrics: training.Metrics, now: float) -> None:
        ema, raw = (measure(network) for network in (gan.average.module, gan.generator))
        images = gan.step * recipe.n_critic * recipe.batch
        row = {"step": gan.step, "seconds": round(now, 1), "images": images}
        run.note(row | {"kid": round(ema, 4), "raw": round(raw, 4)})

    return by_cpu_time.train(recipe, pack, folder, seconds, every, look)


def floor(pack: Pack) -> float:
    """Measure the KID of other training covers, against those of `monitor.kid_of`."""
    order = np.random.default_rng(monitor.KID_SEED).permutation(pack.training)
    parts = order[: monitor.KID_COVERS], order[monitor.KID_COVERS : 2 * monitor.KID_COVERS]
    features = [of_pack(pack, np.sort(part)).deep for part in parts]
    return kernel_distance(*scaled(*features))


def seconds_to(curve: list[dict], target: float) -> float | None:
    """Find the first moment of a curve with a KID of at most `target`; None if there is none."""
    return next((row["seconds"] for row in curve if row["kid"] <= target), None)


def plan(what: str, options: argparse.Namespace, size: int) -> dict[str, tuple[Recipe, float]]:
    """Name the runs, each with its recipe and its seconds."""
    settings = {name: getattr(options, name) for name in ("width", "batch", "seed")}
    settings |= {"size": size, "steps": 10**6}  # time ends a run
    seconds = 60 * options.minutes
    if what == "race":
        return {
            name: (recipes.get(name, **settings), seconds * part) for name, part in RACE.items()
        }
    return {
        title: (recipes.get(name, **settings | changes), seconds)
        for title, (name, changes) in ABLATION.items()
    }


def folder_of(recipe: Recipe) -> str:
    """Name a run by how its recipe differs from the library's: race and ablation share runs."""
    known = vars(recipes.get(recipe.name)) | {"size": recipe.size, "steps": recipe.steps}
    changed = {key: value for key, value in vars(recipe).items() if value != known[key]}
    return "-".join(re.findall(r"[\w.]+", f"{recipe.name} {changed}"))


def judge_race(runs: dict[str, dict]) -> dict:
    """Tell when each recipe is as good as wgan-gp at its best."""
    target = min(row["kid"] for row in runs["wgan-gp"]["curve"])
    reached = {name: seconds_to(run["curve"], target) for name, run in runs.items()}
    for name, seconds in reached.items():
        when = "not reached" if seconds is None else f"in {seconds:.0f} s"
        print(f"KID {target:.3f}, wgan-gp's best: {name} {when}")
    return {"target": target, "reached": reached}


def judge_ablation(runs: dict[str, dict]) -> dict:
    """Print the KID that each run ends with, of its average and of the generator itself."""
    for title, run in runs.items():
        last = run["curve"][-1]
        print(f"{title:43} KID {last['raw']:.3f}, with EMA {last['kid']:.3f}")
    return {}


def surroundings(pack: Pack) -> dict:
    """Tell what the figures were measured with, and on."""
    return {
        "command": command(),
        "clock": by_cpu_time.CLOCK,
        "threads": torch.get_num_threads(),
        "extractor": EXTRACTORS["lite0"].title,
        "covers": monitor.KID_COVERS,  # of each kind, for KID
        "floor": round(floor(pack), 4),
        "pack": pack.digest,
        "pack_covers": len(pack.training),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "versions": versions(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("race", "ablation"))
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="a folder, to go on in later")
    parser.add_argument("--record", type=Path, help="the JSON file to write")
    parser.add_argument("--only", help="train this one of the runs, and write no record")
    parser.add_argument("--minutes", type=float, default=30, help="of CPU time for a run")
    parser.add_argument("--every", type=float, default=60, help="seconds between two KIDs")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pack = Pack(options.pack)
    runs = {}
    for title, (recipe, seconds) in plan(options.what, options, pack.size).items():
        if options.only in (None, title):
            folder = options.runs / folder_of(recipe)
            run = train(recipe, pack, folder, seconds, options.every)
            curve = [row for row in run.history if row["seconds"] < seconds + 10]
            runs[title] = {"recipe": asdict(recipe), "curve": curve}
    if options.only:
        return
    found = {"race": judge_race, "ablation": judge_ablation}[options.what](runs)
    if options.record:
        told = surroundings(pack) | {"minutes": options.minutes, **found, "runs": runs}
        files.write(options.record, json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
