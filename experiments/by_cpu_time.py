"""Training in slices of CPU time, which any later call goes on with.

On a free core the CPU time of one thread is wall-clock time; on a busy machine it still tells how
much was computed.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from covers_lib.data.pack import Pack, batches
from covers_lib.gan import training
from covers_lib.gan.recipes import Recipe
from covers_lib.gan.training import GAN, Metrics
from covers_lib.runs.folder import Run, open_run

CLOCK = "CPU time of training, one thread"
Look = Callable[[Run, GAN, Metrics, float], None]


class Clock:
    """The CPU time of this process since it was made, less what passed while it was stopped."""

    def __init__(self, before: float = 0.0):
        self.start = time.process_time() - before

    def seconds(self) -> float:
        """Return the seconds so far."""
        return time.process_time() - self.start

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the clock for what is no training: measuring, saving."""
        begin = time.process_time()
        yield
        self.start += time.process_time() - begin


def train(
    recipe: Recipe, pack: Pack, folder: Path, seconds: float, every: float, look: Look
) -> Run:
    """Train, or go on training, until a run has had so many seconds of CPU time.

    Every so many of them, and at the end, `look(run, gan, metrics, seconds)` notes what it wants in
    the run's history, and a checkpoint is written. Neither counts as training.
    """
    run = open_run(folder, recipe, pack)
    gan = training.build(recipe)
    clock = Clock(run.restore(gan))
    rates = {gan.g_optimizer: recipe.lr, gan.d_optimizer: recipe.d_lr or recipe.lr}
    for optimizer, rate in rates.items():
        for group in optimizer.param_groups:
            group["lr"] = rate  # a checkpoint brings the rate that it was trained at
    run.forget_after(gan.step)
    before = clock.seconds()
    due = min(before - before % every + every, seconds)

    def hook(gan: GAN, metrics: Metrics) -> bool:
        nonlocal due
        if (now := clock.seconds()) >= due:
            with clock.stopped():
                look(run, gan, metrics, now)
                run.save(gan, now)
                print(f"{folder.name}: {json.dumps(run.history[-1])}", flush=True)
            due = min(due + every, seconds)
        return now >= seconds

    if before < seconds:
        training.train(gan, batches(pack, recipe.batch, recipe.seed), recipe.steps, [hook])
    return run


def at_steps_and_time(
    steps: int, seconds: float, judge: Callable[[GAN, float], None]
) -> Callable[[GAN, Metrics], bool]:
    """Make a hook that ends training after so many steps and so much processor time, both.

    `judge` sees the GAN and the seconds that it trained, after the steps and, if that is later, at
    the end. Judging is not timed.
    """
    clock = Clock()

    def watch(gan: GAN, metrics: Metrics) -> bool:
        now = clock.seconds()
        done = gan.step >= steps and now >= seconds
        if done or gan.step == steps:
            with clock.stopped():
                judge(gan, now)
        return done

    return watch
