"""Which DCGANs collapse on covers: several seeds of each, measured by all that may tell.

    python experiments/collapse.py --out covers_lib/records/collapse/synthetic-32.json
    python experiments/collapse.py --pack PACK --out covers_lib/records/collapse/real-32.json
    python experiments/collapse.py --remedies --seeds 3 \
        --out covers_lib/records/collapse/remedies-32.json

`dcgan-collapse` is `dcgan` without BatchNorm. With `--remedies`, one thing of it is changed at a
time instead; and `dcgan` gets a discriminator far ahead, which is what collapses on the ring. All
discriminators see as many real covers. Without a pack, covers are drawn.
"""

import json
from dataclasses import asdict

from on_covers import arguments, begin, measure, play, settings, tell

from covers_lib import files
from covers_lib.evaluation.features import extract
from covers_lib.gan import recipes
from covers_lib.gan.recipes import Recipe

GAMES = {"dcgan": ("dcgan", {}), "dcgan-collapse": ("dcgan-collapse", {})}
REMEDIES = {
    "BatchNorm in the generator": ("dcgan-collapse", {"generator_norm": "batch"}),
    "BatchNorm in the discriminator": ("dcgan-collapse", {"norm": "batch"}),
    "R1 penalty": ("dcgan-collapse", {"r1": 1.0}),
    "WGAN-GP's loss": ("dcgan-collapse", recipes.WGAN_GP_PAPER),
    "dcgan, discriminator ahead": ("dcgan", {"n_critic": 5, "lr": 1e-3, "betas": (0.0, 0.9)}),
}


def plan(remedies: bool, seeds: int, **settings) -> list[tuple[str, Recipe]]:
    """Name the runs, seed by seed."""
    return [
        (title, recipes.get(name, seed=seed, **settings | changes))
        for seed in range(seeds)
        for title, (name, changes) in (REMEDIES if remedies else GAMES).items()
    ]


def main() -> None:
    parser = arguments(__doc__.splitlines()[0], steps=3_000, seeds=5)
    parser.add_argument("--remedies", action="store_true")
    options = parser.parse_args()
    pack, real, record = begin(options)
    for title, recipe in plan(options.remedies, options.seeds, **settings(options, pack)):
        told = record["games"].setdefault(title, {"recipe": asdict(recipe), "runs": []})
        _, rows = play(recipe, pack, record["n"], lambda covers: measure(real, extract(covers)))
        told["runs"] += rows
        tell(title, rows[0])
        if options.out:
            files.write(options.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
