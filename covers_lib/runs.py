"""A run's folder: its recipe, history, checkpoints, samples and record; and resuming it."""

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torchvision.utils import save_image

import covers_lib
from covers_lib import latents
from covers_lib.errors import InputError
from covers_lib.hooks import bar_hook, checkpoint_hook, history_hook, stop_signal
from covers_lib.networks import Generator, device_of, generate, pick_device
from covers_lib.pack import Pack, batches, to_images
from covers_lib.progress import bar
from covers_lib.recipes import Recipe
from covers_lib.training import GAN, build, train

KEPT = 2
NETWORKS = ("generator", "discriminator", "average")
GRID_SEED = 1_000  # the fixed latents of a run's sample grids


class Run:
    """The folder of a run.

    `recipe.json` says what it is, `history.jsonl` has a row of losses every few steps,
    `checkpoints/STEP/` weights and all else that a next step depends on, `samples/STEP.png` the
    averaged generator's covers of 64 fixed latents, `record.json` how it went.

    Raises `InputError` if the folder holds no run.

    Derived in: book/03_dcgan
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / "recipe.json").is_file():
            raise InputError(f"there is no run at {path}: make one with `covers train`")
        settings = json.loads((self.path / "recipe.json").read_text())
        self.pack_digest = settings.pop("pack")
        self.recipe = Recipe(**settings | {"betas": tuple(settings["betas"])})

    @property
    def checkpoints(self) -> list[Path]:
        """The whole checkpoints, oldest first."""
        return sorted(path for path in (self.path / "checkpoints").glob("[0-9]*"))

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows of losses, oldest first: `step`, `seconds`, and the losses of that step."""
        path = self.path / "history.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]  # a killed run's may not

    @property
    def record(self) -> dict:
        """How the run went: steps, images, time, machine, versions."""
        return json.loads((self.path / "record.json").read_text())

    def save(self, gan: GAN, seconds: float) -> None:
        """Write a checkpoint aside and rename it when it is whole; keep the last two."""
        folder = self.path / "checkpoints" / f"{gan.step:08d}"
        if folder.exists():
            return
        aside = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for name in NETWORKS:
            state = network_of(gan, name).state_dict()
            contiguous = {key: value.contiguous() for key, value in state.items()}
            save_file(contiguous, aside / f"{name}.safetensors")
        rest = {
            "step": gan.step,
            "seconds": seconds,
            "averaged": gan.average.n_averaged,
            "rng": gan.rng.get_state(),
            "g_optimizer": gan.g_optimizer.state_dict(),
            "d_optimizer": gan.d_optimizer.state_dict(),
        }
        torch.save(rest, aside / "state.pt")
        os.rename(aside, folder)
        for old in self.checkpoints[:-KEPT]:
            shutil.rmtree(old)

    def restore(self, gan: GAN) -> float:
        """Bring a GAN to the last checkpoint; return the seconds that were trained until then."""
        if not self.checkpoints:
            return 0.0
        folder = self.checkpoints[-1]
        for name in NETWORKS:
            network_of(gan, name).load_state_dict(load_file(folder / f"{name}.safetensors"))
        rest = torch.load(folder / "state.pt", weights_only=True, map_location="cpu")
        gan.step = rest["step"]
        gan.average.n_averaged.copy_(rest["averaged"])
        gan.rng.set_state(rest["rng"])
        gan.g_optimizer.load_state_dict(rest["g_optimizer"])
        gan.d_optimizer.load_state_dict(rest["d_optimizer"])
        return rest["seconds"]


def network_of(gan: GAN, name: str) -> torch.nn.Module:
    """Give the network that a checkpoint's file holds."""
    return gan.average.module if name == "average" else getattr(gan, name)


def write_aside(path: Path, text: str) -> None:
    """Write a file so that it is there whole, or as it was."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text)
    os.replace(aside, path)


def open_run(path: str | Path, recipe: Recipe, pack: Pack, resume: bool = True) -> Run:
    """Open the run of a recipe on a pack, or begin it.

    Raises `InputError` if the folder holds something else, or another recipe's or pack's run.

    Derived in: book/03_dcgan
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file: give a folder for the run")
    inside = {file.name for file in path.iterdir()} if path.exists() else set()
    if inside - {".recipe.json.part"} and "recipe.json" not in inside:  # a killed beginning is none
        raise InputError(f"{path} holds something that is not a run: choose another --out")
    if inside and not resume:
        shutil.rmtree(path)
    wanted = asdict(recipe) | {"pack": pack.digest}
    if (path / "recipe.json").is_file():
        run = Run(path)
        if difference := differences(asdict(run.recipe) | {"pack": run.pack_digest}, wanted):
            raise InputError(
                f"{path} holds another run ({difference}): choose another --out, or begin it anew "
                "with --no-resume"
            )
    path.mkdir(parents=True, exist_ok=True)
    write_aside(path / "recipe.json", json.dumps(wanted, indent=1))
    return Run(path)


