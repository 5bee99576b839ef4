"""Training a run in its folder, and loading what it has made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from accelerate import Accelerator

from covers_lib import files
from covers_lib.data.pack import Pack, batches
from covers_lib.errors import InputError
from covers_lib.gan.devices import device_of, pick_device
from covers_lib.gan.networks import Generator
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN, build, train
from covers_lib.runs import checkpoints, monitor
from covers_lib.runs.folder import Run, open_run
from covers_lib.runs.hooks import Hook, agree, in_turn, stop_signal
from covers_lib.runs.session import Session


def train_run(
    recipe: Recipe,
    pack: Pack,
    out: str | Path,
    minutes: float | None = None,
    resume: bool = True,
    progress: bool = True,
    hooks: Sequence[Hook] = (),
    evaluate_every: int = 0,
    tracker: str | None = None,
) -> Run:
    """Train a recipe on a pack for its `steps`, or for `minutes`; what is at `out` is resumed.

    The recipe takes its size from the pack. On a CPU a resumed run gives the same weights, to the
    bit, as one that was never stopped. Ctrl-C stops after the step, with a checkpoint. `hooks`
    are called after every step, like those of `train`. Every `evaluate_every` steps KID is
    measured, and the checkpoint with the lowest is kept; 0 measures nothing. A `tracker`, such as
    `tensorboard`, gets the losses and the KID.

    Raises `InputError` if `out` holds something else, the disk is full, or training breaks down.

    Derived in: book/03_dcgan
    """
    monitor.check_tracker(tracker)
    monitor.check_evaluations(pack, evaluate_every)
    recipe = replace(recipe, size=pack.size)
    gan = build(recipe)
    accelerator = gan.accelerator
    with full_disk_named(Path(out), gan):
        run = open_by_main(accelerator, Path(out), recipe, pack, resume)
        session = Session(run, gan, pack, minutes, evaluate_every)
        with (
            monitor.tracking(accelerator, tracker, recipe.name, run.path / "logs", gan.step),
            session.shown(progress),
            stop_signal() as stopped,
        ):
            after_step: list[Hook] = [
                session.guard,
                *hooks,
                session,
                lambda gan, metrics: stopped.is_set(),
            ]
            batch = batches(pack, recipe.batch, recipe.seed, device_of(gan.generator))
            train(gan, batch, recipe.steps, [in_turn(after_step, accelerator)])
            agree(accelerator, session.end)
    return run


def settings_of(path: str | Path, recipe: str) -> dict:
    """Return the settings of the run at `path`, if it is one of this recipe; else none."""
    if not (Path(path) / "recipe.json").is_file():
        return {}
    there = dict(vars(Run(path).recipe))
    return there if there.pop("name") == recipe else {}


def open_by_main(
    accelerator: Accelerator, path: Path, recipe: Recipe, pack: Pack, resume: bool
) -> Run:
    """Open a run in the main process; the others follow."""

    def open_it() -> None:
        if accelerator.is_main_process:
            open_run(path, recipe, pack, resume)

    agree(accelerator, open_it)
    return Run(path)


@contextmanager
def full_disk_named(path: Path, gan: GAN) -> Iterator[None]:
    """Say in one sentence that the disk is full, and what is safe."""
    try:
        yield
    except OSError as error:
        if not files.is_full(error):
            raise
        raise InputError(
            f"the disk of {path} is full at step {gan.step}: free some space and run the same "
            f"command again; {checkpoints.last_one(path / 'checkpoints')}"
        ) from error


def load_generator(path: str | Path) -> Generator:
    """Load the averaged generator of a run's last checkpoint, in eval mode.

    `path` may also be one of the run's checkpoints, such as its `best`.

    Raises `InputError` if there is no run, or no whole checkpoint.

    Derived in: book/06_interpolation
    """
    path = Path(path)
    run = Run(path.parents[1] if path.parent.name == "checkpoints" else path)
    if not run.checkpoints:
        raise InputError(f"the run {path} has no checkpoint yet: let it train for a minute")
    generator = run.recipe.generator()
    checkpoint = run.checkpoints[-1] if run.path == path else path
    checkpoints.read_average(checkpoint, generator)
    return generator.to(pick_device()).eval().requires_grad_(False)
