"""The pairs of .md and .ipynb: in step, stripped, and readable."""

import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "book").glob("*.md"))
APPENDICES = {"api", "glossary", "references", "what_the_article_got_wrong", "where_next"}
PAIRS = [path for path in PAGES if path.stem not in APPENDICES]
CHAPTERS = [path for path in PAIRS if path.stem[0].isdigit()]
by_name = pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)

COLAB = """\
# For Colab, where this cell comes first: it installs covers_lib, the book's library, next to what
# Colab has, in about a minute. Where the library is installed already, it does nothing.
try:
    import covers_lib
except ModuleNotFoundError:
    print("Installing covers_lib, the book's library. This takes about a minute.")
    %pip install -q "covers-lib[{extras}] @ git+{repository}"
    import covers_lib  # noqa: F401

    print("covers_lib is installed. Go on with the next cell.")"""

# What Colab reads in a notebook to pick a GPU, and the chapters that train long enough to want one.
GPU = {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
ON_A_GPU = ("03", "04", "05", "07", "08")

# Calls that put a picture on the page.
DRAWS = ("plt.show(", "figures.show(", "figures.compare(", "figures.gallery(", "figures.strips(",
         "figures.left_out(", "results.curves(", "evolution(", "LiveFigure(", "save_film(",
         "Image(")  # fmt: skip

HEADER = {
    "formats": "ipynb,md:myst",
    "text_representation": {
        "extension": ".md",
        "format_name": "myst",
        "format_version": 0.13,
        "jupytext_version": jupytext.__version__,
    },
}


def test_the_table_of_contents_names_every_page_with_its_ending():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters, appendices = ([page["file"] for page in part["chapters"]] for part in toc["parts"])
    assert chapters == [f"book/{path.name}" for path in CHAPTERS]
    assert set(appendices) == {f"book/{name}.md" for name in APPENDICES | {"results"}}
    assert toc["root"] == "book/index.md"


@by_name
def test_both_of_a_pair_hold_the_same_cells(path):
    markdown, notebook = jupytext.read(path), jupytext.read(path.with_suffix(".ipynb"))
    cells = [
        [
            (
                cell.cell_type,
                cell.source,
                cell.metadata.get("tags", []),
                cell.metadata.get("mystnb"),
            )
            for cell in document.cells
        ]
        for document in (markdown, notebook)
    ]
    assert cells[0] == cells[1], "run `make pairs`"
    assert markdown.metadata.kernelspec == notebook.metadata.kernelspec
    assert notebook.metadata.kernelspec.name == "python3"


@by_name
def test_the_header_is_what_the_theme_needs(path):
    header = next(yaml.safe_load_all(path.read_text()))
    kept = [*(GPU if path.stem.startswith(ON_A_GPU) else ()), "description"]
    assert header["jupytext"] == HEADER | {"notebook_metadata_filter": ",".join(kept)}
    assert header["description"], "search engines and shared links show it"


@by_name
def test_a_chapter_is_laid_out_as_jupytext_writes_it(path):
    """Else JupyterLab, which saves by Jupytext, would rewrite what nobody edited."""
    written = jupytext.writes(jupytext.read(path), fmt="md:myst")
    assert written == path.read_text(encoding="utf-8"), "run `make pairs`"


def asked_of_colab(notebook):
    """What a notebook's metadata ask of Colab."""
    return {name: notebook.metadata[name] for name in GPU if name in notebook.metadata}


@by_name
def test_colab_gives_a_gpu_to_chapters_that_train(path):
    wanted = GPU if path.stem.startswith(ON_A_GPU) else {}
    assert asked_of_colab(jupytext.read(path)) == wanted
    assert asked_of_colab(jupytext.read(path.with_suffix(".ipynb"))) == wanted, "run `make pairs`"


def test_a_notebook_made_anew_and_stripped_still_asks_for_a_gpu(tmp_path):
    chapter = tmp_path / "03_dcgan.md"
    shutil.copy(ROOT / "book" / chapter.name, chapter)
    run = functools.partial(subprocess.run, check=True, capture_output=True)
    run([sys.executable, "-m", "jupytext", "--to", "ipynb", "--update", chapter])
    run([sys.executable, "-m", "nbstripout", "--keep-id", chapter.with_suffix(".ipynb")])
    assert asked_of_colab(jupytext.read(chapter.with_suffix(".ipynb"))) == GPU


@by_name
def test_no_outputs_are_stored(path):
    for cell in jupytext.read(path.with_suffix(".ipynb")).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        assert set(cell.metadata) <= {"mystnb", "tags"}


@by_name
def test_code_cells_are_short(path):
    for cell in jupytext.read(path).cells:
        hidden = {"hide-input", "remove-cell"} & set(cell.metadata.get("tags", []))
        if cell.cell_type == "code" and not hidden:
            assert len(cell.source.splitlines()) <= 20, cell.source


def draws(cell):
    """Tell whether a cell puts a picture on the built page."""
    removed = {"remove-cell", "remove-output"} & set(cell.metadata.get("tags", []))
    return cell.cell_type == "code" and not removed and any(call in cell.source for call in DRAWS)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_picture_has_a_text_for_those_who_cannot_see_it(path):
    texts = []
    for cell in filter(draws, jupytext.read(path).cells):
        texts.append(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
        assert len(texts[-1]) >= 20, cell.source
    assert texts, "every chapter draws something"
    assert len(set(texts)) == len(texts), "two pictures have the same text"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_keeps_the_rhythm(path):
    text = path.read_text()
    prose = [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "markdown"]
    assert len(re.findall(r"^# ", "\n".join(prose), re.MULTILINE)) == 1
    for part in ("**You will learn**", "**You should know**", "**Time:**", "## Summary",
                 "## Exercises", "**References:**"):  # fmt: skip
        assert part in text, part
    assert text.count("tags: [hide-cell]") >= 3, "three exercises have solutions that are run"


REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]


@by_name
def test_the_first_cell_brings_the_library_to_colab_and_does_nothing_elsewhere(path):
    first = next(cell for cell in jupytext.read(path).cells if cell.cell_type == "code")
    assert first.metadata["tags"] == ["remove-cell"]
    extras = "notebook,hubs,trackers" if path.stem.startswith("08") else "notebook,hubs"
    assert first.source == COLAB.format(extras=extras, repository=REPOSITORY)


def test_every_mention_of_the_repository_is_that_of_the_configuration():
    name = REPOSITORY.removeprefix("https://github.com/")
    texts = [*ROOT.glob("*.*"), *(ROOT / "book").glob("*.*"), *(ROOT / ".github").rglob("*.yml")]
    mentioned = 0
    for file in texts:
        if file.suffix in {".md", ".ipynb", ".yml", ".cff", ".toml"}:
            found = re.findall(
                rf"github(?:\.com)?/([\w-]+/{name.partition('/')[2]})", file.read_text()
            )
            assert set(found) <= {name}, file
            mentioned += len(found)
    assert mentioned > len(PAIRS)
