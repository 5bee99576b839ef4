"""The audit: what is wrong with an image file, and how a cover becomes a square of pixels."""

import hashlib
from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from covers_lib.data.sources import Item

__all__ = [
    "ALIKE_BITS",
    "MAX_RATIO",
    "MIN_DEVIATION",
    "SAME_BITS",
    "LeftOut",
    "read_cover",
    "square",
]

MAX_RATIO = 2.0  # long side over short side: beyond it a square crop shows too little of a cover
THUMB = 8  # pixels a side: enough to compare the colours of two covers
MIN_DEVIATION = 2.0  # of pixel values in 0 … 255: below it a cover is blank


class LeftOut(Exception):
    """A cover is not packed; the message is the reason.

    Derived in: book/02_preprocessing
    """


@dataclass(frozen=True)
class Cover:
    """One cover, ready to be packed.

    `pixels` is (size, size, 3) uint8; `width` and `height` are the file's own, in pixels; `digest`
    is the SHA-256 of the pixels, `phash` their perceptual hash of 64 bits, and `thumb` the cover
    averaged down to (8, 8, 3) uint8.
    """

    pixels: np.ndarray
    width: int
    height: int
    digest: str
    phash: int
    thumb: np.ndarray


def to_rgb(image: Image.Image) -> Image.Image:
    """Turn any picture upright, opaque, eight bits a channel and RGB; transparency becomes white.

    Derived in: book/02_preprocessing
    """
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits a pixel; PIL's own conversion clips at 255
        image = Image.fromarray((np.asarray(image) / 257).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def square(image: Image.Image, size: int) -> Image.Image:
    """Resize the short side to `size`, antialiased, and crop the middle square.

    Derived in: book/02_preprocessing
    """
    return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)


def read_cover(item: Item, size: int) -> Cover:
    """Read one cover, or say why it can't be used.

    Raises `LeftOut` with the reason: "unreadable" (no image is in it, or it can't be read),
    "too many pixels", "too small" (a side shorter than `size`), "too long or narrow" (more than
    twice as long as wide), "truncated" (it begins as an image, and breaks before its last pixel),
    or "blank".

    Derived in: book/02_preprocessing
    """
    try:
        image = item.open(size)
    except Image.DecompressionBombError:
        raise LeftOut("too many pixels") from None
    except UnidentifiedImageError:
        raise LeftOut("unreadable") from None
    except Exception as error:  # the system's errors have a number; decoders' have none
        raise LeftOut("unreadable" if getattr(error, "errno", None) else "truncated") from None
    with image:
        width, height = getattr(image, "original_size", image.size)  # before draft decoding
        if min(width, height) < size:
            raise LeftOut("too small")
        if max(width, height) > MAX_RATIO * min(width, height):
            raise LeftOut("too long or narrow")
        try:
            picture = square(to_rgb(image), size)
        except Exception:  # decoders raise errors of every kind for a broken file
            raise LeftOut("truncated") from None
    pixels = np.asarray(picture)
    if pixels.std() < MIN_DEVIATION:
        raise LeftOut("blank")
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    phash = int(str(imagehash.phash(picture)), 16)
    thumb = np.asarray(picture.resize((THUMB, THUMB), Image.Resampling.BOX))
    return Cover(pixels, width, height, digest, phash, thumb)


SAME_BITS = 4  # perceptual hashes of one picture, saved anew, differ in so many of 64 bits
ALIKE_BITS = 10  # the same picture cropped or framed, or a variant of it
SAME_COLOURS = 25.0  # of 255: the hash sees no colour, and a series is printed in several


class Seen:
    """The covers packed so far, to find earlier copies of the next one.

    `find` names an earlier cover that shows the same picture; `groups` tells which covers are much
    alike, so that no copy of a training cover is held out. Two covers are the same if their
    perceptual hashes (pHash, by ImageHash: which low frequencies are above their median)
    differ in `SAME_BITS` or fewer and their colours by `SAME_COLOURS` or less, root mean square.
    """

    def __init__(self, most: int):
        self.count = 0
        self.hashes = np.empty(most, np.uint64)
        self.thumbs = np.empty((most, THUMB, THUMB, 3), np.uint8)
        self.exact: dict[str, int] = {}
        self.leader = np.arange(most)  # each cover's group, named by the first cover in it

    def find(self, cover: Cover) -> int | None:
        """Return the index of an earlier cover that shows the same picture, if there is one."""
        if cover.digest in self.exact:
            return self.exact[cover.digest]
        close = self._within(cover, SAME_BITS)
        apart = self.thumbs[close].astype(np.float32) - cover.thumb
        same = close[np.sqrt((apart**2).mean((1, 2, 3))) <= SAME_COLOURS]
        return int(same[0]) if len(same) else None

    def add(self, cover: Cover) -> None:
        """Remember a cover under the next index."""
        index = self.count
        earlier = self.exact.setdefault(cover.digest, index)
        alike = self._within(cover, ALIKE_BITS) if earlier == index else [earlier]
        groups = {int(self.leader[other]) for other in alike}
        self.hashes[index], self.thumbs[index] = cover.phash, cover.thumb
        self.count += 1
        if groups:  # this cover joins them into one
            first = min(groups)
            self.leader[index] = first
            for group in groups - {first}:
                self.leader[: self.count][self.leader[: self.count] == group] = first

    def groups(self) -> np.ndarray:
        """Return each cover's group as the index of its first member, (N,) int."""
        return self.leader[: self.count]

    def _within(self, cover: Cover, bits: int) -> np.ndarray:
        apart = np.bitwise_count(self.hashes[: self.count] ^ np.uint64(cover.phash))
        return np.flatnonzero(apart <= bits)