def differences(there: dict, wanted: dict) -> str:
    """Say where two recipes differ; how long to train is not a difference."""
    return ", ".join(
        f"{name} {str(value)[:12]} there, {str(wanted[name])[:12]} wanted"
        for name, value in there.items()
        if name != "steps" and value != wanted[name]
    )


def train_run(
    recipe: Recipe,
    pack: Pack,
    out: str | Path,
    minutes: float | None = None,
    resume: bool = True,
    progress: bool = True,
    hooks: Sequence[Callable] = (),
) -> Run:
    """Train a recipe on a pack for its `steps`, or for `minutes`; what is at `out` is resumed.

    The recipe takes its size from the pack. On a CPU a resumed run gives the same weights, to the
    bit, as one that was never stopped. Ctrl-C stops after the step, with a checkpoint. `hooks`
    are called after every step, like those of `train`.

    Raises `InputError` if `out` holds something else.

    Derived in: book/03_dcgan
    """
    recipe = replace(recipe, size=pack.size)
    run = open_run(out, recipe, pack, resume)
    gan = build(recipe, pick_device())
    before = run.restore(gan)
    resumed_from = gan.step
    forget_after(run, gan.step)
    start = time.perf_counter()

    def seconds() -> float:
        return before + time.perf_counter() - start

    def save(gan: GAN) -> None:
        run.save(gan, seconds())
        save_samples(run, gan)

    with stop_signal() as stopped:
        hooks = [
            *hooks,
            history_hook(run.path / "history.jsonl", seconds),
            checkpoint_hook(save),
            lambda gan, metrics: stopped.is_set(),
        ]
        if minutes is not None:
            hooks.append(lambda gan, metrics: time.perf_counter() - start > minutes * 60)
        shown = bar(shown=progress, total=recipe.steps, initial=gan.step, desc=recipe.name)
        with shown:
            hooks.append(bar_hook(shown))
            batch = batches(pack, recipe.batch, recipe.seed, device_of(gan.generator))
            train(gan, batch, recipe.steps, hooks)
    save(gan)
    write_record(run, gan, seconds(), resumed_from)
    return run


def forget_after(run: Run, step: int) -> None:
    """Drop the rows of history that were written after the checkpoint that is resumed."""
    kept = [row for row in run.history if row["step"] <= step]
    write_aside(run.path / "history.jsonl", "".join(json.dumps(row) + "\n" for row in kept))


def save_samples(run: Run, gan: GAN) -> None:
    """Save the averaged generator's covers of the run's 64 fixed latents as one picture."""
    folder = run.path / "samples"
    folder.mkdir(exist_ok=True)
    z = latents.sample(64, gan.recipe.latent, GRID_SEED)
    covers = generate(gan.average.module, z)
    save_image(covers, folder / f"{gan.step:08d}.png", normalize=True, value_range=(-1, 1))


def write_record(run: Run, gan: GAN, seconds: float, resumed_from: int) -> None:
    """Write how the run went, for people and for tests that recompute it."""
    recipe = gan.recipe
    images = gan.step * recipe.n_critic * recipe.batch
    record = {
        "recipe": asdict(recipe),
        "pack": run.pack_digest,
        "steps": gan.step,
        "images": images,  # real covers that the discriminator saw
        "seconds": round(seconds, 1),
        "images_per_second": round(images / seconds, 1),
        "resumed_from": resumed_from,
        "date": datetime.now(UTC).date().isoformat(),
        "device": str(device_of(gan.generator)),
        "threads": torch.get_num_threads(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "covers_lib": covers_lib.__version__,
        },
    }
    write_aside(run.path / "record.json", json.dumps(record, indent=1))


def load_generator(path: str | Path) -> Generator:
    """Load the averaged generator of a run's last checkpoint, in eval mode.

    Raises `InputError` if there is no run, or no checkpoint yet.

    Derived in: book/06_interpolation
    """
    run = Run(path)
    if not run.checkpoints:
        raise InputError(f"the run {path} has no checkpoint yet: let it train for a minute")
    recipe = run.recipe
    generator = Generator(recipe.size, recipe.latent, recipe.width)
    generator.load_state_dict(load_file(run.checkpoints[-1] / "average.safetensors"))
    return generator.to(pick_device()).eval().requires_grad_(False)


def generate_images(generator: Generator, n: int, seed: int) -> np.ndarray:
    """Make `n` covers of a seed: (n, size, size, 3) uint8.

    Derived in: book/03_dcgan
    """
    return to_images(generate(generator, latents.sample(n, generator.latent, seed)))
