"""`<latent-explorer>` in a browser: its covers against torch's, its controls, its still picture."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
import torch
from browsing import OnPage, find_chromium
from PIL import Image
from torch import nn

from covers_lib.explore.onnx_file import export
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images

BOOK = Path(__file__).parents[2] / "book"
WIDTHS = {"dcgan-real": 8, "beyond-real": 32}
SENTENCE = "A still picture: with JavaScript, covers are made here."
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script type="module" src="../_static/explorer/latent-explorer.mjs"></script>
<script src="../_static/explorer/without-module.js"></script>
<link rel="stylesheet" href="../_static/book.css"></head>
<body>{before}<latent-explorer {attributes}><img src="still.png" alt="Covers"><p>{sentence}</p>
</latent-explorer></body></html>"""
BOTH = 'model="beyond-real" models="dcgan-real,beyond-real" seed="7"'


def page_of(attributes: str, before: str = "") -> str:
    return PAGE.format(attributes=attributes, before=before, sentence=SENTENCE)


def lively(width: int) -> Generator:
    """A generator with random weights whose covers have contrast, and differ."""
    torch.manual_seed(width)
    generator = Generator(64, width=width)
    for layer in generator.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # its statistics are those of all batches alike
    with torch.no_grad():
        generator(latents.sample(128, generator.latent, seed=0))
        generator.last[0].weight *= 5
    return generator.eval()


@pytest.fixture(scope="module")
def generators():
    return {name: lively(width) for name, width in WIDTHS.items()}


@pytest.fixture(scope="module")
def site(build, generators, tmp_path_factory):
    """A folder as the book's site is: static files with two generators, and pages beside them."""
    folder = tmp_path_factory.mktemp("site")
    build.fetch_browser_files()
    static = folder / "_static"
    without = shutil.ignore_patterns("models")
    shutil.copytree(BOOK / "_static" / "explorer", static / "explorer", ignore=without)
    shutil.copytree(BOOK / "_static" / "vendor" / "ort", static / "vendor" / "ort")
    shutil.copy(BOOK / "_static" / "book.css", static)
    for name, generator in generators.items():
        export(generator, static / "explorer" / "models" / f"{name}.onnx", names=["light"])
    pages = folder / "book"
    pages.mkdir()
    Image.new("RGB", (96, 96), (200, 85, 61)).save(pages / "still.png")
    (pages / "both.html").write_text(page_of(BOTH))
    (pages / "autoplay.html").write_text(page_of(f"{BOTH} autoplay"))
    (pages / "missing.html").write_text(page_of('model="no-such"'))
    below = '<div style="height: 4000px"></div>'
    (pages / "below.html").write_text(page_of(BOTH, before=below))
    noise = np.random.default_rng(0).integers(0, 256, (320, 320, 3), dtype=np.uint8)
    Image.fromarray(noise).save(pages / "heavy.png")
    heavy = '<img src="heavy.png" alt="" width="9" height="9">'
    (pages / "heavy.html").write_text(page_of(BOTH, before=heavy))
    return folder


class Explorer(OnPage):
    """The explorer of a page, once it has painted."""

    def __init__(self, page):
        super().__init__(page, "latent-explorer")
        self.settle()

    def settle(self):
        """Wait until the canvas shows the state."""
        self.page.locator('latent-explorer .cover[aria-busy="false"]').wait_for()

    def until(self, expression: str):
        self.page.wait_for_function(
            f"e => (e = document.querySelector('latent-explorer')) && ({expression})"
        )

    @property
    def latent(self) -> torch.Tensor:
        return torch.tensor(self.tell("[...e.latent()]"))

    @property
    def pixels(self) -> np.ndarray:
        """What the canvas shows: (64, 64, 3) integers."""
        self.settle()
        data = self.tell("[...e.$('.cover').getContext('2d').getImageData(0, 0, 64, 64).data]")
        return np.array(data).reshape(64, 64, 4)[..., :3]

    def control(self, role: str, name: str):
        return self.page.get_by_role(role, name=name, exact=True)

    def seed(self, side: str, seed: int):
        box = self.control("textbox", f"Seed of the {side} end")
        box.fill(str(seed))
        box.press("Enter")


