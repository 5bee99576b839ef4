"""What hooks into the training loop: rows, evaluations, checkpoints, the bar, a clean stop."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor
from tqdm.auto import tqdm

from covers_lib.errors import InputError
from covers_lib.networks import generate
from covers_lib.training import GAN, Metrics

CHECKPOINT_SECONDS = 60.0
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


def together(accelerator: Accelerator, do: Callable[[], bool | None]) -> bool:
    """Do something in every process; all of them learn whether one wants to stop, or has failed.

    Raises what it raised here, or an `InputError` that says what it raised in another process.

    Derived in: book/03_dcgan
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
        return together(accelerator, lambda: any([hook(gan, metrics) for hook in hooks]))

    return every


def rows_hook(note: Callable[[dict], None], seconds: Callable[[], float]) -> Hook:
    """Note a row of losses every ten steps."""

    def hook(gan: GAN, metrics: Metrics) -> None:
        if gan.step % 10 == 0 or gan.step == 1:
            row = {name: round(value.item(), 6) for name, value in metrics.items()}
            note({"step": gan.step, "seconds": round(seconds(), 2), **row})

    return hook


def checkpoint_hook(save: Callable[[GAN], None]) -> Hook:
    """Save a checkpoint every minute."""
    last = time.perf_counter()

    def hook(gan: GAN, metrics: Metrics) -> None:
        nonlocal last
        if time.perf_counter() - last > CHECKPOINT_SECONDS:
            save(gan)
            last = time.perf_counter()

    return hook


def evaluation_hook(every: int, evaluate: Callable[[GAN], None]) -> Hook:
    """Evaluate every so many steps."""

    def hook(gan: GAN, metrics: Metrics) -> None:
        if gan.step % every == 0:
            evaluate(gan)

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


def bar_hook(bar: tqdm, images: int) -> Hook:
    """Move a progress bar; show the losses, and `images` covers a step as covers a second."""

    def hook(gan: GAN, metrics: Metrics) -> None:
        bar.update()
        if gan.step % 10 == 0 and not bar.disable:
            rate = bar.format_dict["rate"] or 0
            losses = {"D": f"{metrics['d_loss']:.2f}", "G": f"{metrics['g_loss']:.2f}"}
            bar.set_postfix({"covers/s": f"{rate * images:.0f}", **losses}, refresh=False)

    return hook
