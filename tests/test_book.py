"""The built book: every page there, filled by cells that ran, and asking no third party.

One process builds it, and looks at what it built: run with `--dist loadfile`.
"""

import gzip
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlparse

import nbformat
import pytest
import yaml
from browsing import chromium, served
from bs4 import BeautifulSoup
from PIL import Image

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
PAGES = sorted(path.stem for path in (ROOT / "book").glob("*.md"))
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]

every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture(scope="module")
def html(build):
    """The site, each chapter run under the `ci` preset by nbmake, and built without a warning."""
    build.fetch_browser_files()
    build.export_generators()
    cache = build.cache_folder("ci")
    build.execute_chapters("ci", cache)
    return build.build_site("ci", cache)


@pytest.fixture(scope="module")
def pages(html):
    files = {page: html / "book" / f"{page}.html" for page in PAGES}
    return {page: BeautifulSoup(file.read_text(), "html.parser") for page, file in files.items()}


def test_the_root_leads_to_the_front_page(html):
    assert "book/index.html" in (html / "index.html").read_text()


@every_chapter
def test_a_chapter_holds_pictures_that_its_cells_made(pages, html, chapter):
    outputs = pages[chapter].select(".cell_output")
    pictures = pages[chapter].select(".cell_output img")
    assert len(outputs) >= 2 and pictures
    for picture in pictures:
        if not picture["src"].startswith("data:"):
            assert (html / "book" / picture["src"]).stat().st_size > 500


@every_chapter
def test_no_cell_failed(pages, chapter):
    assert "Traceback" not in pages[chapter].get_text()


