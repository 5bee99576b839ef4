"""The reference: every public name of the library, under the chapter that derives it."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import covers_lib

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "api.md").read_text()


def public_names() -> dict[str, object]:
    """Every function and class, by its full name, whose docstring says where it is derived."""
    found = {}
    for info in pkgutil.walk_packages(covers_lib.__path__, "covers_lib."):
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == info.name and callable(thing)
            if own and not name.startswith("_") and "Derived in: " in (thing.__doc__ or ""):
                found[f"{info.name}.{name}"] = thing
    return found


def entry_of(api_reference, source: str):
    """What the page says of a function or class."""
    (node,) = ast.parse(source).body
    return api_reference.described(node, node.name)


def test_every_public_name_is_an_entry_with_its_whole_docstring(api_reference):
    found, public = {entry.name: entry for entry in api_reference.entries()}, public_names()
    assert set(found) == set(public) and len(found) > 200
    for name, thing in public.items():
        docstring, line = re.split(r"\n+Derived in: ", inspect.getdoc(thing))
        assert docstring in found[name].text
        assert found[name].chapter == line
        assert "Derived in" not in found[name].text


def test_the_page_has_a_section_for_every_chapter_that_derives_something(api_reference):
    for chapter in {entry.chapter for entry in api_reference.entries()}:
        assert (ROOT / f"{chapter}.md").is_file()
        assert PAGE.count(f"```{{derived-in}} {chapter}\n") == 1, chapter


def test_a_signature_is_as_it_was_written(api_reference):
    source = '''
def slerp(a: Tensor, b: Tensor, *, t: float = 0.5) -> Tensor:
    """Walk.

    Derived in: book/06_interpolation
    """
'''
    said = ":::{py:function} slerp(a: Tensor, b: Tensor, *, t: float=0.5) -> Tensor\nWalk.\n:::"
    assert entry_of(api_reference, source) == said


def test_a_class_shows_what_it_is_made_from_and_its_documented_members(api_reference):
    source = '''
class Run:
    """A run."""
    def __init__(self, path: str):
        """Open."""
    @property
    def best(self) -> Path:
        """The best."""
    def note(self, row: dict) -> None:
        """Append.

        Derived in: book/03_dcgan
        """
    def silent(self): ...
    def _own(self):
        """Not for others."""
'''
    assert entry_of(api_reference, source) == (
        "::::{py:class} Run(path: str)\nA run.\n\n"
        ":::{py:property} best\n:type: Path\n\nThe best.\n:::\n\n"
        ":::{py:method} note(row: dict) -> None\nAppend.\n:::\n\n::::"
    )


def test_a_dataclass_shows_its_fields(api_reference):
    source = '''
class Pair:
    """Two."""
    one: int
    other: list[int] = field(default_factory=list)
'''
    said = entry_of(api_reference, source)
    assert said.startswith("::::{py:class} Pair(one: int, other: list[int] = ...)\nTwo.")
