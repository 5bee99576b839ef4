"""The built book: every page there, filled by cells that ran, and asking no third party.

One process builds it, and looks at what it built: run with `--dist loadfile`.
"""

import gzip
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import nbformat
import pydata_sphinx_theme
import pytest
import yaml
from actions import ACTIONS, open_a_link
from browsing import Compressing, chromium, served
from bs4 import BeautifulSoup
from engines import ENGINES
from fontTools.ttLib import TTFont
from PIL import Image

ROOT = Path(__file__).parents[2]
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
    build.execute_chapters("ci")
    return build.build_site("ci")


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
    assert build.execute_chapters("ci") == []


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
def test_an_element_is_loaded_where_it_is_and_nowhere_else(pages, page):
    for element in ("latent-explorer", "ring-trainer"):
        scripts = pages[page].select(f"script[src*='/{element}.mjs']")
        assert bool(scripts) == bool(pages[page].select(element))


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
            formulas = page.locator(".katex-display .katex-html")
            lefts = formulas.evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
            assert min(lefts, default=0) >= 0, f"a formula of {name} begins beside the page"


@every_page
def test_formulas_are_drawn_when_the_book_is_built(pages, page):
    """By KaTeX, which says in the page what it can't draw; screen readers get MathML."""
    assert not pages[page].select(".katex-error, script[src*=mathjax]")
    for formula in pages[page].select(".bd-article .math"):
        assert formula.select_one(".katex-html") and formula.select_one("math")


def address_of(page: str) -> str:
    """Where GitHub's Pages put a file of the site."""
    owner, _, name = urlparse(REPOSITORY).path.strip("/").partition("/")
    return f"https://{owner}.github.io/{name}/{page}"


def told(page: BeautifulSoup, name: str) -> str:
    """What a page's only `meta` tag of a name or a property says."""
    (tag,) = page.select(f"meta[name='{name}'], meta[property='{name}']")
    return tag["content"]


@every_page
def test_a_shared_link_shows_a_title_a_sentence_and_a_picture(pages, html, page):
    head = pages[page]
    assert told(head, "og:title") and told(head, "og:site_name") == "Album Covers by GANs"
    assert told(head, "twitter:card") == "summary_large_image"
    with Image.open(html / told(head, "og:image").removeprefix(address_of(""))) as picture:
        assert picture.size == (1200, 630)
    assert told(head, "og:url") == address_of(f"book/{page}.html")
    assert head.select_one("link[rel=canonical]")["href"] == address_of(f"book/{page}.html")


@every_page
def test_a_description_is_a_sentence_about_the_page(pages, page):
    sentence = told(pages[page], "description")
    assert sentence == told(pages[page], "og:description")
    assert 60 <= len(sentence) <= 160 and re.fullmatch(r"[A-Z].*[^.]\.", sentence)
    pictures = [picture.get("alt", "") for picture in pages[page].select(".bd-article img")]
    assert not any(words and sentence.startswith(words[:20]) for words in pictures)
    others = [told(other, "description") for name, other in pages.items() if name != page]
    assert sentence not in others


def test_the_root_tells_what_it_leads_to(pages, html):
    root = BeautifulSoup((html / "index.html").read_text(), "html.parser")
    assert root.title.string == told(root, "og:title") == "Album Covers by GANs"
    for name in ("description", "og:description", "og:image", "og:url", "twitter:card"):
        assert told(root, name) == told(pages["index"], name)
    assert root.select_one("link[rel=canonical]")["href"] == address_of("book/index.html")
    assert root.select_one("body a[href]")["href"] == "book/index.html"
    assert "url=book/index.html" in root.select_one("meta[http-equiv=refresh]")["content"]


def test_search_engines_find_every_page(html):
    sitemap = ElementTree.parse(html / "sitemap.xml")
    found = [location.text for location in sitemap.iterfind("{*}url/{*}loc")]
    assert sorted(found) == [address_of(f"book/{page}.html") for page in PAGES]
    assert f"Sitemap: {address_of('sitemap.xml')}\n" in (html / "robots.txt").read_text()


@every_page
def test_the_icon_is_a_png_that_every_browser_knows(pages, html, page):
    for kind in ("icon", "apple-touch-icon"):
        link = pages[page].select_one(f"link[rel={kind}]")
        with Image.open(html / "book" / link["href"]) as icon:
            assert icon.format == "PNG" and icon.width == icon.height >= 180


