"""Pictures as the bytes of a file, and as an address that holds the picture itself."""

import base64
import io
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from covers_lib.errors import InputError

__all__ = [
    "grid",
    "save_film",
    "save_picture",
    "to_images",
    "to_range",
    "to_tensor",
]


def encode(picture: np.ndarray, form: str, **how: int | bool) -> bytes:
    """Return a picture (H, W, 3) uint8 as a file's bytes: `form` as PIL names it, and `how`."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form, **how)
    return file.getvalue()


def data_uri(data: bytes, form: str) -> str:
    """Return the bytes of a picture's file as an address that holds them."""
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"


SIZES = (32, 64, 128, 256)
GREY, TEAL, RED = "#b8b8b8", "#2a7f86", "#c8553d"  # the colours of the book's figures


def check_size(size: int) -> int:
    """Return `size` if a network of that image size exists, else raise `InputError`."""
    if size not in SIZES:
        raise InputError(f"size must be a power of two from 32 to 256, not {size}")
    return size


def to_tensor(images: np.ndarray) -> Tensor:
    """Turn covers (N, H, W, 3) uint8 into (N, 3, H, W) float32 in [-1, 1], tanh's own range.

    Derived in: book/02_preprocessing
    """
    return to_range(torch.from_numpy(np.array(images)))


def to_range(images: Tensor) -> Tensor:
    """Turn bytes (N, H, W, 3) into (N, 3, H, W) floats in [-1, 1], on whatever device they are."""
    return images.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def to_images(covers: Tensor) -> np.ndarray:
    """Turn (N, 3, H, W) floats in [-1, 1] into (N, H, W, 3) uint8, rounded.

    Derived in: book/02_preprocessing
    """
    pixels = ((covers.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).cpu().numpy()


FILMS = (".mp4", ".gif", ".webp")


def grid(images: np.ndarray, columns: int | None = None, gap: int = 2) -> np.ndarray:
    """Lay pictures (N, H, W, 3) uint8 out in rows on white: (rows·H, columns·W, 3) plus the gaps.

    Derived in: book/01_why_album_covers
    """
    n, height, width, _ = images.shape
    columns = min(n, columns or int(np.ceil(np.sqrt(n))))
    rows = -(-n // columns)
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, dtype=np.uint8
    )
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet


def save_picture(picture: np.ndarray, path: str | Path) -> None:
    """Save a picture (H, W, 3) uint8; the file's ending says in which format.

    Raises `InputError` for an ending that names no format of pictures.
    """
    path = Path(path)
    if path.suffix.lower() not in Image.registered_extensions():
        raise InputError(f"cannot tell a picture's format from {path}: end it in .png or .jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def save_pictures(pictures: np.ndarray, folder: str | Path) -> None:
    """Save pictures (N, H, W, 3) uint8 as files 0000.png, 0001.png … of a folder of their own.

    Raises `InputError` for a folder that holds something already: nothing of it is replaced.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not an empty folder: choose another --out")
    for place, picture in enumerate(pictures):
        save_picture(picture, folder / f"{place:04}.png")


def save_film(frames: np.ndarray, path: str | Path, per_second: int = 20) -> None:
    """Save frames (T, H, W, 3) uint8 as an .mp4, .gif or .webp film that plays in a loop.

    Raises `InputError` for another ending.

    Derived in: book/06_interpolation
    """
    path = Path(path)
    if path.suffix.lower() not in FILMS:
        raise InputError(f"cannot write a film as {path}: end it in {', '.join(FILMS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".mp4":
        iio.imwrite(path, frames, fps=per_second, macro_block_size=2)
    else:
        iio.imwrite(path, frames, duration=1000 / per_second, loop=0)
