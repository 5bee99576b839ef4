"""Files that are there whole or not at all, and how a full disk is known."""

import errno
import os
from contextlib import suppress
from pathlib import Path

# No room on the device, in the person's quota, or under a limit on the size of a file.
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def is_full(error: OSError) -> bool:
    """Tell whether an error says that there is no room left.

    Derived in: book/03_dcgan
    """
    return error.errno in FULL


def write(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there whole, or as it was.

    Give the bytes of weights rather than let their library write them: on a full disk safetensors
    raises a `SafetensorError` and `torch.save` a `RuntimeError`, and neither says why; `OSError`
    does.

    Raises `OSError`, of which `is_full` tells a full disk.

    Derived in: book/03_dcgan
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        with open(aside, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())  # some disks say only here that they are full
        os.replace(aside, path)
    except BaseException:
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
