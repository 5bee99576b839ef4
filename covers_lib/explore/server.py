"""The page's explorer for generators of one's own, on this machine alone."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from covers_lib import pretrained
from covers_lib.errors import InputError
from covers_lib.explore import onnx_file

STATIC = Path(__file__).parents[2] / "book" / "_static"
RUNTIME = "vendor/ort/ort-wasm-simd-threaded.wasm.gz"
MODELS = "/_static/explorer/models/"

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Explore {title}</title>
<style>
body {{ margin: 1rem auto; max-width: 60rem; padding: 0 1rem; font-family: sans-serif }}
</style>
<script type="module" src="_static/explorer/latent-explorer.mjs"></script>
<latent-explorer model="{first}" models="{all}"><p>Loading …</p></latent-explorer>
</html>
"""


@contextmanager
def serving(weights: Sequence[str], port: int) -> Iterator[ThreadingHTTPServer]:
    """Yield a server of a page that explores generators, on 127.0.0.1 at a port; 0 takes any.

    `weights` are folders of runs, or names of pretrained generators: each is exported anew. The
    page's own files are those of a clone of the book.

    Raises `InputError` where the page's files are missing, a generator cannot be exported, two have
    one name, or the port is taken.
    """
    check_page_files()
    with TemporaryDirectory() as folder:
        names = [name_of(one) for one in weights]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InputError(f"two generators are named {twice}: rename the folder of one")
        for name, one in zip(names, weights, strict=True):
            directions = pretrained.direction_names(one)
            onnx_file.export(pretrained.load(one), Path(folder) / f"{name}.onnx", directions)
        page = PAGE.format(title=escape(", ".join(names)), first=names[0], all=",".join(names))
        handler = partial(Handler, page=page.encode(), models=Path(folder))
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            raise InputError(f"port {port} is taken or not allowed: give another --port") from error
        with server:
            yield server


def check_page_files() -> None:
    """Raise `InputError` unless the explorer's own files are here."""
    if not (STATIC / "explorer" / "latent-explorer.mjs").is_file():
        raise InputError("covers explore needs the book's files: run it in a clone of the book")
    if not (STATIC / RUNTIME).is_file():
        raise InputError(
            "what runs generators in the page is not here yet: in the clone, run "
            "python book/build.py --browser-files"
        )


def name_of(weights: str) -> str:
    """Return the name of a generator in the page: its own, or that of its run's folder."""
    return re.sub(r"[^\w.-]+", "-", Path(weights).absolute().name).strip("-.") or "run"


class Handler(SimpleHTTPRequestHandler):
    """Answers with the page at `/`, the exported generators, and the book's own static files."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".js": "text/javascript",  # on Windows the registry may say otherwise
    }

    def __init__(self, *arguments, page: bytes, models: Path):
        self.page, self.models = page, models
        super().__init__(*arguments, directory=str(STATIC))

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def translate_path(self, path: str) -> str:
        plain = path.partition("?")[0]
        if plain.startswith(MODELS):
            return str(self.models / Path(plain).name)
        return super().translate_path(plain.removeprefix("/_static"))

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")  # a run goes on, and is exported anew
        super().end_headers()

    def log_message(self, *_) -> None:
        """Keep quiet: the terminal shows the address."""
