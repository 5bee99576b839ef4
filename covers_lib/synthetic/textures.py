"""What covers are printed on: clean stock, film grain, paper, a poor press, and years of wear."""

from functools import lru_cache

import numpy as np
from PIL import Image

TEXTURES: tuple[str, ...] = ("clean", "grain", "paper", "print", "worn")
_BOX, _SOFT = Image.Resampling.BOX, Image.Resampling.BICUBIC


@lru_cache(maxsize=1)
def _speckle():
    """Return a sheet of noise that all covers cut theirs from: drawing it anew takes longer."""
    return np.random.default_rng(0).standard_normal((1024, 1024), np.float32)


def _noise(rng, size, cells=256):
    """Return (size, size, 1) noise, drawn on a grid of one size and scaled as a photograph is."""
    top, left = rng.integers(1024 - cells, size=2)
    noise = Image.fromarray(_speckle()[top : top + cells, left : left + cells])
    return np.asarray(noise.resize((size, size), _BOX if cells >= size else _SOFT))[..., None]


def _grain(pixels, rng):
    size, strength = len(pixels), rng.uniform(5, 11)
    grain = _noise(rng, size) + 0.6 * _noise(rng, size, 128)
    # film shows its grain in the middle tones
    return pixels + grain * strength * (1.2 - abs(pixels - 128) / 160)


def _paper(pixels, rng):
    size = len(pixels)
    fibre = _noise(rng, size, 96) * 3 + _noise(rng, size) * 3 + _noise(rng, size, 5) * 3
    lift = rng.uniform(0.03, 0.1)  # uncoated stock has no true black
    return pixels * (1 - lift) + 225 * lift + fibre


def _print(pixels, rng):
    size = len(pixels)
    image, plates = Image.fromarray(pixels.astype(np.uint8)), []
    for plate in image.split():  # the plates of the three inks are not quite in register
        dx, dy = rng.uniform(0, 0.014, 2) * size
        zoom = (0.986, 0, dx, 0, 0.986, dy)  # so that a shifted plate still fills the cover
        plate = plate.transform(image.size, Image.Transform.AFFINE, zoom, Image.Resampling.BILINEAR)
        plates.append(np.asarray(plate, np.float32))
    return np.stack(plates, -1) * 0.93 + 12 + _noise(rng, size) * 5


def _worn(pixels, rng):
    size = len(pixels)
    y, x = np.mgrid[:size, :size].astype(np.float32) / (size - 1) - 0.5
    radius, width, strength = rng.uniform((0.42, 0.01, 0.1), (0.465, 0.022, 0.3))
    patches = (0.5 + 0.5 * _noise(rng, size, 12) + 0.2 * _noise(rng, size)).clip(0, 1)
    ring = np.exp(-(((np.hypot(x, y) - radius) / width) ** 2)) * strength
    rim = 0.5 - np.maximum(abs(x), abs(y))
    corner = np.hypot(0.5 - abs(x), 0.5 - abs(y)) / 0.05
    worn = np.exp(-rim / 0.004) * 0.5 + np.exp(-(corner**2)) * 0.5
    rub = (ring + worn)[..., None] * patches
    return pixels + (224 - pixels) * rub.clip(0, 1)


_WAYS = {"grain": _grain, "paper": _paper, "print": _print, "worn": _worn}


def surface(image: Image.Image, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Print a picture on one of TEXTURES: uint8 (size, size, 3), 0 to 255."""
    pixels = np.asarray(image, np.float32)
    if kind != "clean":
        pixels = _WAYS[kind](pixels, rng)
    return pixels.clip(0, 255).astype(np.uint8)
