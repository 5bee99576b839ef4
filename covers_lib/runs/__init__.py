"""A run in its folder: trained, resumed, loaded."""

from covers_lib.runs.folder import Run
from covers_lib.runs.hooks import Snapshots
from covers_lib.runs.train import load_generator, train_run

__all__ = [
    "Run",
    "Snapshots",
    "load_generator",
    "train_run",
]
