"""Which DCGANs collapse on covers: several seeds of each, measured by all that may tell.

    python benchmarks/collapse.py --out covers_lib/records/collapse/synthetic-32.json
    python benchmarks/collapse.py --pack PACK --out covers_lib/records/collapse/real-32.json

`dcgan-collapse` is `dcgan` without the generator's BatchNorm. With `--remedies`, it is also trained
with one thing changed at a time. All see as many real covers. Without a pack, covers are drawn.
"""

import argparse
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.distance import pdist
from side_by_side import command, machine, versions

from covers_lib import disk, latents, recipes, training
from covers_lib.evaluation import RealFeatures, compare, measure_pack
from covers_lib.features import Features, extract
from covers_lib.networks import generate
from covers_lib.pack import Pack, batches, embedded, to_images
from covers_lib.recipes import Recipe

KEPT = ("fd", "kid", "precision", "recall", "density", "coverage", "support", "vendi")
GAMES = {"dcgan": {}, "dcgan-collapse": {}}
REMEDIES = {
    "five discriminator steps": ("dcgan", {"n_critic": 5, "lr": 1e-3, "betas": (0.0, 0.9)}),
    "smaller learning rate": ("dcgan-collapse", {"lr": 5e-5}),
    "discriminator without norm": ("dcgan-collapse", {"norm": "none"}),
    "R1 penalty": ("dcgan-collapse", {"norm": "none", "r1": 1.0}),
    "WGAN-GP": ("dcgan-collapse", {"norm": "none", **recipes.WGAN_GP}),
}


def plan(remedies: bool, seeds: int, **settings) -> list[tuple[str, Recipe]]:
    """Name the runs, seed by seed; a remedy has three seeds at most."""
    runs = [
        (name, recipes.get(name, seed=seed, **settings)) for seed in range(seeds) for name in GAMES
    ]
    if remedies:
        runs += [
            (title, recipes.get(name, seed=seed, **settings | changes))
            for seed in range(min(seeds, 3))
            for title, (name, changes) in REMEDIES.items()
        ]
    return runs


def measure(real: RealFeatures, fake: Features) -> dict:
    """Measure covers by their features: what tells of a collapse, and what does not."""
    found = asdict(compare(real, fake))
    return {name: found[name] for name in KEPT} | {"distance": float(pdist(fake.middle).mean())}


def play(recipe: Recipe, pack: Pack, real: RealFeatures) -> dict:
    """Train by a recipe, and measure what the generator and its moving average make at the end."""
    gan, losses = training.build(recipe), []
    begin = time.process_time()
    steps = recipe.steps // recipe.n_critic

    def note(gan: training.GAN, metrics: training.Metrics) -> None:
        losses.append([float(metrics[name]) for name in ("d_loss", "g_loss")])

    training.train(gan, batches(pack, recipe.batch, recipe.seed), steps, [note])
    seconds = time.process_time() - begin
    last = np.mean(losses[-50:], axis=0)
    z = latents.sample(len(real.reference.deep), recipe.latent, seed=1)
    networks = {"generator": gan.generator, "ema": gan.average.module}
    made = {name: extract(to_images(generate(net, z))) for name, net in networks.items()}
    return {
        "seed": recipe.seed,
        "steps": steps,
        "cpu_seconds": round(seconds, 1),
        "d_loss": float(last[0]),
        "g_loss": float(last[1]),
        **{name: measure(real, features) for name, features in made.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", type=Path, help="in place of 4,000 synthetic covers")
    parser.add_argument("--size", type=int, default=32, help="of the synthetic covers")
    parser.add_argument("--n", type=int, default=500, help="covers to measure on, of each kind")
    parser.add_argument("--steps", type=int, default=1_500, help="of the discriminator")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--remedies", action="store_true")
    parser.add_argument("--out", type=Path, help="a JSON file for the record")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    pack = Pack(options.pack) if options.pack else embedded(4_000, options.size)
    real = measure_pack(pack, options.n)
    settings = {name: getattr(options, name) for name in ("steps", "width", "batch")}
    record = {
        "command": command(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "pack": pack.digest,
        "n": len(real.reference.deep),
        "real": measure(real, real.other),
        "games": {},
    }
    for title, recipe in plan(options.remedies, options.seeds, size=pack.size, **settings):
        row = play(recipe, pack, real)
        told = {"recipe": asdict(recipe), "runs": []}
        record["games"].setdefault(title, told)["runs"].append(row)
        made = row["generator"]
        print(
            f"{title:28} seed {row['seed']}  {row['cpu_seconds']:4.0f} s  support "
            f"{made['support'] or float('nan'):8.1f}  recall {made['recall']:.3f}  "
            f"coverage {made['coverage']:.3f}  Vendi {made['vendi']:5.1f}  KID {made['kid']:.3f}",
            flush=True,
        )
        if options.out:
            disk.write(options.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
