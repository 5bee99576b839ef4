"""`<ring-trainer>` in a browser: its games, its controls, its still picture."""

import re
import shutil
from pathlib import Path

import pytest
from browsing import OnPage
from engines import wait
from PIL import Image

STATIC = Path(__file__).parents[2] / "book" / "_static"
SENTENCE = "A still picture: with JavaScript, GANs train here."
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script type="module" src="../_static/ring/ring-trainer.mjs"></script>
<script src="../_static/explorer/without-module.js"></script></head>
<body>{before}<ring-trainer {attributes}><img src="still.png" alt="Two rings"><p>{sentence}</p>
</ring-trainer></body></html>"""
PAGES = {
    "two": "",
    "one": 'games="bce" critic="1"',
    "small": "small autoplay",
}


def page_of(attributes: str, before: str = "") -> str:
    return PAGE.format(attributes=attributes, before=before, sentence=SENTENCE)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder as the book's site is: static files, and pages beside them."""
    folder = tmp_path_factory.mktemp("site")
    without = shutil.ignore_patterns("models")
    for name in ("ring", "explorer"):
        shutil.copytree(STATIC / name, folder / "_static" / name, ignore=without)
    (folder / "book").mkdir()
    Image.new("RGB", (96, 96), (200, 85, 61)).save(folder / "book" / "still.png")
    for name, attributes in PAGES.items():
        (folder / "book" / f"{name}.html").write_text(page_of(attributes))
    below = '<div style="height: 4000px"></div>'
    (folder / "book" / "below.html").write_text(page_of("", before=below))
    return folder


class Trainer(OnPage):
    """The trainer of a page, once its games have begun."""

    def __init__(self, page):
        super().__init__(page, "ring-trainer")

    @property
    def standings(self) -> list[str]:
        return self.page.locator(".standing").all_inner_texts()

    @property
    def pixels(self) -> list[str]:
        """What the planes show."""
        return self.tell("[...e.shadowRoot.querySelectorAll('.plane')].map((c) => c.toDataURL())")

    def control(self, role: str, name: str):
        return self.page.get_by_role(role, name=name, exact=True)

    def said(self, text: str):
        self.page.get_by_role("status").get_by_text(text).wait_for()

    def until_step(self, step: int) -> str:
        """Wait until the live region tells of a step as late as this: what it says."""
        self.page.wait_for_function(
            """(step) => {
                const said = document.querySelector("ring-trainer").$(".status").textContent;
                return Number(said.match(/^Step ([\\d,]+)/)?.[1].replace(",", "")) >= step;
            }""",
            arg=step,
        )
        return self.page.get_by_role("status").inner_text()

    def step(self, times: int = 1):
        for _ in range(times):
            now = int(re.search(r"Step ([\d,]+)", self.until_step(0))[1].replace(",", ""))
            self.control("button", "One step").click()
            self.until_step(now + 1)


@pytest.fixture(scope="module")
def visit(browser, address):
    """Open a page in a new context; `context` says how it is."""
    contexts = []

    def go(path: str = "two.html", **context):
        contexts.append(browser.new_context(**{"reduced_motion": "reduce"} | context))
        contexts[-1].set_default_timeout(60_000)  # other tests run beside this one
        page = contexts[-1].new_page()
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(error))
        page.goto(path if "://" in path else f"{address}/{path}")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def trainer(visit):
    page = visit()
    yield Trainer(page)
    assert page.errors == []
    page.context.close()


# What it plays.


def test_the_loss_decides_over_the_modes(trainer):
    trainer.page.set_default_timeout(540_000)
    trainer.control("button", "Play").click()
    said = trainer.until_step(700)
    trainer.control("button", "Pause").click()
    standard, wasserstein = map(int, re.findall(r"(\d) of 8 modes", said))
    assert "Standard loss (DCGAN): " in said and "WGAN-GP: " in said
    assert standard <= 4 and wasserstein >= 7


def test_a_link_repeats_a_run(trainer, visit):
    trainer.control("combobox", "Loss of game 1").select_option("Relativistic pairs, R1 and R2")
    trainer.control("radio", "Two rings").check()
    trainer.control("slider", "γ of R1 and R2").fill("3")
    trainer.control("slider", "Critic steps").fill("1")
    box = trainer.control("textbox", "Seed")
    box.fill("1234")
    box.press("Enter")
    trainer.said("Step 0.")
    trainer.step(3)
    trainer.control("button", "Copy a link to these settings").click()
    trainer.page.wait_for_function("location.hash.includes('seed=1234')")
    other = Trainer(visit(trainer.page.url))
    assert other.state == trainer.state
    assert other.state["games"] == ["relativistic", "wasserstein"]
    other.step(3)
    assert other.standings == trainer.standings
    assert other.pixels == trainer.pixels


