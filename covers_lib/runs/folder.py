"""A run's folder: its recipe, history, checkpoints, samples and record; and opening it."""

import io
import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path

from torchvision.utils import save_image

from covers_lib import files
from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.gan import latents
from covers_lib.gan.recipes import Recipe, from_json
from covers_lib.gan.sampling import generate
from covers_lib.gan.training import GAN
from covers_lib.runs import checkpoints

GRID_SEED = 1_000  # the fixed latents of a run's sample grids


class Run:
    """The folder of a run.

    `recipe.json` says what it is, `history.jsonl` has a row of losses every few steps and one of
    each KID, `checkpoints/STEP/` weights and all else that a next step depends on, `best.json`
    which of them had the lowest KID, `samples/STEP.png` the averaged generator's covers of 64
    fixed latents, `record.json` how it went.

    Raises `InputError` if the folder holds no run.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / "recipe.json").is_file():
            raise InputError(f"there is no run at {path}: make one with `covers train`")
        settings = json.loads((self.path / "recipe.json").read_text())
        self.pack_digest = settings.pop("pack")
        self.recipe = from_json(settings)

    @property
    def checkpoints(self) -> list[Path]:
        """The whole checkpoints, oldest first: the last two, and the best."""
        return checkpoints.whole(self.path / "checkpoints")

    @property
    def best(self) -> Path | None:
        """The checkpoint with the lowest KID; None where the run was not evaluated."""
        named = self.path / "best.json"
        step = json.loads(named.read_text())["step"] if named.is_file() else None
        return next((path for path in self.checkpoints if int(path.name) == step), None)

    @property
    def best_kid(self) -> float:
        """The KID of the best checkpoint; infinite where there is none."""
        return json.loads((self.path / "best.json").read_text())["kid"] if self.best else math.inf

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows, oldest first: `step`, `seconds`, and the losses of that step, or its `kid`."""
        path = self.path / "history.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]  # a killed run's may not

    @property
    def record(self) -> dict:
        """How the run went: steps, images, time, machine, versions."""
        return json.loads((self.path / "record.json").read_text())

    def note(self, row: dict[str, float]) -> None:
        """Append a row to the history."""
        files.append(self.path / "history.jsonl", json.dumps(row))

    def forget_after(self, step: int) -> None:
        """Drop the rows of history that were noted after the checkpoint that is resumed."""
        rows = [json.dumps(row) + "\n" for row in self.history if row["step"] <= step]
        files.write(self.path / "history.jsonl", "".join(rows))

    def save(self, gan: GAN, seconds: float) -> None:
        """Save a checkpoint, and its samples first; keep the last two and the best."""
        save_samples(gan, self.path / "samples")
        checkpoints.write(self.path / "checkpoints", gan, seconds)
        checkpoints.prune(self.path / "checkpoints", self.best)

    def restore(self, gan: GAN) -> float:
        """Bring a GAN to the last checkpoint; return the seconds that were trained until then."""
        return checkpoints.read(self.checkpoints[-1], gan) if self.checkpoints else 0.0

    def write_record(self, record: dict) -> None:
        """Write how the run went."""
        files.write(self.path / "record.json", json.dumps(record, indent=1))

    def name_best(self) -> None:
        """Name the checkpoint with the lowest KID, by the history; the one before may go."""
        there = {int(path.name) for path in self.checkpoints}
        rows = [row for row in self.history if "kid" in row and row["step"] in there]
        if rows:
            lowest = min(rows, key=lambda row: row["kid"])  # the first, of equal ones
            named = {"step": lowest["step"], "kid": lowest["kid"]}
            files.write(self.path / "best.json", json.dumps(named))
            checkpoints.prune(self.path / "checkpoints", self.best)


def save_samples(gan: GAN, folder: Path) -> None:
    """Save the averaged generator's covers of the run's 64 fixed latents as one picture."""
    folder.mkdir(exist_ok=True)
    covers = generate(gan.average.module, latents.sample(64, gan.recipe.latent, GRID_SEED))
    picture = io.BytesIO()
    save_image(covers, picture, format="png", normalize=True, value_range=(-1, 1))
    files.write(folder / f"{gan.step:08d}.png", picture.getvalue())


def open_run(path: str | Path, recipe: Recipe, pack: Pack, resume: bool = True) -> Run:
    """Open the run of a recipe on a pack, or begin it.

    Raises `InputError` if the folder holds something else, or another recipe's or pack's run.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file: give a folder for the run")
    inside = {file.name for file in path.iterdir()} if path.exists() else set()
    if inside - {".recipe.json.part"} and "recipe.json" not in inside:  # a killed beginning is none
        raise InputError(f"{path} holds something that is not a run: choose another --out")
    if not resume:
        empty(path, inside)
    wanted = asdict(recipe) | {"pack": pack.digest}
    if resume and (path / "recipe.json").is_file():
        run = Run(path)
        if difference := differences(asdict(run.recipe) | {"pack": run.pack_digest}, wanted):
            raise InputError(
                f"{path} holds another run ({difference}): choose another --out, or begin it anew "
                "with --no-resume"
            )
    path.mkdir(parents=True, exist_ok=True)
    files.write(path / "recipe.json", json.dumps(wanted, indent=1))
    return Run(path)


def empty(path: Path, inside: set[str]) -> None:
    """Remove what a run's folder holds; its recipe stays, so that it is a run's at any moment."""
    for name in inside - {"recipe.json"}:
        file = path / name
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def differences(there: dict, wanted: dict) -> str:
    """Say where two recipes differ; how long to train is not a difference."""
    return ", ".join(
        f"{name} {str(value)[:12]} there, {str(wanted[name])[:12]} wanted"
        for name, value in there.items()
        if name != "steps" and value != wanted[name]
    )