def test_a_wrong_address_leads_back_into_the_book_from_any_depth(html, tmp_path):
    (tmp_path / "album-covers-gan").symlink_to(html)
    failed = []
    with chromium() as browser, served(tmp_path) as address:
        page = browser.new_page()
        wrong = f"{address}/album-covers-gan/book/no/such/page.html"
        page.route(wrong, lambda route: route.fulfill(status=404, path=html / "404.html"))
        page.on("response", lambda answer: failed.append(answer.url) if not answer.ok else None)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(wrong)
        page.wait_for_load_state("networkidle")
        assert failed == [wrong]
        assert page.get_by_role("heading", name="This page does not exist").is_visible()
        page.get_by_role("main").get_by_role("link", name="front page").click()
        page.wait_for_url(f"{address}/album-covers-gan/book/index.html")


def test_the_front_page_says_how_to_cite_the_book(pages):
    """As CITATION.cff does; and the foot of every page leads there."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    section = pages["index"].find(id="cite-this-book").get_text()
    entry = section[section.index("@software") :]
    for said in (citation["title"], citation["authors"][0]["name"], citation["version"],
                 str(citation["date-released"].year), citation["url"]):  # fmt: skip
        assert section.count(said) >= 2 and f"{{{said}}}" in entry
    assert citation["url"] == address_of("")
    for page in pages.values():
        assert page.select(f"footer a[href='{address_of('book/index.html')}#cite-this-book']")


def test_no_page_is_heavy(html):
    """At most 1.2 MB with its pictures, as GitHub's Pages send it, beside the explorer's files."""
    with chromium() as browser, served(html) as address:
        for name in PAGES:
            sizes = sizes_of_all(browser, f"{address}/book/{name}.html")
            assert len(sizes) > 10
            heaviest = sorted((size, url) for url, size in sizes.items())[-5:]
            assert sum(sizes.values()) < 1.2e6, f"{name} loads too much: {heaviest}"


def sizes_of_all(browser, url: str) -> dict[str, int]:
    """What a page loads, with the pictures that wait further down: the packed bytes of each."""
    answers = []
    page = browser.new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url)
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_load_state("networkidle")
    own = [answer for answer in answers if not re.search("/(explorer|ort)/", answer.url)]
    sizes = {answer.url: len(gzip.compress(answer.body())) for answer in own}
    page.close()
    return sizes


@every_page
def test_pictures_are_webp_with_their_size_and_all_but_the_first_wait(pages, html, page):
    pictures = pages[page].select(".bd-article img")
    for picture in pictures:
        if picture["src"].startswith("data:"):  # the explorer's still picture
            continue
        with Image.open(html / "book" / picture["src"]) as file:
            assert file.format == "WEBP"
            assert (picture.get("width"), picture.get("height")) == tuple(map(str, file.size))
        assert (picture.get("loading") == "lazy") == (picture is not pictures[0])


def test_what_cells_gave_is_not_kept_beside_it(html):
    assert {path.suffix for path in (html / "_images").iterdir()} == {".webp", ".mp4"}


def test_the_film_waits_for_its_reader(html):
    """It stands still, on paper too, and says in words what it shows; then it plays in a loop."""
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/book/06_interpolation.html")
        film = page.get_by_label("A film that morphs")
        film.scroll_into_view_if_needed()
        assert film.evaluate("film => film.paused && film.loop && film.controls")
        assert any(url.endswith(film.get_attribute("poster").split("/")[-1]) for url in asked)
        assert not any(url.endswith(".mp4") for url in asked)
        film.evaluate("film => film.play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.2")
        shape = "film => [film.videoWidth / film.videoHeight, film.clientWidth / film.clientHeight]"
        real, shown = film.evaluate(shape)
        assert shown == pytest.approx(real, abs=0.02)


def test_icon_fonts_hold_the_icons_of_the_pages_and_little_else(html):
    fonts = list((html / "_static" / "vendor" / "fontawesome" / "webfonts").glob("*.woff2"))
    assert sum(path.stat().st_size for path in fonts) < 20_000
    held = set().union(*(TTFont(path).getBestCmap() for path in fonts))
    code = "all => all.map(icon => getComputedStyle(icon, '::before').content.codePointAt(1))"
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        page.goto(f"{address}/book/03_dcgan.html")
        shown = page.locator("i[class*=fa-]").evaluate_all(code)
    assert len(set(shown)) > 5 and set(shown) <= held


def test_the_themes_style_is_cut_to_what_pages_name(html, pages):
    """It holds up the first text: 65 kB as it is sent, a fifth of a second at 1.6 Mbit/s."""
    cut = (html / "_static" / "styles" / "pydata-sphinx-theme.css").read_text()
    assert len(gzip.compress(cut.encode())) < 30_000
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    whole = (theme / "styles" / "pydata-sphinx-theme.css").read_text()
    shown = {
        name for page in pages.values() for tag in page.select("[class]") for name in tag["class"]
    }
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", ",", whole, flags=re.DOTALL).split(",")
    named = [set(re.findall(r"\.([a-zA-Z][\w-]*)", selector)) for selector in selectors]
    wanted = set().union(*(names for names in named if names <= shown))
    assert len(wanted) > 100
    assert wanted <= set(re.findall(r"\.([a-zA-Z][\w-]*)", cut))


@every_page
def test_no_script_holds_up_the_text(pages, page):
    waits = ("defer", "async")
    held = [
        script["src"]
        for script in pages[page].select("head script[src]:not([type=module])")
        if not any(script.has_attr(name) for name in waits) and "/explorer/" not in script["src"]
    ]
    assert [re.sub(r".*/|\?.*", "", name) for name in held] == ["documentation_options.js"]


def test_a_search_finds_a_page(html):
    with chromium() as browser, served(html) as address:
        page = browser.new_page()
        page.goto(f"{address}/book/03_dcgan.html")
        page.keyboard.press("Control+K")
        page.get_by_role("searchbox").first.fill("birthday test")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        page.get_by_role("link", name="Mode collapse").first.click()
        page.wait_for_url("**/book/04_mode_collapse.html*")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_explorer_works_in_every_engine(html, engine, tmp_path, subtests):
    with served(html) as address, ENGINES[engine](tmp_path) as hand:
        for page in ("index", "06_interpolation"):
            open_a_link(hand, f"{address}/book/{page}.html")
            for action in ACTIONS:
                with subtests.test(page=page, action=action.__name__):
                    action(hand)


def test_over_a_slow_connection_the_generator_waits_until_it_is_asked(html):
    """A page of some hundred kB at 1.6 Mbit/s says it: the reader's connection is not for 6 MB."""
    slow = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
    asked = []
    with chromium() as browser, served(html, by=Compressing) as address:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        session = page.context.new_cdp_session(page)
        session.send("Network.emulateNetworkConditions", slow)
        page.set_default_timeout(120_000)
        page.goto(f"{address}/book/index.html")
        page.get_by_role("button", name=re.compile(r"^Make covers here \(6\.1 MB\)$")).wait_for()
        assert page.locator("latent-explorer > img").is_visible()
    assert [url for url in asked if ".wasm" in url or ".onnx" in url] == []


