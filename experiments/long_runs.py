"""Train recipes for long, in slices that any later call goes on with, and measure how they grew.

`long_runs.py train RECIPE` trains until a run has had so many minutes of CPU time
(`by_cpu_time.py`), and keeps the averaged generator every few minutes, in
`generators/STEP.safetensors` of the run's folder. With `--lr` a run goes on at another learning
rate, which `rates.json` keeps.
`long_runs.py measure` measures each generator that was kept against both halves of the pack's
held-out covers (`held_out.py`), and writes `measures.json` into the run's folder.
"""

import argparse
import json
from pathlib import Path

import by_cpu_time
import numpy as np
import torch
from held_out import SEED, kept, reference
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from covers_lib import files
from covers_lib.data.pack import Pack
from covers_lib.evaluation.evaluate import RealFeatures, measure
from covers_lib.evaluation.features import extract
from covers_lib.gan import latents, recipes, training
from covers_lib.gan.networks import channels
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images
from covers_lib.runs.folder import Run


def keep_generator(run: Run, gan: training.GAN) -> None:
    """Keep the averaged generator of this moment."""
    folder = run.path / "generators"
    folder.mkdir(exist_ok=True)
    state = {name: value.contiguous() for name, value in gan.average.module.state_dict().items()}
    files.write(folder / f"{gan.step:08d}.safetensors", to_bytes(state))


def networks(name: str, size: int, width: int) -> dict:
    """Fit the networks of a recipe to covers of a size: their width, or which layers they have.

    The article's lose their first layers, the widest: that leaves them more steps for their time.
    """
    maps = recipes.RECIPES[name].maps
    return {"maps": maps[-len(channels(size, width)) :]} if maps else {"width": width}


def change_rate(folder: Path, lr: float) -> None:
    """Let a run go on from its last checkpoint at another learning rate, and note from which step.

    What the run noted after that checkpoint is forgotten when it goes on.
    """
    run = Run(folder)
    if lr == run.recipe.lr or not run.checkpoints:
        return
    step = int(run.checkpoints[-1].name)
    there = rates(run) or [{"step": 0, "lr": run.recipe.lr}]
    files.write(folder / "rates.json", json.dumps([*there, {"step": step, "lr": lr}]))
    settings = json.loads((folder / "recipe.json").read_text())
    changed = settings | at_rate(run.recipe, lr)
    files.write(folder / "recipe.json", json.dumps(changed, indent=1))


def at_rate(recipe: recipes.Recipe, lr: float) -> dict:
    """Return the settings of a recipe at another learning rate: the discriminator's own follows."""
    return {"lr": lr, "d_lr": recipe.d_lr and recipe.d_lr * lr / recipe.lr}


def rates(run: Run) -> list[dict]:
    """Give the learning rates of a run, each with its first step; none where it never changed."""
    path = run.path / "rates.json"
    return json.loads(path.read_text()) if path.exists() else []


def look(run: Run, gan: training.GAN, metrics: training.Metrics, now: float) -> None:
    """Note the losses of this moment, and keep the averaged generator."""
    losses = {name: round(value.item(), 4) for name, value in metrics.items()}
    run.note({"step": gan.step, "seconds": round(now, 1), **losses})
    keep_generator(run, gan)


def curve(run: Run, choosing: RealFeatures, judging: RealFeatures, paths: list[Path]) -> list[dict]:
    """Measure some of the generators that a run has kept, by one half of the held-out covers.

    `choosing_fd` is the Fréchet distance to the other half.
    """
    recipe, n = run.recipe, len(judging.reference.deep)
    z = latents.sample(n, recipe.latent, SEED)
    generator = recipe.generator()
    times = [(row["step"], row["seconds"]) for row in run.history]
    rows = []
    for path in paths:
        generator.load_state_dict(load_file(path))
        fake = extract(to_images(generate(generator, z)))
        step = int(path.stem)
        seconds = float(np.interp(step, *zip(*times, strict=True)))
        images = step * recipe.n_critic * recipe.batch
        row = {"step": step, "seconds": round(seconds), "images": images}
        row["choosing_fd"] = kept(measure(choosing, fake))["fd"]
        rows.append(row | kept(measure(judging, fake)))
        print(f"{run.path.name}: {json.dumps(rows[-1])}", flush=True)
    return rows


def measure_run(run: Run, pack: Pack) -> dict:
    """Give the curve of a run, with its floor; what was measured before is not measured again."""
    out = run.path / "measures.json"
    there = json.loads(out.read_text()) if out.exists() else {"curve": []}
    measured = {row["step"] for row in there["curve"]}
    stored = sorted((run.path / "generators").glob("*.safetensors"))
    new = [path for path in stored if int(path.stem) not in measured]
    if not new:
        return there
    choosing, judging = reference(pack, "choosing"), reference(pack, "judging")
    n = len(judging.reference.deep)
    rows = sorted(there["curve"] + curve(run, choosing, judging, new), key=lambda row: row["step"])
    found = {"n": n, "floor": kept(judging.floor(n)), "curve": rows}
    files.write(out, json.dumps(found, indent=1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    trains, measures = commands.add_parser("train"), commands.add_parser("measure")
    trains.add_argument("recipe", choices=recipes.RECIPES)
    for command in (trains, measures):
        command.add_argument("--pack", type=Path, required=True)
        command.add_argument("--run", type=Path, required=True, help="a folder, to go on in later")
    trains.add_argument("--minutes", type=float, required=True, help="of CPU time, in all")
    trains.add_argument("--every", type=float, default=150, help="seconds between two generators")
    trains.add_argument("--width", type=int, default=32)
    trains.add_argument("--lr", type=float, help="learning rate, from here on")
    trains.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    trains.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pack = Pack(options.pack)
    if options.command == "measure":
        measure_run(Run(options.run), pack)
        return
    changes = {"size": pack.size, "seed": options.seed, "precision": options.precision}
    changes["steps"] = 10**6  # time ends a run
    changes |= networks(options.recipe, pack.size, options.width)
    if options.lr:
        changes |= at_rate(recipes.RECIPES[options.recipe], options.lr)
        if (options.run / "recipe.json").exists():
            change_rate(options.run, options.lr)
    recipe = recipes.get(options.recipe, **changes)
    by_cpu_time.train(recipe, pack, options.run, 60 * options.minutes, options.every, look)


if __name__ == "__main__":
    main()
