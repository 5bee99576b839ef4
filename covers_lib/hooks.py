"""What hooks into the training loop: the history, checkpoints, the progress bar, a clean stop."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor
from tqdm.auto import tqdm

from covers_lib.networks import generate
from covers_lib.training import GAN, Metrics

CHECKPOINT_SECONDS = 60.0


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


def history_hook(path: Path, seconds: Callable[[], float]) -> Callable[[GAN, Metrics], None]:
    """Append a row of losses to the history every ten steps."""

    def hook(gan: GAN, metrics: Metrics) -> None:
        if gan.step % 10 and gan.step != 1:
            return
        row = {name: round(value.item(), 6) for name, value in metrics.items()}
        with open(path, "a") as file:
            file.write(json.dumps({"step": gan.step, "seconds": round(seconds(), 2), **row}) + "\n")

    return hook


def checkpoint_hook(save: Callable[[GAN], None]) -> Callable[[GAN, Metrics], None]:
    """Save a checkpoint every minute."""
    last = time.perf_counter()

    def hook(gan: GAN, metrics: Metrics) -> None:
        nonlocal last
        if time.perf_counter() - last > CHECKPOINT_SECONDS:
            save(gan)
            last = time.perf_counter()

    return hook


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


def bar_hook(bar: tqdm) -> Callable[[GAN, Metrics], None]:
    """Move a progress bar, with the losses every ten steps."""

    def hook(gan: GAN, metrics: Metrics) -> None:
        bar.update()
        if gan.step % 10 == 0:
            bar.set_postfix(D=f"{metrics['d_loss']:.2f}", G=f"{metrics['g_loss']:.2f}")

    return hook
