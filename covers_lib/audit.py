"""The audit: what is wrong with an image file, and how a cover becomes a square of pixels."""

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from covers_lib.sources import Item

MAX_RATIO = 2.0  # long side over short side: beyond it a square crop shows too little of a cover
MIN_DEVIATION = 2.0  # of pixel values in 0 … 255: below it a cover is blank


class LeftOut(Exception):
    """A cover is not packed; the message is the reason.

    Derived in: book/02_preprocessing
    """


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


def read_cover(item: Item, size: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Read one cover as (size, size, 3) uint8, with its original width and height.

    Raises `LeftOut` with the reason if it is no image, is broken, is shorter than `size`, is more
    than twice as long as wide, has too many pixels, or is blank.

    Derived in: book/02_preprocessing
    """
    try:
        image = item.open(size)
        original = getattr(image, "original_size", image.size)  # before a JPEG's draft decoding
        if min(original) < size:
            raise LeftOut("too small")
        if max(original) > MAX_RATIO * min(original):
            raise LeftOut("too long or narrow")
        pixels = np.asarray(square(to_rgb(image), size))
    except LeftOut:
        raise
    except UnidentifiedImageError:
        raise LeftOut("not an image") from None
    except Image.DecompressionBombError:
        raise LeftOut("too many pixels") from None
    except Exception:  # decoders of many formats raise errors of every kind for a broken file
        raise LeftOut("broken") from None
    if pixels.std() < MIN_DEVIATION:
        raise LeftOut("blank")
    return pixels, original
