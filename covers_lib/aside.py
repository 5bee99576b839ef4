"""A folder written aside and renamed when it is whole, so that no half of it is ever seen."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


@contextmanager
def folder(out: Path) -> Iterator[Path]:
    """Give a new folder beside `out`, which takes `out`'s name when the block ends well.

    What was at `out` stays until then, and stays if the block fails. Whatever a process that was
    killed has left beside `out` is removed. Several processes may do this at once: each writes its
    own folder, and the last to end is what stays.

    Derived in: book/02_preprocessing
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    clear(out)
    aside = out.with_name(f".{out.name}.part-{socket.gethostname()}-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)  # of an earlier process with our number
    aside.mkdir()
    try:
        yield aside
        take_place(aside, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def take_place(aside: Path, out: Path) -> None:
    """Rename `aside` to `out`; what was at `out` goes, once the new folder is there."""
    old = aside.with_name(aside.name.replace(".part-", ".old-"))
    while True:
        with suppress(FileNotFoundError):
            os.rename(out, old)
        try:
            os.rename(aside, out)
            break
        except OSError:  # another process has put its own there in between: replace that too
            if not out.exists():
                raise
            shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def clear(out: Path) -> None:
    """Remove what processes of this machine that no longer run have left beside `out`.

    A process killed between the two renames has left `out`'s former content: it gets its name back.
    """
    for kind in ("old", "part"):
        for left in out.parent.glob(f".{out.name}.{kind}-{socket.gethostname()}-*"):
            pid = left.name.rpartition("-")[2]
            if not pid.isdigit() or psutil.pid_exists(int(pid)):
                continue
            if kind == "old" and not out.exists():
                os.rename(left, out)
            shutil.rmtree(left, ignore_errors=True)