@pytest.fixture(scope="module")
def visit(browser, address):
    """Open a page in a new context, with an explorer or without; `context` says how it is."""
    contexts = []

    def go(path: str = "both.html", **context):
        contexts.append(browser.new_context(**{"reduced_motion": "reduce"} | context))
        contexts[-1].set_default_timeout(60_000)  # other tests run beside this one
        page = contexts[-1].new_page()
        page.asked, page.errors, page.base = [], [], f"{address}/both.html"
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(error))
        page.goto(urljoin(f"{address}/", path))
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def opened(visit):
    return Explorer(visit())


@pytest.fixture
def explorer(opened):
    """An explorer at seed 7: the same page for many tests, since to load one takes a second."""
    opened.page.evaluate(
        """() => {
            history.replaceState(null, "", "#");
            location.hash = "#explorer?model=beyond-real&a=7&b=8&t=0";
        }"""
    )
    opened.page.wait_for_function(
        "state => JSON.stringify(document.querySelector('latent-explorer').state) === state",
        arg='{"model":"beyond-real","a":7,"b":8,"t":0,"moves":{}}',
    )
    opened.settle()
    yield opened
    assert opened.page.errors == []


def cover(generator: Generator, z: torch.Tensor) -> np.ndarray:
    return to_images(generate(generator, z[None]))[0].astype(int)


# What it paints.


@pytest.mark.parametrize("size", [16, 128, 200])
def test_seeds_name_the_latents_of_torch(explorer, size):
    seeds = [0, 1, 7, 2**31, 2**32 - 1]
    ours = explorer.page.evaluate(
        """async ([seeds, size]) => {
            const { ofSeed } = await import("../_static/explorer/latents.mjs");
            return seeds.map((seed) => [...ofSeed(seed, size)]);
        }""",
        [seeds, size],
    )
    torch.testing.assert_close(torch.tensor(ours), latents.of_seeds(seeds, size), atol=1e-6, rtol=0)


def test_covers_are_those_of_torch(explorer, generators):
    shown = []
    for seed in range(20):
        explorer.seed("left", seed)
        expected = cover(generators["beyond-real"], latents.sample(1, 128, seed)[0])
        shown.append(explorer.pixels)
        assert np.abs(shown[-1] - expected).max() <= 2
    assert np.std(shown, axis=0).mean() > 10, "else any picture would do"


def test_the_morph_is_slerp(explorer, generators):
    a, b = latents.of_seeds([7, 8], 128)
    for time in (0, 0.01, 0.25, 0.5, 0.9, 1):
        explorer.control("slider", "Morph").fill(str(time))
        z = latents.slerp(a, b, torch.tensor([time]))[0]
        assert np.abs(explorer.pixels - cover(generators["beyond-real"], z)).max() <= 2
        torch.testing.assert_close(explorer.latent, z, atol=2e-6, rtol=0)


def test_both_ends_and_the_way_between_are_shown(explorer, generators):
    explorer.until("e.$('.film canvas').width === 6 * 64")
    for end, seed in (("a", 7), ("b", 8)):
        thumb = explorer.tell(
            f"[...e.$('[data-end={end}] canvas').getContext('2d').getImageData(0, 0, 64, 64).data]"
        )
        expected = cover(generators["beyond-real"], latents.sample(1, 128, seed)[0])
        assert np.abs(np.array(thumb).reshape(64, 64, 4)[..., :3] - expected).max() <= 2


def test_sliders_move_along_closed_form_directions(explorer, site):
    about = json.loads((site / "_static/explorer/models/beyond-real.json").read_text())
    before = explorer.latent
    explorer.control("slider", "direction 3").fill("1.5")
    expected = before + 1.5 * torch.tensor(about["directions"][2]["vector"])
    torch.testing.assert_close(explorer.latent, expected, atol=1e-6, rtol=0)
    explorer.control("button", "Reset").click()
    explorer.settle()
    assert torch.equal(explorer.latent, before)
    assert explorer.control("slider", "direction 3").input_value() == "0"


