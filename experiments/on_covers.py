"""GANs trained on covers with several seeds, and measured by all that may tell; others run it."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from by_cpu_time import at_steps_and_time
from scipy.spatial.distance import pdist

from covers_lib.data.pack import Pack, batches, synthetic_pack
from covers_lib.evaluation.evaluate import RealFeatures, compare, measure_pack
from covers_lib.evaluation.features import Features
from covers_lib.gan import latents, training
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images
from covers_lib.provenance import how_made, machine

KEPT = ("fd", "kid", "precision", "recall", "density", "coverage", "support", "vendi")
SHARED = ("steps", "width", "batch")


def arguments(description: str, steps: int, seeds: int) -> argparse.ArgumentParser:
    """Give a parser with the options that all these runs share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pack", type=Path, help="in place of 4,000 synthetic covers")
    parser.add_argument("--size", type=int, default=32, help="of the synthetic covers")
    parser.add_argument("--n", type=int, default=500, help="covers to measure on, of each kind")
    parser.add_argument("--steps", type=int, default=steps, help="of the discriminator")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--out", type=Path, help="a JSON file for the record")
    return parser


def begin(options: argparse.Namespace) -> tuple[Pack, RealFeatures, dict]:
    """Open the pack, measure its covers, and begin the record: how it is made, and the floor."""
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    print(machine())
    pack = Pack(options.pack) if options.pack else synthetic_pack(4_000, options.size)
    real = measure_pack(pack, options.n)
    record = {
        **how_made(),
        "pack": pack.digest,
        "n": len(real.reference.deep),
        "real": measure(real, real.other),
        "games": {},
    }
    return pack, real, record


def settings(options: argparse.Namespace, pack: Pack) -> dict:
    """Give what all recipes of a run have in common."""
    return {"size": pack.size} | {name: getattr(options, name) for name in SHARED}


def measure(real: RealFeatures, fake: Features) -> dict:
    """Measure covers by their features: what tells of a collapse, and what does not."""
    found = asdict(compare(real, fake))
    return {name: found[name] for name in KEPT} | {"distance": float(pdist(fake.middle).mean())}


def play(
    recipe: Recipe, pack: Pack, n: int, judge: Callable[[np.ndarray], dict], seconds: float = 0.0
) -> tuple[training.GAN, list[dict]]:
    """Train by a recipe, then on until so much processor time has passed; judge at both moments.

    What is judged are `n` covers of the generator, and of its moving average. The recipe's steps
    are those of the discriminator: so every recipe sees as many covers. Judging is not timed.
    """
    gan, losses, rows = training.build(recipe), [], []
    steps = recipe.steps // recipe.n_critic
    z = latents.sample(n, recipe.latent, seed=1)

    def note(gan: training.GAN, metrics: training.Metrics) -> None:
        losses.append([float(metrics[name]) for name in ("d_loss", "g_loss")])

    def look(gan: training.GAN, spent: float) -> None:
        last = np.mean(losses[-50:], axis=0)
        networks = {"generator": gan.generator, "ema": gan.average.module}
        rows.append(
            {
                "seed": recipe.seed,
                "steps": gan.step,
                "images": gan.step * recipe.n_critic * recipe.batch,
                "cpu_seconds": round(spent, 1),
                "d_loss": float(last[0]),
                "g_loss": float(last[1]),
                **{name: judge(to_images(generate(net, z))) for name, net in networks.items()},
            }
        )

    hooks = [note, at_steps_and_time(steps, seconds, look)]
    training.train(gan, batches(pack, recipe.batch, recipe.seed), 1_000_000_000, hooks)
    return gan, rows


def tell(title: str, row: dict) -> None:
    """Print what one run gave."""
    made = row["generator"]
    print(
        f"{title:28} seed {row['seed']}  {row['images']:7,} images  {row['cpu_seconds']:4.0f} s  "
        f"FD {made['fd']:6.1f}  KID {made['kid']:.3f}  recall {made['recall']:.3f}  coverage "
        f"{made['coverage']:.3f}  support {made['support'] or float('nan'):8.1f}  Vendi "
        f"{made['vendi']:5.1f}",
        flush=True,
    )
