"""The directive `{derived-in}`: what of the library a chapter derives, from the library's source.

A name is public if its docstring says where it is derived. It is read, not imported, so that types
and defaults look as they were written; docstrings are Markdown.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
DERIVED = re.compile(r"^Derived in: (\S+)$", re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Entry(NamedTuple):
    """A public name, such as `covers_lib.latents.slerp`: where it is derived, and its page text."""

    name: str
    chapter: str
    text: str


def entries() -> list[Entry]:
    """Find all public functions and classes of the library, in the order of their names."""
    found = []
    for path in (ROOT / "covers_lib").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, Function | ast.ClassDef) and chapter_of(node):
                name = f"{module}.{node.name}"
                found.append(Entry(name, chapter_of(node), described(node, name)))
    return sorted(found)


def chapter_of(node: Function | ast.ClassDef) -> str | None:
    """Give the chapter that a docstring names, such as `book/06_interpolation`."""
    derived = DERIVED.search(ast.get_docstring(node) or "")
    return derived[1] if derived else None


def described(node: Function | ast.ClassDef, name: str, kind: str = "function") -> str:
    """Write a function or class as MyST: its signature, its docstring, its members' below."""
    words = DERIVED.sub("", ast.get_docstring(node)).rstrip()
    if isinstance(node, Function):
        return f":::{{py:{kind}}} {name}{signature(node)}\n{words}\n:::"
    return "\n\n".join([f"::::{{py:class}} {name}{fields(node)}\n{words}", *members(node), "::::"])


def signature(node: Function) -> str:
    """Write a function's parameters, without `self`, and what it returns."""
    given = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    return f"({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")


def fields(node: ast.ClassDef) -> str:
    """Write what a class is made from: the parameters of its `__init__`, or its fields."""
    for child in node.body:
        if isinstance(child, Function) and child.name == "__init__":
            return signature(child)
    given = [ast.unparse(child) for child in node.body if isinstance(child, ast.AnnAssign)]
    return f"({', '.join(re.sub(r'= field.*', '= ...', field) for field in given)})"


def members(node: ast.ClassDef) -> Iterator[str]:
    """Write the methods and properties of a class that have a docstring."""
    for child in node.body:
        if isinstance(child, Function) and child.name[0] != "_" and ast.get_docstring(child):
            decorators = {ast.unparse(decorator) for decorator in child.decorator_list}
            if decorators & {"property", "cached_property"}:
                words = DERIVED.sub("", ast.get_docstring(child)).rstrip()
                kind = f"\n:type: {ast.unparse(child.returns)}\n" if child.returns else ""
                yield f":::{{py:property}} {child.name}{kind}\n{words}\n:::"
            else:
                yield described(child, child.name, "method")


class DerivedIn(SphinxDirective):
    """Show all that a chapter derives: `{derived-in} book/06_interpolation`."""

    required_arguments = 1

    def run(self) -> list[Node]:
        for path in (ROOT / "covers_lib").rglob("*.py"):
            self.env.note_dependency(str(path))
        (chapter,) = self.arguments
        return self.parse_text_to_nodes(
            "\n\n".join(entry.text for entry in entries() if entry.chapter == chapter)
        )


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_directive("derived-in", DerivedIn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