def test_another_generator_shows_the_same_latent(explorer, generators):
    explorer.control("slider", "Morph").fill("0.4")
    explorer.control("slider", "direction 4").fill("-2")
    before = explorer.latent
    explorer.control("radio", "DCGAN").check()
    assert explorer.state["model"] == "dcgan-real"
    assert torch.equal(explorer.latent, before)
    assert np.abs(explorer.pixels - cover(generators["dcgan-real"], before)).max() <= 2
    assert explorer.control("slider", "direction 4").input_value() == "0", "it has its own"


def test_the_newest_request_wins(explorer, generators):
    explorer.tell(
        """Array.from({ length: 101 }, (_, k) => {
            const time = e.$(".time");
            time.value = k / 100;
            time.dispatchEvent(new Event("input", { bubbles: true }));
        })"""
    )
    expected = cover(generators["beyond-real"], latents.sample(1, 128, 8)[0])
    assert np.abs(explorer.pixels - expected).max() <= 2


# What a reader does.


def test_another_cover(explorer):
    before = explorer.state
    explorer.control("button", "Another cover").click()
    explorer.settle()
    after = explorer.state
    assert (after["a"], after["t"]) == (7, 1) and after["b"] != before["b"]
    explorer.control("button", "Another cover for the left end").click()
    assert explorer.state["a"] != 7 and explorer.state["t"] == 0


def test_dragging_across_the_cover_morphs(explorer):
    box = explorer.page.locator(".front").bounding_box()
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x + box["width"] / 2, y, steps=5)
    explorer.page.mouse.up()
    assert explorer.state["t"] == pytest.approx(0.5, abs=0.02)
    assert (explorer.state["a"], explorer.state["b"]) == (7, 8)


def test_the_pad_follows_the_pointer(explorer):
    box = explorer.page.locator(".pad").bounding_box()
    explorer.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    across, up, *others = explorer.state["moves"]["beyond-real"]
    assert (across, up) == (pytest.approx(1.5, abs=0.1), pytest.approx(1.5, abs=0.1))
    assert not any(others)


def test_arrow_keys_move_pad_and_sliders(explorer):
    press = explorer.page.keyboard.press
    explorer.control("slider", "light").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        press(key)
    assert explorer.state["moves"]["beyond-real"][:2] == [0.5, -0.75]
    explorer.control("slider", "direction 5").focus()
    press("ArrowLeft")
    assert explorer.state["moves"]["beyond-real"][4] == -0.05
    explorer.control("slider", "Morph").focus()
    press("ArrowRight")
    assert explorer.state["t"] == 0.01
    explorer.control("radio", "Beyond").focus()
    press("ArrowLeft")
    explorer.until("e.state.model === 'dcgan-real'")
    assert explorer.control("radio", "DCGAN").is_checked()


def test_every_control_is_reached_by_keyboard_and_has_a_name(explorer):
    explorer.control("slider", "light").press("ArrowUp")  # so that there is something to reset
    snapshot = explorer.page.locator("latent-explorer").aria_snapshot()
    controls = re.findall(r"- (button|slider|textbox|radio|img)\b(?: \"(.+?)\")?", snapshot)
    assert all(name for _, name in controls), snapshot
    named = {(role, name) for role, name in controls}
    assert ("radio", "DCGAN") in named and ("slider", "direction 8") in named

    reached = set()
    for _ in range(2 * len(controls)):  # round the page, from where the focus is
        explorer.page.keyboard.press("Tab")
        reached.add(explorer.tell("e.shadowRoot.activeElement?.outerHTML"))
    count = len([role for role, _ in controls if role not in ("img", "radio")])
    assert len(reached - {None}) == count + 1, "the radio buttons are one stop"


def test_the_picture_says_what_it_is(explorer):
    explorer.control("slider", "Morph").fill("0.35")
    explorer.control("slider", "direction 3").fill("-1")
    picture = explorer.page.locator("latent-explorer .cover")
    said = "Beyond, 35 % from seed 7 to 8, direction 3 -1"
    assert picture.get_attribute("aria-label") == f"A generated album cover. {said}"
    explorer.page.get_by_role("status").get_by_text("35 % from seed 7 to 8").wait_for()


