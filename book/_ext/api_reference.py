"""The directive `{room}`: what a room of the library offers, from the library's source.

A name is public if an `__all__` holds it: a room's, or that of a module which a room's `__all__`
names. It is read, not imported, so that types and defaults look as they were written; docstrings
are Markdown.
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
DERIVED = re.compile(r"^Derived in: book/(\w+)$", re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Entry(NamedTuple):
    """A public name, such as `covers_lib.gan.Generator`, and its text on the page."""

    name: str
    text: str


def entries(module: str) -> list[Entry]:
    """Return the public names of a module such as `covers_lib.gan`, in the order of `__all__`.

    A module in its `__all__` is replaced by what that module's own `__all__` holds.
    """
    found = []
    for name in ast.literal_eval(defined(module, "__all__").value):
        inner = f"{module}.{name}"
        found += entries(inner) if file_of(inner) else [Entry(inner, described(module, name))]
    return found


def file_of(module: str) -> Path | None:
    """Return the file of a module, or of a package, if there is one."""
    place = ROOT.joinpath(*module.split("."))
    return next(filter(Path.is_file, (place.with_suffix(".py"), place / "__init__.py")), None)


def defined(module: str, name: str) -> ast.stmt:
    """Return the statement that defines a name, in a module or where the module has it from."""
    for node in ast.parse(file_of(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and name in (alias.name for alias in node.names):
            return defined(node.module, name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            (target,) = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [ast.unparse(one) for one in getattr(target, "elts", [target])]
        else:
            names = [getattr(node, "name", None)]
        if name in names:
            return node
    raise LookupError(f"{module} does not define {name}")


def described(module: str, name: str) -> str:
    """Return the text of a public name as MyST."""
    node, full = defined(module, name), f"{module}.{name}"
    if isinstance(node, Function):
        return function(node, full)
    if isinstance(node, ast.ClassDef):
        return "\n\n".join(class_entry(node, full))
    return f":::{{py:data}} {full}\n:::"


def function(node: Function, name: str, kind: str = "function") -> str:
    """Return a function or method as MyST: its signature, and its docstring."""
    return f":::{{py:{kind}}} {name}{signature(node)}\n{words(node)}\n:::"


def class_entry(node: ast.ClassDef, name: str) -> Iterator[str]:
    """Yield the parts of a class as MyST: what it is made from, its docstring, its members."""
    yield f"::::{{py:class}} {name}{fields(node)}\n{words(node)}"
    yield from members(node)
    yield "::::"


def words(node: Function | ast.ClassDef) -> str:
    """Return a docstring; where a chapter derives the name, with a link to the chapter."""
    said = ast.get_docstring(node) or ""
    return DERIVED.sub(derived_in, said)


def derived_in(found: re.Match) -> str:
    """Return the sentence that links to a chapter."""
    number = found[1].partition("_")[0]
    title = f"chapter {int(number)}" if number.isdigit() else f"the {number}"
    return f"Derived in [{title}]({found[1]}.md)."


def signature(node: Function) -> str:
    """Return a function's parameters, without `self`, and what it returns."""
    given = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    return f"({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")


def fields(node: ast.ClassDef) -> str:
    """Return what a class is made from: the parameters of its `__init__`, or its fields."""
    for child in node.body:
        if isinstance(child, Function) and child.name == "__init__":
            return signature(child)
    given = [ast.unparse(child) for child in node.body if isinstance(child, ast.AnnAssign)]
    return f"({', '.join(re.sub(r'= field.*', '= ...', field) for field in given)})"


def members(node: ast.ClassDef) -> Iterator[str]:
    """Yield the methods and properties of a class that have a docstring."""
    for child in node.body:
        if isinstance(child, Function) and child.name[0] != "_" and ast.get_docstring(child):
            decorators = {ast.unparse(decorator) for decorator in child.decorator_list}
            if decorators & {"property", "cached_property"}:
                kind = f"\n:type: {ast.unparse(child.returns)}\n" if child.returns else ""
                yield f":::{{py:property}} {child.name}{kind}\n{words(child)}\n:::"
            else:
                yield function(child, child.name, "method")


class Room(SphinxDirective):
    """Show all that a room offers: `{room} covers_lib.gan`."""

    required_arguments = 1

    def run(self) -> list[Node]:
        for path in (ROOT / "covers_lib").rglob("*.py"):
            self.env.note_dependency(str(path))
        (module,) = self.arguments
        return self.parse_text_to_nodes("\n\n".join(entry.text for entry in entries(module)))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_directive("room", Room)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
