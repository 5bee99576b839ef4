"""The pairs of .md and .ipynb: in step, stripped, and readable."""

from pathlib import Path

import jupytext
import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "book").glob("*.md"))
APPENDICES = {"api", "glossary", "references", "what_the_article_got_wrong", "where_next"}
PAIRS = [path for path in PAGES if path.stem not in APPENDICES]
by_name = pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)

HEADER = {
    "formats": "ipynb,md:myst",
    "text_representation": {"extension": ".md", "format_name": "myst"},
}


def test_the_table_of_contents_names_every_page_with_its_ending():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters, appendices = ([page["file"] for page in part["chapters"]] for part in toc["parts"])
    assert ["book/index.md", *chapters] == [
        f"book/{path.name}" for path in (PAIRS[-1], *PAIRS[:-1])
    ]
    assert set(appendices) == {f"book/{name}.md" for name in APPENDICES}
    assert toc["root"] == "book/index.md"


@by_name
def test_both_of_a_pair_hold_the_same_cells(path):
    markdown, notebook = jupytext.read(path), jupytext.read(path.with_suffix(".ipynb"))
    cells = [
        [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in document.cells]
        for document in (markdown, notebook)
    ]
    assert cells[0] == cells[1], "run `make pairs`"
    assert markdown.metadata.kernelspec == notebook.metadata.kernelspec
    assert notebook.metadata.kernelspec.name == "python3"


@by_name
def test_the_header_is_what_the_theme_needs(path):
    header = next(yaml.safe_load_all(path.read_text()))
    assert header["jupytext"] == HEADER


@by_name
def test_no_outputs_are_stored(path):
    for cell in jupytext.read(path.with_suffix(".ipynb")).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}


@by_name
def test_code_cells_are_short(path):
    for cell in jupytext.read(path).cells:
        hidden = {"hide-input", "remove-cell"} & set(cell.metadata.get("tags", []))
        if cell.cell_type == "code" and not hidden:
            assert len(cell.source.splitlines()) <= 20, cell.source


@pytest.mark.parametrize("path", PAIRS[:-1], ids=lambda path: path.stem)  # all but the front page
def test_a_chapter_keeps_the_rhythm(path):
    text = path.read_text()
    assert text.count("\n# ") == 1
    for part in ("**You will learn**", "**You should know**", "**Time:**", "## Summary",
                 "## Exercises", "**References:**"):  # fmt: skip
        assert part in text, part
    assert text.count(":tags: [hide-cell]") >= 3, "three exercises have solutions that are run"
