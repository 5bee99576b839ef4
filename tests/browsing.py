"""A browser and a server on this machine, for tests of the built pages."""

import functools
import gzip
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find_chromium() -> str:
    """Give the path of the machine's Chromium; without one skip the test, in CI fail it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("there is no browser to open pages in: install Chromium (apt-get install chromium)")
    return found


@contextmanager
def chromium(**options) -> Iterator[Browser]:
    """The machine's Chromium, while the `with` block runs; `options` are those of its launch."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, **options)
        yield browser
        browser.close()


class OnPage:
    """An element of a page, once it is ready."""

    def __init__(self, page: Page, tag: str):
        self.page, self.tag = page, tag
        page.locator(f"{tag}[ready]").wait_for()

    def tell(self, expression: str) -> Any:
        """Evaluate JavaScript in the page, with the element as `e`."""
        return self.page.locator(self.tag).evaluate(f"(e) => {expression}")

    @property
    def state(self) -> dict:
        return self.tell("e.state")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Compressing(Quiet):
    """Sends text compressed, as GitHub's Pages do."""

    TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg")

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in self.TEXT or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


@contextmanager
def served(folder: Path, by: type[SimpleHTTPRequestHandler] = Quiet) -> Iterator[str]:
    """A server of a folder's files, while the `with` block runs: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(by, directory=folder))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
