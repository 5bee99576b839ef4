import io

import numpy as np
import pytest
from PIL import Image

from covers_lib import synthetic
from covers_lib.data.audit import Seen, read_cover
from covers_lib.data.sources import FileItem


def cover(index: int, change=lambda image: image, **options):
    """A synthetic cover of 256 px, changed, saved, and read again at 64 px."""
    file = io.BytesIO()
    change(Image.fromarray(synthetic.draw(index, 9, 256))).save(
        file, **({"format": "PNG"} | options)
    )
    return read_cover(FileItem(str(index), file), 64)


def seen_with(*covers):
    seen = Seen(50)
    for one in covers:
        seen.add(one)
    return seen


@pytest.mark.parametrize(
    "again",
    [
        lambda i: cover(i),
        lambda i: cover(i, format="JPEG", quality=30),
        lambda i: cover(i, lambda image: image.resize((150, 150))),
        lambda i: cover(i, lambda image: image.convert("P")),
    ],
    ids=["the same file", "a poor JPEG", "smaller", "in 256 colours"],
)
def test_the_same_picture_is_found_however_it_was_saved(again):
    seen = seen_with(*(cover(i) for i in range(10)))
    assert [seen.find(again(i)) for i in range(10)] == list(range(10))


def test_other_pictures_are_not_found():
    seen = seen_with(*(cover(i) for i in range(20)))
    assert [seen.find(cover(i)) for i in range(20, 50)] == [None] * 30


def test_one_design_in_other_colours_is_another_cover_but_alike():
    def other_colours(image):
        red, green, blue = image.split()
        return Image.merge("RGB", (blue, green.point(lambda v: 255 - v // 2), red))

    first = cover(0)
    printed = Image.fromarray(np.asarray(first.pixels))
    bright = read_cover(Picture(printed), 64)
    hue = read_cover(Picture(printed.convert("HSV").point(lambda v: v).convert("RGB")), 64)
    assert seen_with(bright).find(hue) == 0
    tinted = np.asarray(printed, float) * (0.35, 1.0, 0.35)  # the same lights and darks, in green
    tinted = read_cover(Picture(Image.fromarray(tinted.astype(np.uint8))), 64)
    seen = seen_with(bright)
    assert seen.find(tinted) is None
    seen.add(tinted)
    assert seen.groups().tolist() == [0, 0]


class Picture:
    """An item that is a picture already."""

    name = "picture"

    def __init__(self, image):
        self.image = image

    def open(self, size):
        return self.image


def test_groups_join_when_a_cover_is_like_two_of_them():
    first, second = cover(0), cover(1)
    seen = seen_with(first, second)
    assert seen.groups().tolist() == [0, 1]
    between = cover(2)
    middle = int(first.phash) ^ flips(first.phash ^ second.phash, 10)
    near_second = int(middle) ^ flips(middle ^ second.phash, 10)
    seen.add(with_hash(between, middle))
    assert seen.groups().tolist() == [0, 1, 0]
    hashes = [middle]
    while bin(hashes[-1] ^ second.phash).count("1") > 10:  # walk over to the second, bit by bit
        hashes.append(hashes[-1] ^ flips(hashes[-1] ^ second.phash, 10))
        seen.add(with_hash(between, hashes[-1]))
    assert near_second == hashes[1]
    assert set(seen.groups().tolist()) == {0}


def flips(bits: int, most: int) -> int:
    """Keep the lowest `most` set bits."""
    kept = 0
    for _ in range(most):
        lowest = bits & -bits
        kept |= lowest
        bits ^= lowest
    return kept


def with_hash(one, phash: int):
    from dataclasses import replace

    return replace(one, phash=phash, digest=f"{phash:x}")