@every_chapter
def test_the_cells_took_time(build, html, chapter):
    notebook = nbformat.read(build.EXECUTED / "ci" / f"{chapter}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code if cell.source)
    spans = [cell.metadata.execution for cell in code if "execution" in cell.metadata]
    assert len(spans) == len(code)
    seconds = sum(seconds_of(span) for span in spans)
    assert seconds > 0.2, "a chapter that takes no time has run nothing"


def seconds_of(span: dict) -> float:
    """How long a cell ran, by the times that the notebook's client wrote down."""
    start, end = (
        datetime.fromisoformat(span[name])
        for name in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - start).total_seconds()


def test_nothing_is_run_twice(build, html):
    assert build.execute_chapters("ci", build.cache_folder("ci")) == []


@every_chapter
def test_colab_opens_the_notebook_of_the_pair(pages, chapter):
    links = [a["href"] for a in pages[chapter].select("a[href*='colab.research.google.com']")]
    branch = f"{urlparse(REPOSITORY).path.strip('/')}/blob/main/book/{chapter}.ipynb"
    assert links and all(link.endswith(f"/github/{branch}") for link in links)
    assert (ROOT / "book" / f"{chapter}.ipynb").is_file()


@every_page
def test_no_page_asks_a_third_party_for_anything(pages, page):
    asked = [
        tag.get(name)
        for tag in pages[page].select("script, link, img, iframe, source, video")
        for name in ("src", "href")
        if tag.get(name) and tag.get("rel") != ["canonical"]
    ]
    assert asked
    assert [url for url in asked if urlparse(url).scheme in ("http", "https")] == []
    assert [url for url in asked if url.startswith("//")] == []


@every_page
def test_the_explorer_is_loaded_where_it_is_and_nowhere_else(pages, page):
    scripts = [script["src"] for script in pages[page].select("script[src*='/explorer/']")]
    assert bool(scripts) == bool(pages[page].select("latent-explorer"))


def test_no_page_asks_a_third_party_in_a_browser_either(html):
    with chromium() as browser, served(html) as address:
        for page in PAGES:
            asked, errors = open_whole(browser, f"{address}/book/{page}.html")
            assert f"{address}/book/{page}.html" in asked
            there = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
            assert there == [], f"{page} asks elsewhere"
            assert errors == [], f"a script of {page} fails"


def test_every_page_fits_a_phone(html):
    with chromium() as browser, served(html) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        for name in PAGES:
            page.goto(f"{address}/book/{name}.html")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width == 390, f"{name} is {width} px wide: something sticks out"


def test_a_shared_link_shows_a_title_and_a_picture(pages, html):
    owner, _, name = urlparse(REPOSITORY).path.strip("/").partition("/")
    card = pages["03_dcgan"].select_one("meta[property='og:image']")["content"]
    site = f"https://{owner}.github.io/{name}/"
    assert card.startswith(site)
    with Image.open(html / card.removeprefix(site)) as picture:
        assert picture.size == (1200, 630)
    assert pages["03_dcgan"].select_one("meta[property='og:title']")["content"].startswith("DCGAN")


def test_the_front_page_is_light(html):
    """Under a megabyte, as GitHub's Pages send it, beside the generator and what runs it."""
    answers = []
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{address}/book/index.html")
        page.wait_for_load_state("networkidle")
        page_only = [a for a in answers if not re.search(r"/(ort|models)/", a.url)]
        sizes = {answer.url: len(gzip.compress(answer.body())) for answer in page_only}
    assert len(sizes) > 10
    assert sum(sizes.values()) < 1e6, sorted((size, url) for url, size in sizes.items())[-5:]


def test_on_paper_nothing_is_cut_off_or_folded(html):
    with chromium() as browser, served(html) as address:
        page = browser.new_page(viewport={"width": 794, "height": 1123})  # A4
        page.emulate_media(media="print")
        page.goto(f"{address}/book/05_wgan_gp.html")
        solutions = page.locator(".tag_hide-cell .cell_input")
        assert solutions.count() == 6
        assert all(solution.is_visible() for solution in solutions.all())
        assert not page.locator(".tag_hide-input > details").first.is_visible()
        cut = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        assert page.locator(".bd-article pre").evaluate_all(cut) == 0


AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(html, theme):
    found = []
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        page.add_init_script(f"localStorage.mode = localStorage.theme = '{theme}'")
        for name in PAGES:
            page.goto(f"{address}/book/{name}.html")
            page.evaluate(AXE.read_text())
            told = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            found += [
                f"{name}: {rule['help']}: {node['html'][:150]}"
                for rule in told
                for node in rule["nodes"]
                if rule["impact"] in ("serious", "critical")
            ]
    assert found == []


OUTLINE = "style => style.outlineStyle != 'none' && parseFloat(style.outlineWidth) >= 2"


def test_by_keyboard_the_focus_is_seen_on_every_button_of_the_header(html):
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        page.goto(f"{address}/book/02_preprocessing.html")
        buttons = page.locator(".bd-header-article button").all()
        shown = [button for button in buttons if button.is_visible()]
        assert len(shown) >= 5
        page.keyboard.press("Tab")  # from now on what has the focus shows it
        for button in shown:
            button.focus()
            seen = button.evaluate(f"button => ({OUTLINE})(getComputedStyle(button))")
            assert seen, button.get_attribute("aria-label")


@every_chapter
def test_every_picture_says_what_it_shows(pages, chapter):
    for picture in pages[chapter].select(".cell_output img"):
        words = picture.get("alt", "")
        assert len(words.split()) >= 4 and "/" not in words, f"{picture['src']}: {words}"


def open_whole(browser, url: str) -> tuple[list[str], list[str]]:
    """Open a page and scroll to its end: what it asks for, and which errors its scripts throw."""
    asked, errors = [], []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.close()
    return asked, errors


def test_no_style_asks_a_third_party(html):
    for style in (html / "_static").rglob("*.css"):
        found = re.findall(r"(?:@import|url\()\s*['\"]?(https?:)?//", style.read_text())
        assert not found, style


@every_page
def test_scripts_styles_and_links_lead_somewhere(pages, html, page):
    folder = html / "book"
    for tag in pages[page].select("a[href], link[href], script[src], img[src]"):
        url = urlparse(tag.get("href") or tag.get("src"))
        if url.scheme or url.netloc or not url.path:
            continue
        target = (folder / unquote(url.path)).resolve()
        assert target.exists(), f"{page} names {url.path}"
        if url.fragment and target.suffix == ".html":
            there = BeautifulSoup(target.read_text(), "html.parser")
            assert there.find(id=url.fragment), f"{page} names {url.geturl()}"


def test_the_reference_holds_every_public_name(pages, api_reference):
    found = {tag["id"]: tag.parent.get_text() for tag in pages["api"].select("dt[id]")}
    for entry in api_reference.entries():
        assert entry.name in found, "a chapter that derives something needs a section in api.md"
    assert "Walk the great circle" in found["covers_lib.latents.slerp"]
    assert "t: Tensor" in found["covers_lib.latents.slerp"]
