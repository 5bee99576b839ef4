"""How many modes a loss keeps: small GANs on a toy, each game with several seeds.

    python experiments/modes.py ring --out covers_lib/records/modes/ring.json
    python experiments/modes.py digits --out covers_lib/records/modes/digits.json

WGAN-GP differs from the game with the discriminator ahead by its loss and penalty alone. The modes
are counted after as many steps, and once more when a game has trained for as much processor time
as WGAN-GP did with the same seed.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path

import torch
from by_cpu_time import at_steps_and_time

from covers_lib import files
from covers_lib.evaluation import metrics
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN
from covers_lib.provenance import how_made, machine
from covers_lib.toys import digits, points, ring

SETTINGS = ("latent", "width", "loss", "penalty", "n_critic", "lr", "betas", "batch", "steps")
POINTS = 2_000
STACKS = 25_600


@dataclass(frozen=True)
class Toy:
    """A toy: its base recipe, the weight of the penalty that suits it, and what trains and counts.

    `count` takes samples, and gives the modes found and other figures, ready for JSON.
    """

    recipe: Recipe
    penalty: float
    train: Callable[..., GAN]
    draw: Callable[[GAN], torch.Tensor]
    real: Callable[[], torch.Tensor]
    count: Callable[[torch.Tensor], dict]

    def games(self) -> dict[str, Recipe]:
        ahead = self.recipe
        return {
            "WGAN-GP": replace(ahead, loss="wasserstein", penalty=self.penalty),
            "discriminator ahead": ahead,
            "even game": replace(ahead, n_critic=1, betas=(0.0, 0.99), steps=2 * ahead.steps),
        }


def count_ring(points: torch.Tensor) -> dict:
    count = ring.count_modes(points)
    kl = round(metrics.reverse_kl(count.counts), 4) if count.counts.any() else None
    return {"found": count.found, "kl": kl, "good": round(count.good, 4)}


def count_digits(stacks: torch.Tensor) -> dict:
    count = digits.count_stacks(stacks)
    return {"found": count.found, "kl": round(count.kl, 4)}


TOYS = {
    "ring": Toy(
        ring.RING, 1.0, ring.train_on_ring,
        lambda gan: points.draw_samples(gan, POINTS),
        lambda: ring.ring_batches(POINTS, seed=0)(0),
        count_ring,
    ),
    "digits": Toy(
        digits.DIGITS, 1.0, digits.train_on_digits,
        lambda gan: points.draw_samples(gan, STACKS),
        lambda: digits.real_stacks(STACKS),
        count_digits,
    ),
}  # fmt: skip


def play(toy: Toy, recipe: Recipe, seconds: float = 0.0) -> list[dict]:
    """Train by a recipe, then on until so much processor time has passed; count at both moments."""
    rows = []

    def judge(gan: GAN, spent: float) -> None:
        told = {"seed": recipe.seed, "steps": gan.step, "cpu_seconds": round(spent, 1)}
        rows.append(told | toy.count(toy.draw(gan)))

    watch = at_steps_and_time(recipe.steps, seconds, judge)
    toy.train(replace(recipe, steps=1_000_000_000), [watch])
    return rows


def compare(toy: Toy, seeds: int, steps: int | None) -> dict[str, dict]:
    """Play each game with each seed; WGAN-GP first, since it sets the time."""
    games = toy.games()
    if steps:
        games = {name: replace(recipe, steps=steps) for name, recipe in games.items()}
    results = {
        name: {
            "settings": {key: asdict(recipe)[key] for key in SETTINGS},
            "equal_steps": [],
            "equal_time": [],
        }
        for name, recipe in games.items()
    }
    for seed in range(seeds):
        seconds = 0.0
        for name, recipe in games.items():
            rows = play(toy, replace(recipe, seed=seed), seconds)
            seconds = seconds or rows[0]["cpu_seconds"]
            results[name]["equal_steps"].append(rows[0])
            results[name]["equal_time"].append(rows[-1])
            for row in rows:
                print(f"{name:20}", *(f"{key} {value}" for key, value in row.items()), flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("toy", choices=TOYS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of the generator, in all games: for a quick try")
    parser.add_argument("--out", type=Path, help="a JSON file for the record")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    toy = TOYS[options.toy]
    real = toy.real()
    record = {
        **how_made(),
        "samples": len(real),
        "real": toy.count(real),
        "games": compare(toy, options.seeds, options.steps),
    }
    if options.toy == "digits":
        record["classifier_error"] = round(digits.classifier()[1], 4)
        record["versions"]["scikit-learn"] = metadata.version("scikit-learn")
    if options.out:
        files.write(options.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
