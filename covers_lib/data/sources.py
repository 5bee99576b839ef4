"""Where covers come from: a folder, Kaggle, Hugging Face, or drawn by code."""

import os
import random
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from covers_lib import synthetic
from covers_lib.data import hubs
from covers_lib.errors import InputError

# An LP sleeve scanned at 600 dots an inch has 52 million pixels. A picture of many more is a
# mistake or a trap: decoded, it takes a gigabyte.
MAX_PIXELS = 64_000_000


class Item(Protocol):
    """One cover that a source offers: its name, and how to open it near a wanted size."""

    @property
    def name(self) -> str:
        """Its name inside the source."""

    def open(self, size: int) -> Image.Image:
        """Open the picture, at `size` pixels or more where the source has them."""

    def factors(self) -> dict[str, str]:
        """Return what the picture was drawn from, where that is known."""


def open_image(file: Path | BinaryIO, size: int) -> Image.Image:
    """Open an image file; a JPEG is decoded near twice `size`, which is several times as fast.

    The picture's `original_size` is its width and height before that.

    Raises what PIL raises for a file that is no image, and `Image.DecompressionBombError` for one
    of more than `MAX_PIXELS`.

    Derived in: book/02_preprocessing
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the audit reports what PIL would warn of
        image = Image.open(file)
    image.original_size = image.size  # type: ignore[attr-defined]  # ours
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    image.draft("RGB", (2 * size, 2 * size))
    return image


@dataclass(frozen=True)
class FileItem:
    """An image file: its name inside the source, and where it lies, or its bytes.

    Derived in: book/02_preprocessing
    """

    name: str
    file: Path | BinaryIO

    def open(self, size: int) -> Image.Image:
        """Open the file: see `open_image`.

        Derived in: book/02_preprocessing
        """
        return open_image(self.file, size)

    def factors(self) -> dict[str, str]:
        """Return nothing: nobody knows what a found cover was drawn from."""
        return {}


@dataclass(frozen=True)
class SyntheticItem:
    """A cover drawn by `covers_lib.synthetic`."""

    index: int
    seed: int

    @property
    def name(self) -> str:
        return f"synthetic-{self.seed}-{self.index:06d}"

    def open(self, size: int) -> Image.Image:
        """Draw the cover at `size` pixels."""
        return Image.fromarray(synthetic.draw(self.index, self.seed, size))

    def factors(self) -> dict[str, str]:
        """Return the cover's factors: layout, palette, motif, lettering, texture."""
        return asdict(synthetic.factors(self.index, self.seed))


class Files(Sequence):
    """The files of a folder and its sub-folders, in the order of their names.

    Only the names are kept, so that 80,000 files cost a few megabytes.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        # Dangling links are listed too: the audit reports them. Pipes and sockets would hang.
        self.names = sorted(
            os.path.relpath(entry, folder)
            for place, _, files in os.walk(folder)
            for entry in (os.path.join(place, file) for file in files)
            if os.path.isfile(entry) or not os.path.exists(entry)
        )

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> FileItem:
        path = self.folder / self.names[index]
        # A name that is not UTF-8 can be opened, but not written into a manifest as it is.
        name = os.fsencode(Path(self.names[index]).as_posix()).decode("utf-8", "backslashreplace")
        return FileItem(name, path)


class Encoded(Sequence):
    """The images of a Hugging Face data set, read from its files one at a time."""

    def __init__(self, images: Sequence[tuple[str, bytes]]):
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> FileItem:
        name, data = self.images[index]
        return FileItem(name, BytesIO(data))


class Chosen(Sequence):
    """Some items of a source, in their order."""

    def __init__(self, items: Sequence[Item], indices: list[int]):
        self.items, self.indices = items, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Item:
        return self.items[self.indices[index]]


def open_source(spec: str, n: int | None = None, seed: int = 0) -> Sequence[Item]:
    """List the covers that `spec` names.

    - `synthetic`: `n` covers (10,000 unless told) of that seed, drawn by code.
    - `kaggle`: the 80,000 covers of Kaggle's `greg115/album-covers-images`.
    - `hf:NAME`: the images of a Hugging Face data set.
    - anything else: a folder, searched through with its sub-folders. Every file in it is listed, so
      that the audit can say of each what became of it.

    Of the last three, `n` keeps that many, chosen by `seed`. Nothing is opened yet, but a data set
    that is not on this machine is downloaded first.

    Raises `InputError` for a folder that is missing or empty, a data set that can't be had, or `n`
    below 1.
    """
    if n is not None and n < 1:
        raise InputError(f"--n must be 1 or more, not {n}")
    if spec == "synthetic":
        return [SyntheticItem(index, seed) for index in range(n or 10_000)]
    items = found(spec)
    if n is None or n >= len(items):
        return items
    return Chosen(items, sorted(random.Random(seed).sample(range(len(items)), n)))


def found(spec: str) -> Sequence[Item]:
    """List the covers of a folder, or of a data set that is downloaded where it is missing."""
    if spec.startswith("hf:"):
        return Encoded(hubs.hugging_face(spec.removeprefix("hf:")))
    folder = hubs.kaggle() if spec == "kaggle" else Path(spec).expanduser()
    if not folder.is_dir():
        raise InputError(
            f"there is no folder {spec}: give one of images, or `synthetic`, `kaggle`, or `hf:NAME`"
        )
    items = Files(folder)
    if not items:
        raise InputError(f"the folder {spec} is empty: give a folder that holds images")
    return items
