"""Store a long run's generator in the library: weights, a record, pictures and a card.

The moment that is stored is the one with the lowest Fréchet distance to the choosing half of the
held-out covers, among those that `long_runs.py` kept; its curve is measured on the judging half.
Its weights are rounded to float16 first: all figures are theirs. `--no-weights` stores the record
and the pictures only, of a run that others are compared with.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from by_cpu_time import CLOCK
from held_out import kept
from long_runs import measure_run, rates
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from covers_lib import files, images, pretrained
from covers_lib.data.pack import Pack
from covers_lib.evaluation import copies, evaluate
from covers_lib.evaluation.evaluate import RealFeatures, measure_pack
from covers_lib.evaluation.features import extract, of_pack
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate, generate_images
from covers_lib.images import encode, to_images
from covers_lib.provenance import how_made
from covers_lib.runs.folder import Run

N = 1_000  # covers that are measured, of each kind
SEEDS = range(3)  # the first gives the figures, all give their deviation
PAIRS = 32  # closest to training covers, to look at
SAMPLES = 64  # of the first seed, as the latents of the strip
STRIP_LATENTS, STRIP_MOMENTS, STRIP_SEED = 8, 8, 0

DATA = {
    "synthetic": "synthetic covers, drawn by the project's own code: free to use",
    "real": "album covers, third-party artwork with no stated licence; none of them is shown or "
    "passed on here",
}
LIMITS = {
    "synthetic": "It knows these covers and nothing else.",
    "real": "A small network, trained on a CPU: colours, masses and hints of lettering, no "
    "words, no faces. It repeats itself: see recall and support.",
}


def halved(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Round the floats of a state to float16."""
    return {
        name: value.half() if value.is_floating_point() else value for name, value in state.items()
    }


def generator_at(run: Run, step: int) -> Generator:
    """Load the generator that a run kept at a step, rounded as it is stored."""
    generator = run.recipe.generator()
    generator.load_state_dict(
        halved(load_file(run.path / "generators" / f"{step:08d}.safetensors"))
    )
    return generator.eval().requires_grad_(False)


def copied(generator: Generator, pack: Pack, out: Path) -> dict:
    """Look for copies of any training cover; draw the closest pairs, for eyes and not for pages."""
    training, held_out = (of_pack(pack, part) for part in (pack.training, pack.held_out))
    covers = generate_images(generator, N, seed=0)
    fakes = extract(covers).middle
    closest = copies.closest_pairs(fakes, training.middle, PAIRS)
    real = pack.images[pack.training[closest.training]]
    pairs = np.stack([covers[closest.fake], real], axis=1).reshape(-1, *covers.shape[1:])
    images.save_picture(images.grid(pairs, columns=8), out)
    return {
        "n": N,
        "n_training": len(pack.training),
        "share": copies.memorised(fakes, training.middle, held_out.middle),
        "threshold": copies.copy_threshold(training.middle, held_out.middle),
        "closest": [round(float(distance), 4) for distance in closest.distance],
    }


def measured(generator: Generator, pack: Pack) -> tuple[dict, dict]:
    """Evaluate as `covers evaluate --n 1000` does; give the figures, and their deviations."""
    found = []
    for seed in SEEDS:
        real: RealFeatures = measure_pack(pack, N, seed)
        fake = extract(generate_images(generator, len(real.reference.deep), seed))
        found.append(asdict(evaluate.compare(real, fake)))
    numbers = {
        name: [row[name] for row in found]
        for name, value in found[0].items()
        if isinstance(value, float) and all(row[name] is not None for row in found)
    }
    return found[0], {name: float(np.std(row, ddof=1)) for name, row in numbers.items()}


def first_covers(generator: Generator) -> bytes:
    """Draw the first covers of seed 0, which nobody picked, as a JPEG file."""
    return encode(images.grid(generate_images(generator, SAMPLES, seed=0)), "jpeg", quality=90)


def strip(run: Run, steps: list[int]) -> bytes:
    """Draw how the covers of fixed latents evolved, a row for each moment, as a JPEG file."""
    z = latents.sample(STRIP_LATENTS, run.recipe.latent, STRIP_SEED)
    covers = [to_images(generate(generator_at(run, step), z)) for step in steps]
    sheet = images.grid(np.concatenate(covers), columns=STRIP_LATENTS)
    return encode(sheet, "jpeg", quality=90)


