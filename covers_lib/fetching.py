"""What every download needs: a place, room on the disk, its library, and quiet."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from logging import CRITICAL, getLogger
from pathlib import Path
from types import ModuleType

import platformdirs

from covers_lib.errors import InputError


def home() -> Path:
    """Tell where data lies: `COVERS_HOME`, or else the platform's cache folder.

    Derived in: book/02_preprocessing
    """
    chosen = os.environ.get("COVERS_HOME")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("album-covers-gan")


def library(name: str, hub: str) -> ModuleType:
    """Import a hub's client, which is an optional part of covers-lib.

    Raises `InputError` if it is not installed.

    Derived in: book/02_preprocessing
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise InputError(
            f"to fetch from {hub}, install {name}: pip install 'covers-lib[hubs]'"
        ) from None


def check_room(
    what: str, needed: int, place: Path, advice: str = "point COVERS_HOME to a larger disk"
) -> None:
    """Raise `InputError` if the disk of `place` has less room than `needed` bytes.

    Derived in: book/02_preprocessing
    """
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise InputError(
            f"{what} needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free in {place}:"
            f" free some space, or {advice}"
        )


def size_of(folder: Path) -> int:
    """Add up the bytes of all files in a folder, which need not exist.

    Derived in: book/02_preprocessing
    """
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Set an environment variable for a while.

    Derived in: book/02_preprocessing
    """
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


@contextmanager
def setting(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Change a module's setting for a while.

    Derived in: book/02_preprocessing
    """
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextmanager
def hushed(*loggers: str) -> Iterator[None]:
    """Mute what hubs' clients print and log, all but their bars; with `TQDM_DISABLE` those, too.

    Derived in: book/02_preprocessing
    """
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(StringIO()))
        if "TQDM_DISABLE" in os.environ:
            stack.enter_context(redirect_stderr(StringIO()))
        for logger in map(getLogger, loggers):
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(CRITICAL)
        yield
