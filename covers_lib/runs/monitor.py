"""Experiment trackers, such as TensorBoard: Accelerate knows them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from accelerate.tracking import filter_trackers, get_available_trackers
from accelerate.utils import LoggerType
from torch import nn

from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.evaluation.features import extract, of_pack
from covers_lib.evaluation.metrics import LEAST, kernel_distance, scaled
from covers_lib.gan import latents
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images

TRACKERS = tuple(name for name in LoggerType.list() if name != "all")
NOT_MEASURES = ("step", "seconds")


def check_tracker(name: str | None) -> None:
    """Raise `InputError` for a tracker's name that is none, or where its package is missing."""
    if name is not None and name not in TRACKERS:
        raise InputError(f"there is no tracker {name}: choose one of {', '.join(TRACKERS)}")
    if name is not None and name not in map(str, get_available_trackers()):
        package = '"covers-lib[trackers]"' if name == "tensorboard" else name.replace("_", "-")
        raise InputError(f"the tracker {name} is not installed: pip install {package}")


@contextmanager
def tracking(
    accelerator: Accelerator, name: str | None, project: str, logs: Path, step: int
) -> Iterator[None]:
    """Track with a tracker, or with none; one that keeps files keeps them in `logs`."""
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


def log_row(accelerator: Accelerator, row: dict[str, float]) -> None:
    """Log a row of history with the trackers, if there are any."""
    values = {name: value for name, value in row.items() if name not in NOT_MEASURES}
    accelerator.log(values, step=row["step"])


KID_COVERS = 250  # of each kind; KID has no bias, so that few will do
KID_SEED = 2_000  # of the latents, the same each time


def check_evaluations(pack: Pack, every: int) -> None:
    """Raise `InputError` if KID cannot be measured on a pack, every so many steps; 0 is never."""
    if every < 0:
        raise InputError(f"--evaluate-every must be 0 or more, not {every}")
    if every and len(pack.training) < LEAST:
        raise InputError(
            f"{pack.path} is too small to measure against: it has {len(pack.training)} training "
            f"covers, and KID needs {LEAST}; train without --evaluate-every"
        )


def kid_of(pack: Pack, latent: int) -> Callable[[nn.Module], float]:
    """Return a function from a generator to its KID against training covers of a pack.

    The real covers' features are computed once and kept. Nothing random of the training is touched.
    """
    places = np.random.default_rng(KID_SEED).permutation(pack.training)[:KID_COVERS]
    real = of_pack(pack, np.sort(places)).deep
    z = latents.sample(KID_COVERS, latent, KID_SEED)

    def measure(generator: nn.Module) -> float:
        fake = extract(to_images(generate(generator, z))).deep
        return kernel_distance(*scaled(real, fake))

    return measure
