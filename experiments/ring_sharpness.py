"""How sharp a WGAN-GP draws the ring: high-quality points by critic and generator steps.

    python experiments/ring_sharpness.py

The settings are those of the authors' toys (Gulrajani et al. 2017): rate 1e-4, batch 256, λ 0.1,
three hidden layers. What keeps the share of high-quality points below 100% is taken apart by two
changes. A latent space in eight pieces needs no bridges between the modes (Khayatkhoei et al.
2018): what it gains was lost on bridges. The moving average of the generator does not swing with it
(Mescheder et al. 2018): what it gains was lost on swinging. The same line goes on with what is
missing.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from by_cpu_time import CLOCK, Clock
from grid import RECORDS
from torch import Tensor, nn

from covers_lib import files
from covers_lib.gan import latents
from covers_lib.gan.networks import initialise
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN, Metrics
from covers_lib.provenance import how_made
from covers_lib.toys import points, ring

WIDTH, HIDDEN, LATENT, PIECES = 128, 3, 16, 8
POINTS = 10_000
RECIPE = Recipe(
    "ring", latent=LATENT, width=WIDTH, norm="none", loss="wasserstein", penalty=0.1, n_critic=5,
    lr=1e-4, betas=(0.5, 0.9), batch=256, ema_covers=100 * 256,
)  # fmt: skip


class InPieces(nn.Module):
    """Tears the latent space into eight sectors: (N, L) -> (N, L + 8), which sector it is in."""

    def forward(self, z: Tensor) -> Tensor:
        angle = torch.atan2(z[:, 1], z[:, 0]) / (2 * torch.pi)  # from -1/2 to 1/2
        sector = (angle * PIECES).floor().long() % PIECES
        return torch.cat([z, nn.functional.one_hot(sector, PIECES).float()], 1)


def networks(in_pieces: bool) -> tuple[nn.Module, nn.Module]:
    """Build a generator, of a latent space in one piece or in eight, and a critic."""
    torn = [InPieces()] if in_pieces else []
    inputs = LATENT + PIECES * in_pieces
    generator = nn.Sequential(*torn, *points.point_network(inputs, 2, WIDTH, HIDDEN))
    critic = nn.Sequential(*points.point_network(2, 1, WIDTH, HIDDEN), nn.Flatten(0))
    for network in (generator, critic):
        initialise(network, "he")
    return generator, critic


@dataclass(frozen=True)
class Game:
    """One row: critic steps a generator step, and whether the latent space is in pieces."""

    n_critic: int
    in_pieces: bool
    steps: int


GAMES = {
    "1 critic step": Game(1, False, 60_000),
    "5 critic steps": Game(5, False, 20_000),
    "20 critic steps": Game(20, False, 6_000),
    "5 critic steps, latent space in eight pieces": Game(5, True, 20_000),
}


def count(generator: nn.Module) -> dict:
    """Return the modes found, and the share of high-quality points, of a generator's points."""
    with torch.inference_mode():
        found = ring.count_modes(generator(latents.sample(POINTS, LATENT, seed=1)))
    return {"found": found.found, "good": round(found.good, 4)}


def play(game: Game, name: str, seed: int, moments: list[int]) -> dict:
    """Train a game up to the last of some steps of its generator, and count at each."""
    curve: list[dict] = []
    recipe = Recipe(
        **vars(RECIPE) | {"n_critic": game.n_critic, "seed": seed, "steps": moments[-1]}
    )
    clock = Clock()

    def look(gan: GAN, metrics: Metrics) -> None:
        if gan.step in moments:
            row = {"step": gan.step, "seconds": round(clock.seconds(), 1)}
            with clock.stopped():
                row |= {"generator": count(gan.generator), "average": count(gan.average.module)}
                print(f"{name}, seed {seed}: {json.dumps(row)}", flush=True)
            curve.append(row)

    points.train_small(
        recipe,
        lambda: networks(game.in_pieces),
        ring.ring_batches(recipe.batch, seed),
        [look],
    )
    return {"seed": seed, "curve": curve}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of the generator, in all games: for a quick try")
    parser.add_argument("--out", type=Path, default=RECORDS / "modes" / "ring-sharpness.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    settings = ("width", "latent", "penalty", "lr", "betas", "batch", "ema_covers")
    record = {
        **how_made(),
        "clock": CLOCK,
        "settings": {name: vars(RECIPE)[name] for name in settings} | {"hidden_layers": HIDDEN},
        "points": POINTS,
        "real": count_real(),
        "games": {name: {**vars(game), "runs": []} for name, game in GAMES.items()},
    }
    if options.out.exists():
        record = json.loads(options.out.read_text())
    for seed in range(options.seeds):
        for name, game in GAMES.items():
            runs = record["games"][name]["runs"]
            if seed in [run["seed"] for run in runs]:
                continue
            steps = options.steps or game.steps
            moments = sorted({round(step) for step in np.geomspace(min(100, steps), steps, 15)})
            runs.append(play(game, name, seed, moments))
            files.write(options.out, json.dumps(record, indent=1) + "\n")


def count_real() -> float:
    """Return the share of real points that count as high-quality."""
    return round(ring.count_modes(ring.ring_batches(POINTS, seed=0)(0)).good, 4)


if __name__ == "__main__":
    main()