@pytest.mark.parametrize(
    "fragment",
    ["#ring?games=no,__proto__&data=toString&seed=-1&critic=7&lr=x&drawing=A", "#ring?%", "#a?b"],
)
def test_an_odd_link_does_no_harm(visit, fragment):
    page = visit(f"two.html{fragment}")
    state = Trainer(page).state
    assert page.errors == []
    assert (state["games"], state["data"]) == (["bce", "wasserstein"], "ring")
    assert (state["seed"], state["critic"], state["lr"]) == (0, 5, 0.003)


# What a reader does.


def test_steps_and_the_way_back(trainer):
    start = trainer.pixels
    trainer.step()
    assert trainer.pixels != start
    trainer.control("button", "Back to the start").click()
    trainer.said("Step 0.")
    trainer.page.wait_for_function(
        """(start) => document.querySelector("ring-trainer").shadowRoot
            .querySelector(".plane").toDataURL() === start""",
        arg=start[0],
    )


def test_playing_pauses(trainer):
    trainer.control("combobox", "Speed").select_option("10 steps a second")
    trainer.control("button", "Play").click()
    trainer.until_step(3)
    trainer.control("button", "Pause").click()
    trainer.control("button", "Play").wait_for()
    trainer.page.wait_for_timeout(300)  # for what was asked before
    before = trainer.pixels
    trainer.page.wait_for_timeout(500)
    assert trainer.pixels == before


def test_games_are_added_and_removed(trainer):
    trainer.control("button", "Add a game").click()
    trainer.page.get_by_role("status").get_by_text("saturating").wait_for()
    assert trainer.state["games"] == ["bce", "wasserstein", "saturating"]
    assert not trainer.control("button", "Add a game").is_visible()
    for _ in range(2):
        trainer.control("button", "Remove the last game").click()
    assert trainer.state["games"] == ["bce"]
    assert not trainer.control("button", "Remove the last game").is_visible()
    assert not trainer.control("slider", "λ of WGAN-GP").is_visible()


def test_settings_change_while_it_plays(trainer):
    trainer.control("button", "Play").click()
    trainer.until_step(1)
    trainer.control("button", "Remove the last game").click()
    trainer.control("button", "Add a game").click()
    trainer.control("radio", "Spiral").check()
    trainer.page.get_by_role("status").get_by_text(re.compile(r"Step [1-9].*quality")).wait_for()
    trainer.control("button", "Pause").click()
    wait(
        lambda: all(re.fullmatch(r"\d+% high quality", told) for told in trainer.standings),
        "standings without a count of modes",
    )


def test_a_seed_that_is_none_is_refused(trainer):
    box = trainer.control("textbox", "Seed")
    box.fill("4294967296")
    box.press("Enter")
    trainer.said("whole number from 0 to")
    assert trainer.state["seed"] == 0


def test_a_drawing_by_pointer_is_learned(trainer, visit):
    trainer.control("radio", "Draw your own").check()
    trainer.control("button", "Clear the drawing").click()
    trainer.said("Draw on the first picture")
    assert trainer.state["drawing"] == []
    trainer.page.locator(".plane").first.scroll_into_view_if_needed()
    box = trainer.page.locator(".plane").first.bounding_box()
    x, y, side = box["x"], box["y"], box["width"]
    trainer.page.mouse.move(x + side / 4, y + side / 2)
    trainer.page.mouse.down()
    trainer.page.mouse.move(x + side * 3 / 4, y + side / 2, steps=30)
    trainer.page.mouse.up()
    trainer.said("high quality")
    drawn = trainer.state["drawing"]
    assert len(drawn) > 10 and all(abs(up) < 0.2 for _, up in drawn)
    assert drawn[0][0] == pytest.approx(-1.5, abs=0.2) and drawn[-1][0] > 1
    trainer.control("button", "Copy a link to these settings").click()
    trainer.page.wait_for_function("location.hash.includes('drawing=')")
    assert Trainer(visit(trainer.page.url)).state["drawing"] == drawn


def test_a_drawing_by_keys_is_learned(trainer):
    trainer.control("radio", "Draw your own").check()
    trainer.control("button", "Clear the drawing").click()
    trainer.said("Draw on the first picture")
    trainer.page.locator(".plane").first.focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp", " "):
        trainer.page.keyboard.press(key)
    trainer.said("high quality")
    assert trainer.state["drawing"] == [[pytest.approx(0.5, abs=0.05), pytest.approx(1, abs=0.05)]]


