"""Files that are there whole or not at all, whether one has a place, how a full disk is known."""

import errno
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
import psutil

from covers_lib.errors import InputError

# No room on the device, in the person's quota, or under a limit on the size of a file.
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def is_full(error: OSError) -> bool:
    """Return whether an error says that there is no room left."""
    return error.errno in FULL


def check_place(path: Path, option: str) -> None:
    """Raise `InputError` unless a file can be written at `path`, which an `option` has named.

    Ask before long work, whose result would have no place.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder: give {option} the name of a file")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot write {path}: {folder} is no folder that you may write in")


def write(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there whole, or as it was.

    Give the bytes of weights rather than let their library write them: on a full disk safetensors
    raises a `SafetensorError` and `torch.save` a `RuntimeError`, and neither says why; `OSError`
    does.

    Raises `OSError`, of which `is_full` tells a full disk.
    """
    write_all({path: content})


def write_all(files: Mapping[Path, bytes | str]) -> None:
    """Write files that belong together so that all are there whole, or all as they were.

    Raises `OSError`, of which `is_full` tells a full disk.
    """
    asides = {path: path.with_name(f".{path.name}.part") for path in files}
    try:
        for path, content in files.items():
            with open(asides[path], "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())  # some disks say only here that they are full
        for path, aside in asides.items():
            os.replace(aside, path)
    except BaseException:
        for aside in asides.values():
            aside.unlink(missing_ok=True)
        raise


def append(path: Path, line: str) -> None:
    """Append a line to a file, or leave the file as it was.

    Raises `OSError`, of which `is_full` tells a full disk.

    Derived in: book/03_dcgan
    """
    size = path.stat().st_size if path.exists() else 0
    try:
        with open(path, "ab") as file:
            file.write(line.encode() + b"\n")
    except OSError:
        with suppress(OSError):
            os.truncate(path, size)
        raise


def home() -> Path:
    """Return where data lies: `COVERS_HOME`, or else the platform's cache folder."""
    chosen = os.environ.get("COVERS_HOME")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("album-covers-gan")


def check_room(
    what: str, needed: int, place: Path, advice: str = "point COVERS_HOME to a larger disk"
) -> None:
    """Raise `InputError` if the disk of `place` has less room than `needed` bytes."""
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise InputError(
            f"{what} needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free in {place}:"
            f" free some space, or {advice}"
        )


@contextmanager
def write_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder beside `out`, which takes `out`'s name when the block ends well.

    What was at `out` stays until then, and stays if the block fails. Whatever a process that was
    killed has left beside `out` is removed. Several processes may do this at once: each writes its
    own folder, and the last to end is what stays.
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
