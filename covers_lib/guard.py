"""A guard against training that breaks down: losses and weights that are no longer numbers."""

import math
from pathlib import Path

from covers_lib import checkpoints
from covers_lib.errors import InputError
from covers_lib.training import GAN, Metrics

EVERY = 10  # steps: to look at a loss, the processor waits for an accelerator
LIMIT = 1e6


class Guard:
    """A hook that stops a run whose losses are not finite, or beyond a million.

    It looks every ten steps; `check` looks now, at the weights too, and is called before each
    checkpoint, so that none is written of a run that has broken down. `folder` is where the
    checkpoints are.

    Raises `InputError` that says what happened and what to try.

    Derived in: book/05_wgan_gp
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.metrics: Metrics = {}

    def __call__(self, gan: GAN, metrics: Metrics) -> None:
        self.metrics = metrics
        if gan.step % EVERY == 0 or gan.step == 1:
            self.look(gan)

    def look(self, gan: GAN) -> None:
        """Look at the losses of the last step."""
        for name, value in self.metrics.items():
            if not abs(loss := value.item()) <= LIMIT:  # a NaN is not, either
                self.stop(gan, f"{name} is {loss if not math.isfinite(loss) else f'{loss:.1g}'}")

    def check(self, gan: GAN) -> None:
        """Look at the losses of the last step, and at all weights."""
        self.look(gan)
        if not checkpoints.is_finite(gan):
            self.stop(gan, "weights are not finite")

    def stop(self, gan: GAN, what: str) -> None:
        """Say what happened, and what to try."""
        raise InputError(
            f"training broke down at step {gan.step} ({what}); "
            f"{checkpoints.last_one(self.folder)}. A resumed run may well do so again: begin "
            f"another one with {remedies(gan)}"
        )


def remedies(gan: GAN) -> str:
    """Name the settings of a recipe that may help."""
    tries = ["a lower lr"]
    if any(gan.recipe.weights.values()):
        tries.append("a larger penalty")
    if gan.recipe.precision != "fp32":
        tries.append("precision fp32")
    return " or ".join(tries) if len(tries) < 3 else f"{', '.join(tries[:-1])} or {tries[-1]}"