def test_every_control_is_reached_by_keyboard_and_has_a_name(trainer):
    snapshot = trainer.page.locator("ring-trainer").aria_snapshot()
    controls = re.findall(
        r"- (button|slider|textbox|radio|combobox|img)\b(?: \"(.+?)\")?", snapshot
    )
    assert all(name for _, name in controls), snapshot
    reached = set()
    for _ in range(2 * len(controls)):
        trainer.page.keyboard.press("Tab")
        reached.add(trainer.tell("e.shadowRoot.activeElement?.outerHTML"))
    count = len([role for role, _ in controls if role not in ("img", "radio")])
    assert len(reached - {None}) == count + 1, "the radio buttons are one stop"
    plane = trainer.page.locator(".plane").first.get_attribute("aria-label")
    assert "Standard loss (DCGAN) at step 0" in plane and "of 8 modes" in plane


def test_it_plays_alone_only_if_asked_and_motion_is_welcome(visit):
    for path, motion, plays in (
        ("small.html", "no-preference", 1),
        ("small.html", "reduce", 0),
        ("two.html", "no-preference", 0),
        ("small.html#ring?seed=3", "no-preference", 0),
    ):
        page = visit(path, reduced_motion=motion)
        trainer = Trainer(page)
        if plays:
            page.locator("ring-trainer[playing]").wait_for()
        assert page.locator("ring-trainer[playing]").count() == plays
        assert trainer.control("slider", "Critic steps").is_visible() == (path == "two.html")
        page.context.close()


# Where it can't be, and what it costs.


def still(page) -> str:
    """Check that the still picture is shown, and no control: give the sentence."""
    page.locator("ring-trainer > img").wait_for()
    sentence = page.locator("ring-trainer > p")
    sentence.wait_for()
    assert page.locator("ring-trainer").get_by_role("button").count() == 0
    return sentence.inner_text()


def test_without_javascript_the_still_picture_stands(visit):
    assert still(visit(java_script_enabled=False)) == SENTENCE


@pytest.mark.parametrize("lost", ["**/worker.mjs", "**/settings.json", "**/look.css"])
def test_without_its_engine_the_still_picture_stands(browser, address, lost):
    context = browser.new_context()
    page = context.new_page()
    page.route(lost, lambda route: route.fulfill(status=404))
    page.goto(f"{address}/two.html")
    page.get_by_text("can't be loaded").wait_for()
    assert still(page).startswith("A still picture:")
    context.close()


def test_opened_as_a_file_it_says_to_serve_the_folder(visit, site):
    page = visit((site / "book" / "two.html").as_uri())
    page.get_by_text("make serve").wait_for()
    assert still(page).startswith("A still picture:")


def test_on_paper_the_still_picture_stands(trainer):
    trainer.page.emulate_media(media="print")
    picture = trainer.page.locator("ring-trainer > img").bounding_box()
    assert picture["width"] == 96
    assert not trainer.page.locator(".plane").first.is_visible()
    assert not trainer.control("button", "Play").is_visible()


def test_what_it_needs_is_loaded_once_it_is_seen_and_from_here(visit, address):
    page = visit("below.html")
    page.wait_for_timeout(500)
    assert [url for url in page.asked if "worker.mjs" in url] == []
    page.locator("ring-trainer").scroll_into_view_if_needed()
    Trainer(page)
    assert [url for url in page.asked if "worker.mjs" in url]
    host = address.removesuffix("book")
    assert [url for url in page.asked if not url.startswith((host, "blob:", "data:"))] == []
    assert page.errors == []


def test_unseen_it_rests(visit):
    page = visit("below.html")
    page.locator("ring-trainer").scroll_into_view_if_needed()
    trainer = Trainer(page)
    trainer.control("combobox", "Speed").select_option("10 steps a second")
    trainer.control("button", "Play").click()
    trainer.until_step(1)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(500)
    before = trainer.tell("e.$('.plane').getAttribute('aria-label')")
    page.wait_for_timeout(700)
    assert trainer.tell("e.$('.plane').getAttribute('aria-label')") == before
    page.locator("ring-trainer").scroll_into_view_if_needed()
    page.wait_for_function(
        "(before) => document.querySelector('ring-trainer').$('.plane').ariaLabel !== before",
        arg=before,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_lets_it_scroll(visit, scheme):
    page = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
    trainer = Trainer(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    touch = "getComputedStyle(e.$('.plane')).touchAction"
    assert "pan-y" in trainer.tell(touch)
    trainer.control("radio", "Draw your own").check()
    assert trainer.tell(touch) == "none"
    assert page.errors == []