def test_a_seed_that_is_none_is_refused(explorer):
    explorer.seed("right", "4294967296")
    assert explorer.state["b"] == 8
    explorer.page.get_by_role("status").get_by_text("whole number from 0 to").wait_for()


def test_the_link_keeps_the_state(explorer, visit):
    length = explorer.page.evaluate("history.length")
    explorer.seed("right", 123)
    explorer.control("slider", "direction 3").fill("-1.25")
    explorer.control("radio", "DCGAN").check()
    explorer.control("slider", "light").press("ArrowUp")
    explorer.control("slider", "Morph").fill("0.37")
    explorer.page.wait_for_function("location.hash.includes('t=0.37')")
    assert explorer.page.evaluate("history.length") == length
    other = Explorer(visit(explorer.page.url))
    assert other.state == explorer.state
    assert other.control("radio", "DCGAN").is_checked()
    assert torch.equal(other.latent, explorer.latent)
    assert np.array_equal(other.pixels, explorer.pixels)


def test_a_link_can_be_copied(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    explorer = Explorer(page)
    explorer.control("button", "Copy a link to this cover").click()
    page.get_by_role("status").get_by_text("Link copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url and "model=beyond-real&a=7&b=8&t=0" in copied


@pytest.mark.parametrize(
    "fragment",
    [
        "#explorer?model=no&a=-1&b=x&t=7&moves=no:1;beyond-real:9,z",
        "#explorer?%",
        "#a?b",
        "#explorer?moves=beyond-real:0,0,0,0,0,0,0,0,1,2",
        "#explorer?model=constructor&moves=constructor:1;__proto__:1",
    ],
)
def test_an_odd_link_does_no_harm(visit, fragment):
    page = visit(f"both.html{fragment}")
    explorer = Explorer(page)
    assert page.errors == []
    assert (explorer.state["model"], explorer.state["a"], explorer.state["b"]) == (
        "beyond-real",
        7,
        8,
    )


def test_a_cover_can_be_saved(explorer, tmp_path):
    with explorer.page.expect_download() as download:
        explorer.control("button", "Save as PNG").click()
    assert download.value.suggested_filename == "cover-beyond-real-7-8-0.png"
    download.value.save_as(tmp_path / "cover.png")
    with Image.open(tmp_path / "cover.png") as saved:
        assert (saved.format, saved.size) == ("PNG", (1024, 1024))
        coarse = saved.convert("RGB").resize((8, 8), Image.Resampling.BOX)
    shown = explorer.pixels.reshape(8, 8, 8, 8, 3).mean((1, 3))
    assert np.abs(np.asarray(coarse, dtype=float) - shown).max() < 12


def test_a_cover_can_be_saved_without_an_offscreen_canvas(browser, address):
    page = browser.new_page()
    page.add_init_script("delete window.OffscreenCanvas")
    page.goto(f"{address}/both.html")
    explorer = Explorer(page)
    with page.expect_download() as download:
        explorer.control("button", "Save as PNG").click()
    with Image.open(download.value.path()) as saved:
        assert saved.size == (1024, 1024)
    page.close()


@pytest.mark.parametrize("button", ["right", "middle"])
@pytest.mark.parametrize("place", [".front", ".pad"])
def test_other_buttons_of_the_mouse_are_the_browsers(explorer, place, button):
    before = explorer.state
    explorer.page.locator(place).click(button=button)
    explorer.page.keyboard.press("Escape")
    assert explorer.state == before


def test_playing_goes_on_to_other_covers_and_stops(visit):
    explorer = Explorer(visit(reduced_motion="no-preference"))
    explorer.control("button", "Play the morph").click()
    explorer.until("e.state.a === 8")
    explorer.control("button", "Pause the morph").click()
    explorer.settle()
    before = explorer.state
    explorer.page.wait_for_timeout(300)
    assert explorer.state == before and before["b"] not in (7, 8)


def test_it_plays_alone_only_if_asked_and_motion_is_welcome(visit):
    for path, motion, plays in (
        ("autoplay.html", "no-preference", 1),
        ("autoplay.html", "reduce", 0),
        ("both.html", "no-preference", 0),
        ("autoplay.html#explorer?a=3", "no-preference", 0),
    ):
        page = visit(path, reduced_motion=motion)
        page.locator("latent-explorer[ready]").wait_for()
        assert page.locator("latent-explorer[playing]").count() == plays


# Where it can't be, and what it costs.


def held(page, pattern: str):
    """Let what a page asks for by a pattern wait: gives what lets it come."""
    waiting = []
    page.route(pattern, lambda route: waiting.append(route))
    return lambda: [route.continue_() for route in waiting]


def test_what_loads_is_told_in_megabytes_and_nothing_is_offered_before(visit):
    page = visit("about:blank")
    release = held(page, "**/*.onnx")
    page.goto(page.base)
    page.locator(".loading").get_by_text("3.7 of 6.1 MB").wait_for()
    page.get_by_role("status").get_by_text("Loading the generator, 6.1 MB").wait_for()
    assert page.get_by_role("progressbar").get_attribute("value")
    for name in ("Play the morph", "Save as PNG"):
        assert page.get_by_role("button", name=name).is_disabled()
    release()
    Explorer(page)
    assert not page.locator(".loading").is_visible()
    for name in ("Play the morph", "Save as PNG"):
        assert page.get_by_role("button", name=name).is_enabled()


def test_the_size_of_the_runtime_is_what_is_told(site):
    told = re.search(r"RUNTIME = ([\d_]+);", (BOOK / "_static/explorer/generators.mjs").read_text())
    (file,) = (site / "_static/vendor/ort").glob("*.wasm.gz")
    assert file.stat().st_size == pytest.approx(int(told[1]), rel=0.03)


def loaded(page) -> list[str]:
    return [url for url in page.asked if "/ort/" in url or ".onnx" in url]


def test_where_data_are_saved_it_waits_until_it_is_asked(visit):
    page = visit("about:blank")
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'connection', {get: () => ({saveData: true})})"
    )
    page.goto(page.base)
    offer = page.get_by_role("button", name=re.compile(r"^Make covers here \(\d\.\d MB\)$"))
    offer.wait_for()
    assert page.locator("latent-explorer > img").is_visible() and loaded(page) == []
    offer.click()
    Explorer(page)
    assert not offer.is_visible() and loaded(page)


