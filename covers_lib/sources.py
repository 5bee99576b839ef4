"""Where covers come from: a folder of image files, or covers drawn by code."""

import os
import random
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import platformdirs
from PIL import Image

from covers_lib import synthetic
from covers_lib.errors import InputError

# A picture of more pixels than this takes a gigabyte to decode: a mistake, or a trap.
MAX_PIXELS = 100_000_000


class Item(Protocol):
    """One cover that a source offers: its name, and how to open it near a wanted size."""

    name: str

    def open(self, size: int) -> Image.Image:
        """Open the picture, at `size` pixels or more where the source has them."""

    def factors(self) -> dict[str, str]:
        """Tell what the picture was drawn from, where that is known."""


@dataclass(frozen=True)
class FileItem:
    """An image file, named by its path inside the source's folder.

    Derived in: book/02_preprocessing
    """

    name: str
    path: Path

    def open(self, size: int) -> Image.Image:
        """Open the file; a JPEG is decoded near twice `size`, which is four times as fast.

        Raises what PIL raises for a file that is no image, or a broken one.

        Derived in: book/02_preprocessing
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the audit checks it
            image = Image.open(self.path)
        image.original_size = image.size
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        image.draft("RGB", (2 * size, 2 * size))
        return image

    def factors(self) -> dict[str, str]:
        """Give nothing: nobody knows what a found cover was drawn from."""
        return {}


@dataclass(frozen=True)
class SyntheticItem:
    """A cover drawn by `covers_lib.synthetic`.

    Derived in: book/01_why_album_covers
    """

    index: int
    seed: int

    @property
    def name(self) -> str:
        return f"synthetic-{self.seed}-{self.index:06d}"

    def open(self, size: int) -> Image.Image:
        """Draw the cover at `size` pixels.

        Derived in: book/01_why_album_covers
        """
        return Image.fromarray(synthetic.draw(self.index, self.seed, size))

    def factors(self) -> dict[str, str]:
        """Give the cover's factors: layout, palette, lettering, texture."""
        return asdict(synthetic.factors(self.index, self.seed))


def open_source(spec: str, n: int | None = None, seed: int = 0) -> Sequence[Item]:
    """List the covers that `spec` names: `synthetic`, or the path of a folder.

    A folder is searched through with its sub-folders, and every file in it is listed, so that the
    audit can say of each what became of it; `n` keeps that many of them, chosen by `seed`.
    `synthetic` gives `n` covers (default 10,000) of that seed.

    Raises `InputError` for a folder that is missing or empty, or `n` below 1.

    Derived in: book/02_preprocessing
    """
    if n is not None and n < 1:
        raise InputError(f"--n must be 1 or more, not {n}")
    if spec == "synthetic":
        return [SyntheticItem(index, seed) for index in range(n or 10_000)]
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        raise InputError(f"there is no folder {spec}: give a folder of images, or `synthetic`")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise InputError(f"the folder {spec} is empty: give a folder that holds images")
    if n is not None and n < len(paths):
        paths = sorted(random.Random(seed).sample(paths, n))
    return [FileItem(path.relative_to(folder).as_posix(), path) for path in paths]


def home() -> Path:
    """Give the folder where data is kept: `COVERS_HOME`, else the platform's cache folder.

    Derived in: book/02_preprocessing
    """
    chosen = os.environ.get("COVERS_HOME")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("album-covers-gan")
