"""Image files as a Hugging Face data set holds them: in its tables, in zips, or beside both."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError


@dataclass(frozen=True)
class EncodedImages(Sequence):
    """The names and encoded bytes of a data set's images, each read when it is asked for.

    `rows` is a `datasets.Dataset` of the one column, mapped into memory from its files: the whole
    is pickled as their paths, in a few kilobytes.
    """

    name: str
    rows: Any
    column: str

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[str, bytes]:
        """Read one image: its name, unlike all others', and its bytes, none where it is missing."""
        row = self.rows[index][self.column] or {}
        inner, _, archive = (row.get("path") or "").partition("::")  # zip://INNER::ARCHIVE
        data = row.get("bytes")
        if data is None:
            data = read_member(archive, inner) if archive else read_file(inner)
        number = f"{index % len(self.rows):06d}"
        return f"{number}-{PurePosixPath(inner).name}" if inner else f"{self.name}-{number}", data


def read_file(path: str) -> bytes:
    """Read a file; one that is missing has no bytes, and the audit calls that unreadable."""
    return Path(path).read_bytes() if os.path.isfile(path) else b""


def read_member(archive: str, inner: str) -> bytes:
    """Read a file inside a zip; one that is missing or broken has no bytes either."""
    try:
        return opened(archive, os.getpid()).read(inner.removeprefix("zip://"))
    except (OSError, KeyError, BadZipFile, ZlibError):
        return b""


@lru_cache(maxsize=8)
def opened(archive: str, process: int) -> ZipFile:
    """Open a zip and keep it open; a forked process opens its own, since both would seek in one."""
    return ZipFile(archive)
