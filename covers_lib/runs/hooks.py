"""What hooks into the training loop: snapshots, a guard, a clean stop, all processes as one."""

import math
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor

from covers_lib.errors import InputError
from covers_lib.gan.sampling import generate
from covers_lib.gan.training import GAN, Metrics
from covers_lib.runs import checkpoints

GO_ON, STOP, FAILED = 0, 1, 2

Hook = Callable[[GAN, Metrics], bool | None]


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """Turn Ctrl-C and a terminate signal into an event that is looked at between steps."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped  # signals are the main thread's
        return
    caught = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stopped.set()) for number in caught]
    try:
        yield stopped
    finally:
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)


def agree(accelerator: Accelerator, do: Callable[[], bool | None]) -> bool:
    """Do something in every process; all of them learn whether one wants to stop, or has failed.

    Raises what it raised here, or an `InputError` that says what it raised in another process.
    """
    if accelerator.num_processes == 1:
        return bool(do())
    failure, stop = None, False
    try:
        stop = bool(do())
    except Exception as error:  # the others would wait for this process for ever
        failure = error
    flag = torch.tensor([FAILED if failure else int(stop)], device=accelerator.device)
    verdict = accelerator.gather(flag).max().item()
    if verdict == FAILED:
        said = [text for text in gather_object([str(failure or "")]) if text]
        raise failure or InputError(*said[:1])
    return verdict == STOP


def in_turn(hooks: Iterable[Hook], accelerator: Accelerator) -> Hook:
    """Make one hook of several: every one sees every step, and all processes stop on the same."""

    def every(gan: GAN, metrics: Metrics) -> bool:
        return agree(accelerator, lambda: any([hook(gan, metrics) for hook in hooks]))

    return every


class Snapshots(dict):
    """Keep the averaged generator's covers of fixed latents at some steps, to see them evolve.

    A hook that is a dict: step to (N, 3, size, size) float32 in [-1, 1].

    Derived in: book/03_dcgan
    """

    def __init__(self, z: Tensor, steps: Iterable[int]):
        super().__init__()
        self.z, self.steps = z, set(steps)

    def __call__(self, gan: GAN, metrics: Metrics) -> None:
        if gan.step in self.steps:
            self[gan.step] = generate(gan.average.module, self.z)


LOOK_EVERY = 10  # steps: to look at a loss, the processor waits for an accelerator
LOSS_LIMIT = 1e6


class Guard:
    """A hook that stops a run whose losses are not finite, or beyond a million.

    It looks every ten steps; `check` looks now, at the weights too, and is called before each
    checkpoint, so that none is written of a run that has broken down. `folder` is where the
    checkpoints are.

    Raises `InputError` that says what happened and what to try.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.metrics: Metrics = {}

    def __call__(self, gan: GAN, metrics: Metrics) -> None:
        self.metrics = metrics
        if gan.step % LOOK_EVERY == 0 or gan.step == 1:
            self.look(gan)

    def look(self, gan: GAN) -> None:
        """Look at the losses of the last step."""
        for name, value in self.metrics.items():
            if not abs(loss := value.item()) <= LOSS_LIMIT:  # a NaN is not, either
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