def test_a_change_by_the_reader_asks_for_it_too(visit):
    page = visit("about:blank")
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'connection', {get: () => ({saveData: true})})"
    )
    page.goto(page.base)
    page.get_by_role("button", name=re.compile("Make covers here")).wait_for()
    page.get_by_role("button", name="Another cover", exact=True).click()
    assert Explorer(page).state["t"] == 1


def test_where_the_page_came_slowly_it_waits_until_it_is_asked(visit):
    page = visit("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
    session.send("Network.emulateNetworkConditions", slow)
    page.goto(page.base.replace("both", "heavy"))
    page.get_by_role("button", name=re.compile("Make covers here")).wait_for()
    page.get_by_role("status").get_by_text("this connection is slow").wait_for()
    assert loaded(page) == []


def test_a_generator_that_fails_keeps_the_former_and_may_be_tried_again(visit, generators):
    explorer = Explorer(visit())
    page = explorer.page
    before = explorer.pixels
    page.route("**/dcgan-real.onnx", lambda route: route.abort())
    explorer.control("radio", "DCGAN").click()
    page.get_by_role("status").get_by_text(
        "DCGAN can't be loaded, since the connection failed. Choose it again to retry."
    ).wait_for()
    assert explorer.control("radio", "Beyond").is_checked()
    assert np.array_equal(explorer.pixels, before)
    explorer.control("slider", "Morph").fill("0.5")
    assert not np.array_equal(explorer.pixels, before), "it goes on"
    page.unroute("**/dcgan-real.onnx")
    explorer.control("radio", "DCGAN").click()
    explorer.until("e.state.model === 'dcgan-real'")
    shown = explorer.pixels
    assert np.abs(shown - cover(generators["dcgan-real"], explorer.latent)).max() <= 2


def still(page) -> str:
    """Check that the still picture is shown, and no control: give the sentence."""
    page.locator("latent-explorer > img").wait_for()
    sentence = page.locator("latent-explorer > p")
    sentence.wait_for()
    buttons = page.locator("latent-explorer").get_by_role("button").all_inner_texts()
    assert buttons in ([], ["Try again"])
    assert page.evaluate("document.querySelector('img').naturalWidth") == 96
    return sentence.inner_text()


def test_without_javascript_the_still_picture_stands(visit):
    page = visit(java_script_enabled=False)
    page.locator("latent-explorer > img").wait_for()
    assert page.locator("latent-explorer > p").inner_text() == SENTENCE


def test_without_the_model_the_still_picture_stands(visit):
    page = visit("missing.html")
    page.get_by_text("the generator no-such did not come from this server").wait_for()
    assert still(page).startswith("A still picture:")


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ("**/*.wasm.gz", "ort-wasm-simd-threaded.wasm.gz isn't on this server"),
        ("**/ort.*.mjs", "what runs it doesn't start"),
        ("**/worker.mjs", "what runs it doesn't start"),
        ("**/*.onnx", "beyond-real.onnx isn't on this server"),
    ],
)
def test_without_its_engine_the_still_picture_stands(visit, lost, reason):
    page = visit("about:blank")
    page.route(lost, lambda route: route.fulfill(status=404))
    page.goto(page.base)
    sentence = f"A still picture: the generator can't be loaded, since {reason}."
    page.get_by_text(sentence, exact=True).wait_for()
    assert still(page) == sentence
    page.unroute(lost)
    page.get_by_role("button", name="Try again").click()
    assert Explorer(page).state["a"] == 7
    page.emulate_media(media="print")
    assert page.locator("latent-explorer > p").inner_text() == SENTENCE