def test_a_link_opened_on_a_phone_shows_the_cover_below_the_header(html):
    with chromium() as browser, served(html) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844}, is_mobile=True)
        page.goto(f"{address}/book/06_interpolation.html#explorer?model=dcgan-real&a=3")
        page.locator("latent-explorer[ready]").wait_for()
        header = page.locator(".bd-header-article").bounding_box()
        cover = page.locator("latent-explorer .front").bounding_box()
        assert header["y"] + header["height"] <= cover["y"] < 300


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
    for picture in pages[chapter].select(".cell_output :is(img, video)"):
        words = picture.get("alt") or picture.get("aria-label", "")
        assert len(words.split()) >= 4 and "/" not in words, f"{picture['src']}: {words}"


def open_whole(browser, url: str) -> tuple[list[str], list[str]]:
    """Open a page and scroll to its end: what it asks for, and of what errors the console tells."""
    asked, errors = [], []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
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
    for tag in pages[page].select("a[href], link[href], script[src], img[src], video[src]"):
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
    rooms = re.findall(r"\{room\} (\S+)", (ROOT / "book" / "api.md").read_text())
    names = [entry.name for room in rooms for entry in api_reference.entries(room)]
    assert len(names) > 100 and set(names) <= found.keys()
    assert "Walk the great circle" in found["covers_lib.gan.latents.slerp"]
    assert "t: Tensor" in found["covers_lib.gan.latents.slerp"]
