"""The reference: every public name of the library, in its room."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "api.md").read_text()
ROOMS = re.findall(r"^```\{room\} (\S+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def public(api_reference) -> dict[str, str]:
    """The text of each public name on the page."""
    return {entry.name: entry.text for room in ROOMS for entry in api_reference.entries(room)}


def test_every_room_and_ground_file_with_a_public_name_has_a_section():
    library = ROOT / "covers_lib"
    rooms = {path.parent.name for path in library.glob("*/__init__.py")}
    ground = {path.stem for path in library.glob("[!_]*.py") if "\n__all__ =" in path.read_text()}
    assert {room.split(".")[1] for room in ROOMS} == rooms | ground


def test_there_are_at_most_150_public_names_each_with_its_whole_docstring(public):
    assert len(public) <= 150
    for name, text in public.items():
        module, _, short = name.rpartition(".")
        thing = getattr(importlib.import_module(module), short)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            docstring, *_ = re.split(r"\n*Derived in: ", inspect.getdoc(thing))
            assert docstring and docstring in text, name
            assert "Derived in: " not in text


def test_every_public_name_is_used_in_a_chapter_by_the_command_line_or_in_a_test(public):
    folders = ("book/*.md", "covers_lib/__main__.py", "tests/**/*.py")
    files = [path for folder in folders for path in ROOT.glob(folder) if path.name != "api.md"]
    words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in files)))
    assert {name for name in public if name.rpartition(".")[2] not in words} == set()


def test_chapters_import_from_the_rooms():
    """A chapter names a room, or a module that the room's `__all__` holds."""
    for chapter in ROOT.glob("book/[0-9]*.md"):
        for module in re.findall(r"^from (covers_lib\.\w+\.\w+) import", chapter.read_text(), re.M):
            room, _, name = module.rpartition(".")
            allowed = {*importlib.import_module(room).__all__, "widget", "page"}
            assert name in allowed, (chapter.name, module)


def test_a_chapter_names_what_it_derives():
    for path in (ROOT / "covers_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            if derived := re.search(r"Derived in: (\S+)", ast.get_docstring(node) or ""):
                text = (ROOT / f"{derived[1]}.md").read_text()
                code = re.findall(r"^```\{code-cell\}.*?^```$|`[^`\n]+`", text, re.M | re.S)
                assert re.search(rf"\b{node.name}\b", "\n".join(code)), (path.name, node.name)


def test_a_signature_is_as_it_was_written(api_reference):
    said = described(
        api_reference, "def slerp(a: Tensor, *, t: float = 0.5) -> Tensor:\n    '''Go.'''"
    )
    assert said == ":::{py:function} slerp(a: Tensor, *, t: float=0.5) -> Tensor\nGo.\n:::"


def described(api_reference, source: str) -> str:
    """What the page says of a function or class."""
    (node,) = ast.parse(source).body
    if isinstance(node, ast.FunctionDef):
        return api_reference.function(node, node.name)
    return "\n\n".join(api_reference.class_entry(node, node.name))


def test_a_class_shows_what_it_is_made_from_and_its_documented_members(api_reference):
    source = '''
class Run:
    """A run.

    Derived in: book/03_dcgan
    """
    def __init__(self, path: str):
        """Open."""
    @property
    def best(self) -> Path:
        """The best."""
    def note(self, row: dict) -> None:
        """Append."""
    def silent(self): ...
    def _own(self):
        """Not for others."""
'''
    assert described(api_reference, source) == (
        "::::{py:class} Run(path: str)\nA run.\n\nDerived in [chapter 3](03_dcgan.md).\n\n"
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
    said = described(api_reference, source)
    assert said.startswith("::::{py:class} Pair(one: int, other: list[int] = ...)\nTwo.")
