"""Experiment trackers, such as TensorBoard: Accelerate knows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accelerate import Accelerator
from accelerate.tracking import filter_trackers, get_available_trackers
from accelerate.utils import LoggerType

from covers_lib.errors import InputError

NAMES = tuple(name for name in LoggerType.list() if name != "all")
NOT_MEASURES = ("step", "seconds")


def check(name: str | None) -> None:
    """Raise `InputError` for a tracker's name that is none, or where its package is missing."""
    if name is not None and name not in NAMES:
        raise InputError(f"there is no tracker {name}: choose one of {', '.join(NAMES)}")
    if name is not None and name not in map(str, get_available_trackers()):
        package = name.replace("_", "-")
        raise InputError(f"the tracker {name} is not installed: pip install {package}")


@contextmanager
def tracking(
    accelerator: Accelerator, name: str | None, project: str, logs: Path, step: int
) -> Iterator[None]:
    """Track with a tracker, or with none; one that keeps files keeps them in `logs`.

    Derived in: book/03_dcgan
    """
    if name is None:
        yield
        return
    accelerator.project_configuration.logging_dir = str(logs)
    accelerator.log_with = filter_trackers([name], logs)
    # What an earlier part of the run has logged after the checkpoint is drawn no more.
    accelerator.init_trackers(project, init_kwargs={"tensorboard": {"purge_step": step + 1}})
    try:
        yield
    finally:  # not accelerator.end_training, which parts the processes
        for tracker in accelerator.trackers:
            tracker.finish()
        accelerator.trackers = []


def log(accelerator: Accelerator, row: dict[str, float]) -> None:
    """Give a row of history to the trackers, if there are any.

    Derived in: book/03_dcgan
    """
    values = {name: value for name, value in row.items() if name not in NOT_MEASURES}
    accelerator.log(values, step=row["step"])
