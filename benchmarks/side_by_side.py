"""Ways to do the same thing, timed in turn in one process: medians, ranges and ratios."""

import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil
import torch

import covers_lib
from covers_lib.training import GAN, Metrics


def machine() -> str:
    """Describe the machine that the figures hold for."""
    cores = psutil.cpu_count(logical=False) or os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{processor()}, {os.cpu_count()} logical and {cores} physical cores, {memory:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__} "
        f"with {torch.get_num_threads()} thread(s); load {os.getloadavg()[0]:.1f}"
    )


def command() -> str:
    """Tell how this program was called, without the folders of this machine."""
    words = (Path(word).name if os.sep in word else word for word in sys.argv[1:])
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])


def versions() -> dict[str, str]:
    """Tell the versions that a record depends on."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "covers_lib": covers_lib.__version__,
    }


def how_made() -> dict:
    """Begin a record: the command, the date, the machine and the versions."""
    return {
        "command": command(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
    }


def at_steps_and_time(
    steps: int, seconds: float, judge: Callable[[GAN, float], None]
) -> Callable[[GAN, Metrics], bool]:
    """Make a hook that ends training after so many steps and so much processor time, both.

    `judge` sees the GAN and the seconds that it trained, after the steps and, if that is later, at
    the end. Judging is not timed.
    """
    begin = time.process_time()

    def watch(gan: GAN, metrics: Metrics) -> bool:
        nonlocal begin
        now = time.process_time()
        done = gan.step >= steps and now - begin >= seconds
        if done or gan.step == steps:
            judge(gan, now - begin)
            begin += time.process_time() - now
        return done

    return watch


def processor() -> str:
    """Name the processor, as Linux tells it; elsewhere what Python knows."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def compare(
    title: str, ways: dict[str, Callable[[], int]], rounds: int, processor: bool = False
) -> None:
    """Time each way once a round, and print images a second; ratios are to the first way.

    A way does its work and gives the number of images. The first round warms up and is not counted.
    With `processor`, the same follows for each second of this process's time, on all cores.
    """
    clocks = (time.perf_counter, time.process_time)
    rates: dict[str, list[list[float]]] = {name: [] for name in ways}
    for counted in range(-1, rounds):
        for name, way in ways.items():
            starts = [clock() for clock in clocks]
            images = way()
            both = [images / (clock() - start) for clock, start in zip(clocks, starts, strict=True)]
            if counted >= 0:
                rates[name].append(both)
    for place, second in enumerate(("second", "CPU-second")[: 1 + processor]):
        print(f"\n{title} (images a {second}; median of {rounds} rounds, in turn)")
        tell({name: [both[place] for both in values] for name, values in rates.items()})


def tell(rates: dict[str, list[float]]) -> None:
    """Print the rates of each way, and their ratios to the first way's of the same round."""
    first = next(iter(rates.values()))
    for name, values in rates.items():
        ratios = [value / base for value, base in zip(values, first, strict=True)]
        print(
            f"  {name:44} {median(values):>10,.3g}  [{min(values):,.3g} – {max(values):,.3g}]"
            f"   {median(ratios):>6.3g}×  [{min(ratios):.3g} – {max(ratios):.3g}]"
        )
