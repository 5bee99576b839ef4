"""Three browser engines under one hand, as this machine has them installed.

Playwright drives Chromium, and Firefox over WebDriver BiDi. WebKit as Debian has it is driven by
selenium, in a display of its own, since it draws nothing without one.
"""

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

SECONDS = 90  # other tests run beside this one
SCREEN = (1280, 900)

Point = tuple[float, float]


class Hand:
    """What a reader does in a page with an explorer, whichever the engine."""

    def __init__(self, folder: Path):
        self.folder = folder  # where files are saved

    def open(self, address: str) -> None:
        raise NotImplementedError

    def evaluate(self, expression: str) -> Any:
        raise NotImplementedError

    def drag(self, *way: Point) -> None:
        """Press the mouse at the first point of a way, and let go at the last."""
        raise NotImplementedError

    def press(self, key: str) -> None:
        raise NotImplementedError

    def tell(self, expression: str) -> Any:
        """Evaluate JavaScript with the explorer as `e`."""
        return self.evaluate(f"(e => {expression})(document.querySelector('latent-explorer'))")

    def until(self, expression: str) -> None:
        """Wait until JavaScript with the explorer as `e` gives what is true."""
        wait(lambda: self.tell(expression), expression)

    def saved_picture(self) -> Image.Image:
        """Wait for a PNG to be saved, under whichever name, and take it."""
        path = wait(lambda: next(filter(is_png, self.folder.rglob("*")), None), "a PNG")
        picture = Image.open(io.BytesIO(path.read_bytes()))
        path.unlink()
        return picture

    def click(self, selector: str) -> None:
        self.drag(self.place(selector))

    def focus(self, selector: str) -> None:
        found = f"e.$({selector!r})"
        self.until(f"({found}.focus(), e.shadowRoot.activeElement === {found})")

    def place(self, selector: str, across: float = 0.5, down: float = 0.5) -> Point:
        """Give where an element of the explorer is, scrolled into the middle of the window."""
        left, top, width, height = self.tell(
            f"""{{
                const found = e.$({selector!r});
                found.scrollIntoView({{ block: "center", behavior: "instant" }});
                const {{ left, top, width, height }} = found.getBoundingClientRect();
                return [left, top, width, height];
            }}"""
        )
        return left + across * width, top + down * height


def wait(found: Callable[[], Any], what: str) -> Any:
    """Give what is found, as soon as it is."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def is_png(path: Path) -> bool:
    """Tell whether a file is a PNG, whole, and under the name that it keeps."""
    if path.suffix in (".part", ".crdownload"):  # Firefox's and Chromium's while it comes
        return False
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")


class PlaywrightHand(Hand):
    def __init__(self, browser: Browser, folder: Path):
        super().__init__(folder)
        self.page = browser.new_page(viewport={"width": SCREEN[0], "height": SCREEN[1]})
        self.page.set_default_timeout(1000 * SECONDS)

    def open(self, address):
        self.page.goto("about:blank")  # else a link to the same page does not load it
        self.page.goto(address)

    def evaluate(self, expression):
        return self.page.evaluate(expression)

    def drag(self, *way):
        self.page.mouse.move(*way[0])
        self.page.mouse.down()
        for point in way[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up()

    def press(self, key):
        self.page.keyboard.press(key)


class SeleniumHand(Hand):
    def __init__(self, driver: webdriver.WebKitGTK, folder: Path):
        super().__init__(folder)
        self.driver = driver
        driver.set_window_size(*SCREEN)

    def open(self, address):
        self.driver.get("about:blank")
        self.driver.get(address)

    def evaluate(self, expression):
        return self.driver.execute_script(f"return {expression}")

    def drag(self, *way):
        actions = ActionBuilder(self.driver, mouse=PointerInput("mouse", "mouse"), duration=20)
        pointer = actions.pointer_action
        pointer.move_to_location(*map(round, way[0])).pointer_down()
        for point in way[1:]:
            pointer.move_to_location(*map(round, point))
        pointer.pointer_up()
        actions.perform()

    def press(self, key):
        actions = ActionBuilder(self.driver)
        actions.key_action.send_keys(KEYS.get(key, key))
        actions.perform()


KEYS = {"ArrowRight": Keys.ARROW_RIGHT, "ArrowUp": Keys.ARROW_UP, "Enter": Keys.ENTER}


def refuse(what: str, packages: str) -> None:
    """Skip a test for want of a browser; where CI is set, on Linux, which has them all, fail it."""
    say = pytest.fail if os.environ.get("CI") and sys.platform == "linux" else pytest.skip
    say(f"there is no {what} to open pages in: apt-get install {packages}")


@contextmanager
def chromium_hand(folder: Path) -> Iterator[Hand]:
    with chromium(downloads_path=folder) as browser:
        yield PlaywrightHand(browser, folder)


@contextmanager
def firefox_hand(folder: Path) -> Iterator[Hand]:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        refuse("Firefox", "firefox-esr")
    with sync_playwright() as playwright:
        # This channel speaks WebDriver BiDi, which Firefox as it is installed understands.
        browser = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=path,
            downloads_path=folder,
            # The panel of downloads takes the focus from the page, whose buttons then miss Enter.
            firefox_user_prefs={"browser.download.alwaysOpenPanel": False},
        )
        yield PlaywrightHand(browser, folder)
        browser.close()


@contextmanager
def webkit_hand(folder: Path) -> Iterator[Hand]:
    path = shutil.which("WebKitWebDriver")
    if path is None or not shutil.which("Xvfb"):
        refuse("WebKit", "webkit2gtk-driver xvfb")
    with display() as name:
        environment = os.environ | {"DISPLAY": name, "HOME": str(folder)}
        driver = webdriver.WebKitGTK(options=Options(), service=Service(path, env=environment))
        try:
            yield SeleniumHand(driver, folder)
        finally:
            driver.quit()


@contextmanager
def display() -> Iterator[str]:
    """A display in memory, while the `with` block runs: its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24"]
    command += ["-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


ENGINES = {"chromium": chromium_hand, "firefox": firefox_hand, "webkit": webkit_hand}