def test_a_browser_that_cannot_run_it_says_so_in_a_clause(visit):
    page = visit("about:blank")
    page.route("**/*.onnx", lambda route: route.fulfill(body="no model"))
    page.goto(page.base)
    page.get_by_text("the generator can't be loaded, since this browser doesn't run it.").wait_for()


def test_without_its_module_the_still_picture_says_so(visit):
    page = visit("about:blank")
    page.route("**/latent-explorer.mjs", lambda route: route.fulfill(status=404))
    page.goto(page.base)
    page.get_by_text("the script that makes covers here did not load").wait_for()
    assert still(page).startswith("A still picture:")
    assert page.locator("latent-explorer").bounding_box()["height"] < 400, "no empty card"


def test_opened_as_a_file_it_says_to_serve_the_folder(visit, site):
    page = visit((site / "book" / "both.html").as_uri())
    page.get_by_text("make serve").wait_for()
    assert still(page).startswith("A still picture:")


def test_on_paper_the_still_picture_stands(visit):
    explorer = Explorer(visit())
    explorer.page.emulate_media(media="print")
    picture = explorer.page.locator("latent-explorer > img").bounding_box()
    words = explorer.page.locator("latent-explorer > p").bounding_box()
    assert picture["width"] == 96 and words["y"] >= picture["y"] + picture["height"]
    assert not explorer.page.locator("latent-explorer .cover").is_visible()
    assert not explorer.control("button", "Another cover").is_visible()


