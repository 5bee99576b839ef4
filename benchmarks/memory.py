"""How packing grows: seconds, and the memory of each process, for more and more files.

COVERS_ORIGINALS names a folder of real files; they are packed again and again under new names, by
hard links, with the check for duplicates off.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from data import originals

from covers_lib.provenance import machine


def link(folder: Path, out: Path, n: int) -> None:
    """Fill `out` with `n` hard links to the files of `folder` (copies, on another disk)."""
    out.mkdir()
    files = sorted(folder.iterdir())
    for index in range(n):
        file = files[index % len(files)]
        target = out / f"{index:06}{file.suffix}"
        try:
            os.link(file, target)
        except OSError:
            target.symlink_to(file.resolve())


def peaks(process: subprocess.Popen) -> dict[int, int]:
    """Follow a process and its children until it ends; give each one's largest resident size."""
    most: dict[int, int] = {}
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            for one in [parent, *parent.children(recursive=True)]:
                most[one.pid] = max(most.get(one.pid, 0), one.memory_info().rss)
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.2)
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 20_000, 40_000, 80_000])
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    print(machine())
    print(f"{'files':>8} {'seconds':>8} {'files/s':>8}  MB of each process, at most")
    with tempfile.TemporaryDirectory() as scratch:
        folder = originals(Path(scratch))
        for n in options.files:
            source = Path(scratch) / f"links{n}"
            link(folder, source, n)
            command = [sys.executable, "-m", "covers_lib", "prepare", "--keep-duplicates"]
            command += ["--source", str(source), "--size", str(options.size)]
            start = time.perf_counter()
            process = subprocess.Popen(
                [*command, "--out", str(Path(scratch) / f"pack{n}")],
                stdout=subprocess.DEVNULL,
                env=os.environ | {"TQDM_DISABLE": "1"},
            )
            most = peaks(process)
            seconds = time.perf_counter() - start
            if process.returncode:
                sys.exit(process.returncode)
            memory = ", ".join(f"{rss / 1e6:.0f}" for rss in most.values())
            print(f"{n:>8,} {seconds:>8.1f} {n / seconds:>8.0f}  {memory}", flush=True)


if __name__ == "__main__":
    main()
