"""Training in slices of CPU time, which any later call goes on with.

On a free core the CPU time of one thread is wall-clock time; on a busy machine it still tells how
much was computed.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from covers_lib import training
from covers_lib.pack import Pack, batches
from covers_lib.recipes import Recipe
from covers_lib.run_folder import Run, open_run

CLOCK = "CPU time of training, one thread"
Look = Callable[[Run, training.GAN, training.Metrics, float], None]


def train(
    recipe: Recipe, pack: Pack, folder: Path, seconds: float, every: float, look: Look
) -> Run:
    """Train, or go on training, until a run has had so many seconds of CPU time.

    Every so many of them, and at the end, `look(run, gan, metrics, seconds)` notes what it wants in
    the run's history, and a checkpoint is written. Neither counts as training.
    """
    run = open_run(folder, recipe, pack)
    gan = training.build(recipe)
    before = run.restore(gan)  # seconds
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        for group in optimizer.param_groups:
            group["lr"] = recipe.lr  # a checkpoint brings the rate that it was trained at
    run.forget_after(gan.step)
    start, due = time.process_time(), min(before - before % every + every, seconds)

    def spent() -> float:
        return before + time.process_time() - start

    def hook(gan: training.GAN, metrics: training.Metrics) -> bool:
        nonlocal start, due
        if (now := spent()) >= due:
            look(run, gan, metrics, now)
            run.save(gan, now)
            print(f"{folder.name}: {json.dumps(run.history[-1])}", flush=True)
            due = min(due + every, seconds)
            start += spent() - now
        return now >= seconds

    if before < seconds:
        training.train(gan, batches(pack, recipe.batch, recipe.seed), recipe.steps, [hook])
    return run
