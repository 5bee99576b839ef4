"""What thousands of covers have in common: light, colour, where detail lies, main components."""

import numpy as np

from covers_lib.data.pack import Pack

__all__ = [
    "brightness",
    "contrast",
    "principal_components",
    "shrink",
    "summary",
]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # how bright the eye finds red, green and blue
SHARES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # of how many components `summary` tells
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CELLS = 8  # a side, of the map of detail


def luma(images: np.ndarray) -> np.ndarray:
    """Turn covers (N, H, W, 3) uint8 into their lightness, (N, H, W) float32 in [0, 1].

    The weights are those of ITU-R BT.601.
    """
    return images.astype(np.float32) @ LUMA / 255


def brightness(images: np.ndarray) -> np.ndarray:
    """Return each cover's mean lightness, (N,) in [0, 1].

    Derived in: book/01_why_album_covers
    """
    return luma(images).mean((1, 2))


def contrast(images: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each cover's lightness, (N,) in [0, 0.5].

    Derived in: book/01_why_album_covers
    """
    return luma(images).std((1, 2))


def colourfulness(images: np.ndarray) -> np.ndarray:
    """Return how colourful each cover is, (N,) from 0 (grey) to about 1.

    The measure of Hasler and Süsstrunk (2003), M3, divided by 255: spread and mean of the opponent
    colours red against green, and yellow against blue.

    Derived in: book/01_why_album_covers
    """
    red, green, blue = np.moveaxis(images.astype(np.float32) / 255, -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])  # (2, N, H, W)
    spread, mean = opponents.std((2, 3)), opponents.mean((2, 3))
    return np.hypot(*spread) + 0.3 * np.hypot(*mean)


def detail(images: np.ndarray) -> np.ndarray:
    """Return where each cover has edges: how steep its lightness is, (N, H, W) float32.

    Derived in: book/01_why_album_covers
    """
    down, across = np.gradient(luma(images), axis=(1, 2))
    return np.hypot(down, across)


def symmetry(images: np.ndarray) -> np.ndarray:
    """Return the correlation of each cover's lightness with its mirror image, (N,) in [-1, 1].

    A cover without any contrast counts as symmetric.

    Derived in: book/01_why_album_covers
    """
    light = luma(images)
    light = light - light.mean((1, 2), keepdims=True)
    variance = (light**2).mean((1, 2))
    product = (light * light[:, :, ::-1]).mean((1, 2))
    return np.divide(product, variance, out=np.ones_like(variance), where=variance > 1e-9)


def principal_components(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions in which covers (N, H, W, 3) differ most, and their share of variance.

    The components are (K, H·W·3) float32, of length 1 and at right angles to each other; the shares
    (K,) fall, and sum to 1. K is the smaller of N and H·W·3.

    Derived in: book/01_why_album_covers
    """
    flat = images.reshape(len(images), -1).astype(np.float32) / 255
    _, strength, components = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    return components, strength**2 / np.sum(strength**2)


def summary(images: np.ndarray) -> dict:
    """Sum up covers (N, H, W, 3) uint8 in a few numbers, from which no cover can be made again.

    Quantiles (5, 25, 50, 75 and 95 per cent) of brightness, contrast, colourfulness, symmetry and
    detail; a map of mean detail, CELLS × CELLS; the share of variance that the first components
    hold at 32 pixels.

    Derived in: book/01_why_album_covers
    """
    edges = detail(images)
    each = {
        "brightness": brightness(images),
        "contrast": contrast(images),
        "colourfulness": colourfulness(images),
        "symmetry": symmetry(images),
        "detail": edges.mean((1, 2)),
    }
    _, share = principal_components(shrink(images, 32))
    detail_map = shrink(edges.mean(0)[None, :, :, None], CELLS)[0, :, :, 0]
    return {
        "covers": len(images),
        "size": images.shape[1],
        "quantiles": {name: rounded(np.quantile(v, QUANTILES)) for name, v in each.items()},
        "detail_map": rounded(detail_map),
        "variance_held": {
            str(count): rounded(share[:count].sum()) for count in SHARES if count < len(share)
        },
    }


def of_pack(pack: Pack, n: int = 2_000) -> dict:
    """Sum up `n` covers of a pack, chosen at random (seed 0), and name the pack."""
    chosen = np.sort(np.random.default_rng(0).permutation(len(pack))[:n])
    return {"pack": pack.digest, **summary(np.asarray(pack.images[chosen]))}


def rounded(values: np.ndarray) -> float | list:
    """Round to four digits, as plain numbers for JSON."""
    return np.round(np.asarray(values, np.float64), 4).tolist()


def shrink(images: np.ndarray, size: int) -> np.ndarray:
    """Average covers (N, H, W, C) down to `size` pixels a side, which must divide theirs.

    Derived in: book/01_why_album_covers
    """
    n, height, width, channels = images.shape
    cells = images.reshape(n, size, height // size, size, width // size, channels)
    return cells.mean((2, 4), dtype=np.float32)
