"""Make the pages' pictures light: WebP in place of PNG, loaded as a reader comes near; films as MP4.

Cells give PNG and GIF, which every notebook shows. On a page they would be three times as heavy.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence
from sphinx.application import Sphinx

from covers_lib.images import save_film

HEAVY = (".png", ".jpg", ".jpeg", ".gif")
QUALITY = 88
LITTLE = 64_000  # bytes: a picture that takes no more keeps each pixel as it was
TAG = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r'src="([^"]*_images/)([^"/]+)"')
WORDS = re.compile(r'alt="[^"]*"')


def lighten_pictures(app: Sphinx, error: Exception | None) -> None:
    """Encode all pictures that a build has copied, and name the new files in its pages."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / app.builder.imagedir
    heavy = [path for path in folder.glob("*") if path.suffix in HEAVY]
    with ThreadPoolExecutor() as pool:
        sizes = dict(zip([path.name for path in heavy], pool.map(encode, heavy), strict=True))
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if (light := lightened(page, sizes)) != page:
            path.write_text(light, encoding="utf-8")
    for path in heavy:
        path.unlink()


def encode(path: Path) -> tuple[int, int]:
    """Write a picture as WebP beside its file, and a film as MP4, too; give its width and height."""
    with Image.open(path) as image:
        path.with_suffix(".webp").write_bytes(webp(image))
        if getattr(image, "is_animated", False):
            frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
            per_second = round(1000 / image.info["duration"])
            save_film(np.stack(frames), path.with_suffix(".mp4"), per_second)
        return image.size


def webp(image: Image.Image) -> bytes:
    """Encode a picture: without loss where that takes few bytes, as charts and small grids do."""
    exact, close = BytesIO(), BytesIO()
    image.save(exact, "webp", lossless=True)
    image.save(close, "webp", quality=QUALITY)
    choice = exact if exact.tell() <= max(LITTLE, close.tell()) else close
    return choice.getvalue()


def lightened(page: str, sizes: dict[str, tuple[int, int]]) -> str:
    """Name a page's new files, by the `sizes` of the old ones; the first picture is loaded at once."""
    head, article, body = page.partition("<article")
    places = count()

    def tag(found: re.Match) -> str:
        first = next(places) == 0
        source = SOURCE.search(found[0])
        if source is None or source[2] not in sizes:
            return found[0]
        path = f"{source[1]}{Path(source[2]).stem}"
        width, height = sizes[source[2]]
        room = f'width="{width}" height="{height}"'
        if source[2].endswith(".gif"):
            return film(path, room, WORDS.search(found[0])[0])
        when = 'fetchpriority="high"' if first else 'loading="lazy"'
        return found[0].replace(source[0], f'src="{path}.webp" {room} {when}')

    return head + article + TAG.sub(tag, body)


def film(path: str, room: str, words: str) -> str:
    """Show a film that stands still, and is not even loaded, until a reader plays it."""
    return (
        f'<video src="{path}.mp4" poster="{path}.webp" {room} {words.replace("alt", "aria-label", 1)} '
        'controls loop muted playsinline preload="none"></video>'
    )


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", lighten_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
