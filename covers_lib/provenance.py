"""Where a figure comes from: the command, the date, the machine and the versions."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import torch

import covers_lib


def how_made() -> dict:
    """Return how the running script makes a record: `command`, `date`, `machine`, `versions`."""
    return {
        "command": command(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
    }


def command() -> str:
    """Return how the running script was called, without the folders of this machine."""
    script = Path(sys.argv[0]).resolve()
    words = (Path(word).name if os.sep in word else word for word in sys.argv[1:])
    return " ".join(["python", f"{script.parent.name}/{script.name}", *words])


def machine() -> str:
    """Return the processor, cores, memory, system, threads and load, in one line."""
    cores = psutil.cpu_count(logical=False) or os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{processor()}, {os.cpu_count()} logical and {cores} physical cores, {memory:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__} "
        f"with {torch.get_num_threads()} thread(s); load {psutil.getloadavg()[0]:.1f}"
    )


def processor() -> str:
    """Return the processor's name, as Linux tells it; elsewhere what Python knows."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Return the versions that a record depends on: Python's, torch's and the library's."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "covers_lib": covers_lib.__version__,
    }
