"""Files that are there whole or not at all, whether one has a place, how a full disk is known."""

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from covers_lib.errors import InputError

# No room on the device, in the person's quota, or under a limit on the size of a file.
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def is_full(error: OSError) -> bool:
    """Tell whether an error says that there is no room left.

    Derived in: book/03_dcgan
    """
    return error.errno in FULL


def check_place(path: Path, option: str) -> None:
    """Raise `InputError` unless a file can be written at `path`, which an `option` has named.

    Ask before long work, whose result would have no place.

    Derived in: book/06_interpolation
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

    Derived in: book/03_dcgan
    """
    write_all({path: content})


def write_all(files: Mapping[Path, bytes | str]) -> None:
    """Write files that belong together so that all are there whole, or all as they were.

    Raises `OSError`, of which `is_full` tells a full disk.

    Derived in: book/06_interpolation
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