def spread(steps: list[int]) -> list[int]:
    """Choose moments at about equal ratios of steps, the last included."""
    wanted = np.geomspace(steps[0], steps[-1], STRIP_MOMENTS)
    return sorted({min(steps, key=lambda step: abs(step - moment)) for moment in wanted})


def names_given(name: str, weights: bytes) -> list[str | None]:
    """Keep the names that a person gave to directions after looking: they belong to the weights."""
    path = pretrained.HERE / f"{name}.safetensors"
    if path.exists() and path.read_bytes() == weights:
        return pretrained.direction_names(name)
    return []


def card(name: str, record: dict) -> str:
    """Write what a person should know before using a generator."""
    recipe, found, deviation = record["recipe"], record["evaluation"], record["deviation"]
    rows = [
        f"| {key} | {found[key]:.4g} ± {deviation.get(key, 0):.2g} | {found[f'{key}_floor']:.4g} |"
        for key in ("fd", "kid", "precision", "recall", "density", "coverage", "vendi")
    ]
    copying = record["memorised"]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"A generator of album covers at {recipe['size']} px: recipe `{recipe['name']}`, "
            f"{record['images']:,} images seen in {record['cpu_seconds'] / 60:.0f} CPU minutes. "
            "The weights are the moving average's, stored as float16.",
            "",
            f"- **Data**: {record['pack_covers']:,} {DATA[record['data']]}.",
            "- **Intended use**: to learn how GANs work. Not for covers that are sold.",
            f"- **Limits**: {LIMITS[record['data']]}",
            f"- **Copies**: {copying['share']:.3f} of {copying['n']:,} covers lie nearer to one of "
            f"{copying['n_training']:,} training covers than 99 % of held-out covers do; a "
            "generator that copied nothing gives about 0.01 or less.",
            "- **Licence** of the weights: MIT.",
            "",
            f"| {found['extractor']}, {found['n_fake']:,} covers | this generator | real covers |",
            "| --- | ---: | ---: |",
            *rows,
            "",
            f"Everything about the run is in `{name}.json`; `{name}.samples.jpg` shows the first "
            f"{SAMPLES} covers of seed 0, and `{name}.growth.jpg` how those of {STRIP_LATENTS} "
            "latent vectors evolved.",
            "",
        ]
    )


def publish(run: Run, pack: Pack, name: str, closest: Path, weights: bool = True) -> dict:
    """Measure a run's best moment and write what the library stores of it; return the record."""
    found = measure_run(run, pack)
    best = min(found["curve"], key=lambda row: row["choosing_fd"])
    generator = generator_at(run, best["step"])
    evaluated, deviation = measured(generator, pack)
    folder, state = pretrained.HERE, to_bytes(halved(generator.state_dict()))
    record = {
        **how_made(),
        "recipe": asdict(run.recipe),
        "rates": rates(run),
        "data": name.rpartition("-")[2],
        "pack": pack.digest,
        "pack_covers": len(pack.training),
        "step": best["step"],
        "images": best["images"],
        "cpu_seconds": best["seconds"],
        "clock": CLOCK,
        "floor": found["floor"],
        "curve": found["curve"],
        "curve_covers": found["n"],
        "evaluation": evaluated,
        "deviation": deviation,
        "memorised": copied(generator, pack, closest),
        "strip_steps": spread([row["step"] for row in found["curve"]]),
        "directions": names_given(name, state),
    }
    files.write(folder / f"{name}.samples.jpg", first_covers(generator))
    files.write(folder / f"{name}.growth.jpg", strip(run, record["strip_steps"]))
    files.write(folder / f"{name}.json", json.dumps(record, indent=1))
    if weights:
        files.write(folder / f"{name}.md", card(name, record))
        files.write(folder / f"{name}.safetensors", state)
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="such as beyond-real: the recipe, and real or synthetic")
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--closest", type=Path, required=True, help="picture of the closest pairs")
    parser.add_argument("--no-weights", action="store_true", help="store no weights and no card")
    options = parser.parse_args()
    torch.set_num_threads(1)
    pack = Pack(options.pack)
    run, weights = Run(options.run), not options.no_weights
    record = publish(run, pack, options.name, options.closest, weights)
    measures = record["evaluation"]
    print(json.dumps({name: measures[name] for name in kept(measures)} | record["memorised"]))


if __name__ == "__main__":
    main()
