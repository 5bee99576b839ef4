import base64
import io

import numpy as np
from PIL import Image

from covers_lib.images import data_uri, encode

PICTURE = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_a_lossless_file_gives_the_picture_back():
    for form, how in (("png", {}), ("webp", {"lossless": True})):
        with Image.open(io.BytesIO(encode(PICTURE, form, **how))) as image:
            assert image.format == form.upper()
            assert np.array_equal(np.asarray(image.convert("RGB")), PICTURE)


def test_an_address_holds_the_file():
    data = encode(PICTURE, "png")
    head, body = data_uri(data, "png").split(",")
    assert head == "data:image/png;base64" and base64.b64decode(body) == data