def test_what_it_needs_is_loaded_once_it_is_seen_and_from_here(visit, address):
    page = visit("below.html")
    page.wait_for_timeout(700)
    assert [url for url in page.asked if "/ort/" in url or ".onnx" in url] == []
    page.locator("latent-explorer").scroll_into_view_if_needed()
    Explorer(page).control("button", "Another cover").click()
    page.get_by_role("radio", name="DCGAN").check()
    Explorer(page)
    assert len([url for url in page.asked if url.endswith(".wasm.gz")]) == 1
    host = address.removesuffix("book")
    assert [url for url in page.asked if not url.startswith((host, "blob:", "data:"))] == []
    assert page.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(visit, scheme):
    page = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
    Explorer(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = page.locator(".panel").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.fixture(scope="module")
def phone(visit):
    """An explorer under fingers, and what moves them."""
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    explorer = Explorer(page)
    session = page.context.new_cdp_session(page)

    def middle(selector: str) -> dict[str, float]:
        page.locator(selector).scroll_into_view_if_needed()
        box = page.locator(selector).bounding_box()
        return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

    def pinch(selector: str, factor: float):
        session.send("Input.synthesizePinchGesture", middle(selector) | {"scaleFactor": factor})

    def swipe(selector: str, across: int, down: int):
        start = middle(selector)
        for kind, part in [("touchStart", 0), *(("touchMove", k / 8) for k in range(1, 9))]:
            point = {"x": start["x"] + part * across, "y": start["y"] + part * down}
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    explorer.pinch, explorer.swipe = pinch, swipe
    return explorer


def test_two_fingers_enlarge_the_cover(phone):
    before = phone.state
    phone.pinch(".front", 2)
    assert phone.page.evaluate("visualViewport.scale") > 1.5
    phone.pinch(".front", 0.4)
    assert phone.page.evaluate("visualViewport.scale") == 1
    assert {**phone.state, "t": 0} == {**before, "t": 0}, "no other cover"


@pytest.mark.parametrize("slider", [".sliders label:nth-child(2) input", ".time"])
def test_a_thumb_that_scrolls_sets_no_slider(phone, slider):
    phone.page.locator(slider).scroll_into_view_if_needed()
    before, way = phone.state, phone.page.evaluate("scrollY")
    shown = phone.page.locator(slider).input_value()
    phone.swipe(slider, 0, -100 if way == 0 else 100)
    phone.page.wait_for_function("way => scrollY !== way", arg=way)
    assert phone.state == before
    assert phone.page.locator(slider).input_value() == shown


def test_a_thumb_sets_a_slider_along_it(phone):
    phone.page.locator(".time").tap()
    assert phone.state["t"] == pytest.approx(0.5, abs=0.02)
    phone.swipe(".time", 80, 0)
    assert phone.state["t"] > 0.7


def test_every_control_is_large_enough_for_a_finger(explorer):
    explorer.control("slider", "light").press("ArrowUp")  # so that there is something to reset
    controls = explorer.page.locator("latent-explorer").locator(
        "button:visible, .sliders input, .time, .end input, .segments label"
    )
    assert controls.count() > 12
    for control in controls.all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 24, control.evaluate("e => e.outerHTML")


def test_a_screen_reader_finds_one_picture(explorer):
    snapshot = explorer.page.locator("latent-explorer").aria_snapshot()
    assert re.findall(r'- img "(.*?)"', snapshot) == ["A generated album cover. Beyond, seed 7"]


def test_forced_colours_keep_tracks_and_choices(visit):
    page = visit(forced_colors="active")
    Explorer(page)
    tracks = page.locator(".sliders input").first.evaluate(
        "e => getComputedStyle(e).backgroundImage"
    )
    assert "gradient" in tracks
    chosen, other = (
        page.locator(f".segments input{which} + span").evaluate(
            "e => getComputedStyle(e).backgroundColor"
        )
        for which in (":checked", ":not(:checked)")
    )
    assert chosen != other


def test_jupyterlab_leaves_it_the_arrow_keys(explorer):
    attribute = explorer.page.locator("latent-explorer").get_attribute("data-lm-suppress-shortcuts")
    assert attribute == "true"


def test_the_benchmark_runs():
    command = [sys.executable, BOOK.parent / "benchmarks" / "explorer.py", "--rounds", "1"]
    command += ["--width", "4", "--covers", "5", "--seconds", "0.5"]
    find_chromium()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in ("ready after", "a cover", "the page, while dragging", "covers, while dragging"):
        assert float(re.search(rf"^  {name} +([\d.]+) ", done.stdout, re.MULTILINE)[1]) > 0
