"""A chapter is run again when what it depends on has changed, and not otherwise."""

import shutil
from pathlib import Path

import dependencies
import pytest

ROOT = Path(__file__).parents[2]
CACHED = ("file_of", "source", "bare", "imports_of", "defining")


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """Change a file of a copy of the library, and return which chapters are to run again."""
    skip = shutil.ignore_patterns("__pycache__", "*.safetensors", "*.jpg")
    shutil.copytree(ROOT / "covers_lib", tmp_path / "covers_lib", ignore=skip)
    for name, path in {
        "ROOT": "",
        "LIBRARY": "covers_lib",
        "RECORDS": "covers_lib/records",
    }.items():
        monkeypatch.setattr(dependencies, name, tmp_path / path)

    def states() -> dict[str, str]:
        for name in CACHED:
            getattr(dependencies, name).cache_clear()
        chapters = sorted((ROOT / "book").glob("*.ipynb"))
        return {chapter.stem.split("_")[0]: dependencies.digest(chapter) for chapter in chapters}

    def change(name: str, before: str, after: str) -> set[str]:
        path, old = tmp_path / "covers_lib" / name, states()
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))
        return {chapter for chapter, state in states().items() if state != old[chapter]}

    yield change
    for name in CACHED:
        getattr(dependencies, name).cache_clear()


def test_a_comment_in_the_widget_runs_nothing(changed):
    assert changed("explore/widget.py", "\nclass ", "\n# A comment.\nclass ") == set()


def test_a_comment_where_source_is_shown_runs_the_chapters_that_show_it(changed):
    again = changed(
        "gan/losses.py", "\ndef gradient_penalty", "\n# A comment.\ndef gradient_penalty"
    )
    assert {"05"} <= again and not again & {"01", "02", "06", "index", "results"}


def test_code_of_the_widget_runs_the_chapters_that_have_one(changed):
    assert changed("explore/widget.py", "\nclass ", "\nSPARE = 1\n\n\nclass ") == {"06", "08"}


def test_the_room_itself_only_passes_names_on(changed):
    assert changed("explore/__init__.py", "__all__ = [", "SPARE = 1\n__all__ = [") == set()


def test_what_all_build_on_runs_them_all(changed):
    assert len(changed("images.py", "\ndef grid", "\nSPARE = 1\n\n\ndef grid")) == 10


def test_a_record_runs_the_chapters_that_read_it(changed):
    again = changed("records/collapse/real-32.json", "{", "{ ")
    assert "04" in again and not again & {"01", "02", "06"}
