"""A folder with every kind of file that people's folders of covers hold, and what becomes of it."""

import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from covers_lib import synthetic


def cover(index: int, side: int = 240) -> Image.Image:
    return Image.fromarray(synthetic.draw(index, seed=9, size=side))


def png(width: int, height: int, depth: int, rows: bytes) -> bytes:
    """Write an RGB PNG by hand: PIL writes neither 16 bits a channel nor a header that lies."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checked

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sixteen_bit_png(path: Path, index: int) -> None:
    pixels = (np.asarray(cover(index), np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.write_bytes(png(240, 240, 16, rows))


def turned(path: Path, index: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    cover(index).save(path, exif=exif)


def with_alpha(index: int) -> Image.Image:
    image = cover(index).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def see_through_palette(index: int) -> Image.Image:
    image = cover(index).quantize(64)
    image.info["transparency"] = 3
    return image


# Name of the file → how to write it. Each shows a cover of its own.
GOOD: dict[str, Callable[[Path, int], None]] = {
    "plain.jpg": lambda path, i: cover(i).save(path),
    "progressive.jpg": lambda path, i: cover(i).save(path, progressive=True),
    "grey.jpg": lambda path, i: cover(i).convert("L").save(path),
    "cmyk.jpg": lambda path, i: cover(i).convert("CMYK").save(path),
    "turned.jpg": turned,
    "CAPITALS.JPEG": lambda path, i: cover(i).save(path, "JPEG"),
    "rgba.png": lambda path, i: with_alpha(i).save(path),
    "grey and alpha.png": lambda path, i: with_alpha(i).convert("LA").save(path),
    "palette.png": lambda path, i: see_through_palette(i).save(path),
    "sixteen grey.png": lambda path, i: Image.fromarray(
        np.asarray(cover(i).convert("L"), np.uint16) * 257
    ).save(path),
    "sixteen colour.png": sixteen_bit_png,
    "one bit.png": lambda path, i: cover(i).convert("1").save(path),
    "a.webp": lambda path, i: cover(i).save(path),
    "lossless.webp": lambda path, i: with_alpha(i).save(path, lossless=True),
    "moving.webp": lambda path, i: cover(i).save(path, save_all=True, append_images=[cover(90)]),
    "still.gif": lambda path, i: cover(i).save(path),
    "moving.gif": lambda path, i: cover(i).save(path, save_all=True, append_images=[cover(91)]),
    "b.bmp": lambda path, i: cover(i).save(path),
    "packed.tiff": lambda path, i: cover(i).save(path, compression="tiff_lzw"),
    "inks.tif": lambda path, i: cover(i).convert("CMYK").save(path),
    "pages.tiff": lambda path, i: cover(i).save(path, save_all=True, append_images=[cover(92)]),
    "a png inside.jpg": lambda path, i: cover(i).save(path, "PNG"),
    "no ending": lambda path, i: cover(i).save(path, "JPEG"),
    "Björk – 日本, “quoted” & 100%\n2.jpg": lambda path, i: cover(i).save(path),
    "deep/er/and deeper/x.jpg": lambda path, i: cover(i).save(path),
    os.fsdecode(b"caf\xe9.jpg"): lambda path, i: cover(i).save(path),  # Latin-1, not UTF-8
    "nearly twice as long.jpg": lambda path, i: cover(i).resize((240, 121)).save(path),
}


def broken_off(name: str, **options) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        noise = np.random.default_rng(len(name)).integers(0, 256, (240, 240, 3), np.uint8)
        Image.fromarray(noise).save(path, **options)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])

    return write


def copied(of: str) -> Callable[[Path], None]:
    return lambda path: shutil.copy(path.parent / of, path)


def saved_anew(of: str, side: int, **options) -> Callable[[Path], None]:
    return lambda path: Image.open(path.parent / of).resize((side, side)).save(path, **options)


def flipped_byte(path: Path) -> None:
    cover(93).save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


# Name of the file → why it is left out, and how to write it.
BAD: dict[str, tuple[str, Callable[[Path], None]]] = {
    "notes.txt": ("unreadable", lambda path: path.write_text("scan the others")),
    "empty.jpg": ("unreadable", lambda path: path.write_bytes(b"")),
    "error page.jpg": ("unreadable", lambda path: path.write_text("<html>404 Not Found</html>")),
    "drawing.svg": ("unreadable", lambda path: path.write_text("<svg width='9' height='9'/>")),
    "rubbish.png": ("unreadable", lambda path: path.write_bytes(bytes(range(256)) * 40)),
    "first bytes only.jpg": ("truncated", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0\0\x10")),
    "link to nowhere.jpg": ("unreadable", lambda path: path.symlink_to("gone.jpg")),
    "cut.jpg": ("truncated", broken_off("cut.jpg")),
    "cut progressive.jpg": ("truncated", broken_off("cut progressive.jpg", progressive=True)),
    "cut.png": ("truncated", broken_off("cut.png")),
    "cut.gif": ("truncated", broken_off("cut.gif")),
    "cut.bmp": ("truncated", broken_off("cut.bmp")),
    "cut.tiff": ("truncated", broken_off("cut.tiff")),
    "cut.webp": ("truncated", broken_off("cut.webp")),
    "damaged.png": ("truncated", flipped_byte),
    "icon.png": ("too small", lambda path: cover(94, 32).save(path)),
    "a side too small.jpg": ("too small", lambda path: cover(94).resize((90, 63)).save(path)),
    "banner.jpg": ("too long or narrow", lambda path: cover(95).resize((900, 130)).save(path)),
    "spine.jpg": ("too long or narrow", lambda path: cover(95).resize((100, 201)).save(path)),
    "white.png": ("blank", lambda path: Image.new("RGB", (200, 200), "white").save(path)),
    "black.jpg": ("blank", lambda path: Image.new("L", (200, 200)).save(path)),
    "clear.png": ("blank", lambda path: Image.new("RGBA", (200, 200), (9, 9, 9, 0)).save(path)),
    "z copy of plain.jpg": ("duplicate", copied("plain.jpg")),
    "z plain as png.png": ("duplicate", saved_anew("plain.jpg", 240)),
    "z plain, small and poor.jpg": ("duplicate", saved_anew("plain.jpg", 150, quality=30)),
    "bomb.png": ("too many pixels", lambda path: path.write_bytes(png(30_000, 30_000, 8, b"\0"))),
}


def write_folder(folder: Path) -> Path:
    """Write all of them into a new folder."""
    for index, (name, write) in enumerate(GOOD.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, index)
    for name, (_, write) in BAD.items():
        write(folder / name)
    return folder
