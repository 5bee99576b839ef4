"""One sitting of a run: what is noted, evaluated, saved and shown while it trains."""

import os
import platform
import time
from dataclasses import asdict
from datetime import UTC, datetime

import torch
from tqdm.auto import tqdm

import covers_lib
from covers_lib import kid, progress, trackers
from covers_lib.guard import Guard
from covers_lib.hooks import Hook, bar_hook, checkpoint_hook, evaluation_hook, rows_hook
from covers_lib.networks import device_of
from covers_lib.pack import Pack
from covers_lib.run_folder import Run
from covers_lib.training import GAN


class Session:
    """One sitting of a run: from a checkpoint, or the start, until it is done or stopped.

    Derived in: book/03_dcgan
    """

    def __init__(self, run: Run, gan: GAN):
        self.run, self.gan, self.accelerator = run, gan, gan.accelerator
        self.seconds_before = run.restore(gan)
        self.resumed_from = gan.step
        self.start = time.perf_counter()
        self.guard = Guard(run.path / "checkpoints")
        if self.accelerator.is_main_process:
            run.forget_after(gan.step)
            run.name_best()

    def lasted(self) -> float:
        """Seconds of this sitting."""
        return time.perf_counter() - self.start

    def seconds(self) -> float:
        """Seconds of the run so far, all sittings together."""
        return self.seconds_before + self.lasted()

    @property
    def images_per_step(self) -> int:
        """Real covers that the discriminator sees in one step of the generator."""
        return self.gan.recipe.n_critic * self.gan.recipe.batch

    def bar(self, shown: bool) -> tqdm:
        """Give the progress bar, which only the main process shows."""
        recipe = self.gan.recipe
        options = {"total": recipe.steps, "initial": self.gan.step, "desc": recipe.name}
        return progress.bar(
            None, shown and self.accelerator.is_main_process, unit="step", **options
        )

    def keep(self, pack: Pack, evaluate_every: int, shown: tqdm) -> list[Hook]:
        """Give the hooks that write: the main process's alone."""
        if not self.accelerator.is_main_process:
            return []
        hooks = [rows_hook(self.note, self.seconds)]
        if evaluate_every:
            self.measure = kid.judge(pack, self.gan.recipe.latent)
            hooks.append(evaluation_hook(evaluate_every, self.evaluate))
        return [*hooks, checkpoint_hook(self.save), bar_hook(shown, self.images_per_step)]

    def note(self, row: dict[str, float]) -> None:
        """Note a row in the history, and give it to the tracker."""
        self.run.note(row)
        trackers.log(self.accelerator, row)

    def save(self, gan: GAN) -> None:
        """Save a checkpoint, if training has not broken down."""
        self.guard.check(gan)
        self.run.save(gan, self.seconds())

    def evaluate(self, gan: GAN) -> None:
        """Note the KID; keep the checkpoint if it is the best so far."""
        self.guard.check(gan)
        value = self.measure(gan.average.module)
        self.note({"step": gan.step, "seconds": round(self.seconds(), 2), "kid": round(value, 6)})
        if value < self.run.best_kid:
            self.save(gan)
            self.run.name_best()

    def end(self) -> None:
        """Save the last checkpoint, and how the run went."""
        if self.accelerator.is_main_process:
            self.save(self.gan)
            self.run.write_record(self.record())

    def record(self) -> dict:
        """Tell how the run went, for people and for tests that recompute it."""
        images, seconds = self.gan.step * self.images_per_step, self.seconds()
        return {
            "recipe": asdict(self.gan.recipe),
            "pack": self.run.pack_digest,
            "steps": self.gan.step,
            "images": images,  # real covers that the discriminator saw
            "seconds": round(seconds, 1),
            "images_per_second": round(images / seconds, 1),
            "resumed_from": self.resumed_from,
            "date": datetime.now(UTC).date().isoformat(),
            "device": str(device_of(self.gan.generator)),
            "processes": self.accelerator.num_processes,
            "threads": torch.get_num_threads(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "covers_lib": covers_lib.__version__,
            },
        }
