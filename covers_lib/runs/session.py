"""One session of a run: what is noted, measured, saved and shown while it trains."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import torch

from covers_lib import progress, provenance
from covers_lib.data.pack import Pack
from covers_lib.gan.devices import device_of
from covers_lib.gan.training import GAN, Metrics
from covers_lib.runs import checkpoints, monitor
from covers_lib.runs.folder import Run
from covers_lib.runs.hooks import Guard

NOTED_EVERY = 10  # steps: to look at a loss, the processor waits for an accelerator


class Session:
    """A session of a run: from its last checkpoint, or the start, until it is done or stopped.

    A hook, called after every step: it notes losses, measures KID every `evaluate_every` steps (0
    measures nothing), saves a checkpoint each minute, moves the progress bar, and stops the run
    when `minutes` are over. Of several processes, only the main one writes.
    """

    def __init__(
        self,
        run: Run,
        gan: GAN,
        pack: Pack,
        minutes: float | None = None,
        evaluate_every: int = 0,
    ):
        self.run, self.gan = run, gan
        self.main = gan.accelerator.is_main_process
        self.seconds_before = run.restore(gan)
        self.resumed_from = gan.step
        self.start = self.saved = time.perf_counter()
        self.last = None if minutes is None else self.start + 60 * minutes
        self.evaluate_every = evaluate_every
        self.guard = Guard(run.path / "checkpoints")
        self.images = gan.recipe.n_critic * gan.recipe.batch  # real covers a generator step
        if self.main:
            run.forget_after(gan.step)
            run.name_best()
            if evaluate_every:
                self.kid = monitor.kid_of(pack, gan.recipe.latent)

    def __call__(self, gan: GAN, metrics: Metrics) -> bool:
        if self.main:
            self.note_losses(metrics)
            if self.evaluate_every and gan.step % self.evaluate_every == 0:
                self.evaluate()
            if time.perf_counter() - self.saved > checkpoints.SECONDS:
                self.save()
            self.move_bar(metrics)
        return self.last is not None and time.perf_counter() > self.last

    @contextmanager
    def shown(self, wanted: bool) -> Iterator[None]:
        """Show a progress bar, in the main process alone, while the `with` block runs."""
        recipe = self.gan.recipe
        options = {"total": recipe.steps, "initial": self.gan.step, "desc": recipe.name}
        with progress.bar(None, wanted and self.main, unit="step", **options) as self.bar:
            yield

    def seconds(self) -> float:
        """Return the seconds of the run so far, all sessions together."""
        return self.seconds_before + time.perf_counter() - self.start

    def note(self, values: dict[str, float]) -> None:
        """Note a row of values in the history, and give it to the tracker."""
        row = {"step": self.gan.step, "seconds": round(self.seconds(), 2)}
        row |= {name: round(value, 6) for name, value in values.items()}
        self.run.note(row)
        monitor.log_row(self.gan.accelerator, row)

    def note_losses(self, metrics: Metrics) -> None:
        """Note the losses of the first step, and of every tenth."""
        if self.gan.step % NOTED_EVERY == 0 or self.gan.step == 1:
            self.note({name: value.item() for name, value in metrics.items()})

    def evaluate(self) -> None:
        """Note the KID; keep the checkpoint if it is the best so far."""
        self.guard.check(self.gan)
        value = self.kid(self.gan.average.module)
        self.note({"kid": value})
        if value < self.run.best_kid:
            self.save()
            self.run.name_best()

    def save(self) -> None:
        """Save a checkpoint, if training has not broken down."""
        self.guard.check(self.gan)
        self.run.save(self.gan, self.seconds())
        self.saved = time.perf_counter()

    def move_bar(self, metrics: Metrics) -> None:
        """Move the progress bar, and show losses and covers a second."""
        self.bar.update()
        if self.gan.step % NOTED_EVERY == 0 and not self.bar.disable:
            rate = self.bar.format_dict["rate"] or 0
            losses = {"D": f"{metrics['d_loss']:.2f}", "G": f"{metrics['g_loss']:.2f}"}
            self.bar.set_postfix({"covers/s": f"{rate * self.images:.0f}", **losses}, refresh=False)

    def end(self) -> None:
        """Save the last checkpoint, and how the run went."""
        if self.main:
            self.save()
            self.run.write_record(self.record())

    def record(self) -> dict:
        """Return how the run went, for people and for tests that recompute it."""
        images, seconds = self.gan.step * self.images, self.seconds()
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
            "processes": self.gan.accelerator.num_processes,
            "threads": torch.get_num_threads(),
            "machine": provenance.machine(),
            "versions": provenance.versions(),
        }
