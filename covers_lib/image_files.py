"""Pictures as the bytes of a file, and as an address that holds the picture itself."""

import base64
import io

import numpy as np
from PIL import Image


def encoded(picture: np.ndarray, form: str, **how: int | bool) -> bytes:
    """Give a picture (H, W, 3) uint8 as the bytes of a file: `form` as PIL names it, and `how`.

    Derived in: book/06_interpolation
    """
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form, **how)
    return file.getvalue()


def data_uri(data: bytes, form: str) -> str:
    """Give the bytes of a picture's file as an address that holds them.

    Derived in: book/06_interpolation
    """
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"
