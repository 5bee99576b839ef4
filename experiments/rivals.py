"""DCGAN against WGAN-GP on covers: equal images seen, and equal processor time, seed by seed.

    python experiments/rivals.py --out covers_lib/records/rivals/synthetic-32.json

WGAN-GP plays first, and sets the time. The DCGAN is measured when it has seen as many real covers,
and once more when it has trained for as much processor time. On synthetic covers, a reader of their
factors tells how far the shares of layouts, palettes, motifs … are from real ones. A picture beside
the record shows the first covers of each run at equal time, by the averaged generator: a row each.
"""

import json
from dataclasses import asdict

import numpy as np
from on_covers import arguments, begin, measure, play, settings, tell

from covers_lib import files, images
from covers_lib.data.pack import synthetic_pack
from covers_lib.evaluation import factor_reader
from covers_lib.evaluation.factors import count_factors
from covers_lib.evaluation.features import extract
from covers_lib.gan import latents, recipes
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images

RIVALS = ("wgan-gp", "dcgan")
SHOWN = 12


def main() -> None:
    parser = arguments(__doc__.splitlines()[0], steps=6_000, seeds=3)
    options = parser.parse_args()
    pack, real, record = begin(options)
    reader = factor_reader.learn(pack) if "layout" in pack.manifest[0] else None

    def divergences(covers: np.ndarray) -> dict:
        if reader is None:
            return {}
        return {"kl": {name: of.kl for name, of in count_factors(reader, covers).items()}}

    def judge(covers: np.ndarray) -> dict:
        return measure(real, extract(covers)) | divergences(covers)

    if reader:
        unseen = synthetic_pack(record["n"], pack.size, seed=1)  # neither game nor reader saw them
        record["real"] |= divergences(np.asarray(unseen.images))
        record["accuracy"] = reader.accuracy
    sheet = {name: [] for name in RIVALS}
    for seed in range(options.seeds):
        seconds = 0.0
        for name in RIVALS:
            recipe = recipes.get(name, seed=seed, **settings(options, pack))
            empty = {"recipe": asdict(recipe), "equal_images": [], "equal_time": []}
            told = record["games"].setdefault(name, empty)
            gan, rows = play(recipe, pack, record["n"], judge, seconds)
            seconds = seconds or rows[0]["cpu_seconds"]
            told["equal_images"].append(rows[0])
            told["equal_time"].append(rows[-1])
            for row in rows:
                tell(name, row)
            z = latents.sample(SHOWN, recipe.latent, seed=2)
            sheet[name].append(to_images(generate(gan.average.module, z)))
        if options.out:
            files.write(options.out, json.dumps(record, indent=1) + "\n")
            made = np.concatenate([covers for rows in sheet.values() for covers in rows])
            images.save_picture(images.grid(made, SHOWN), options.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
