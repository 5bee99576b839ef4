"""What a chapter's outputs depend on: its cells, and as much of the library as it imports."""

import ast
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import jupytext

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "covers_lib"
RECORDS = LIBRARY / "records"
SHOWN = {"show_source", "listing"}  # they put a function's source into the page, comments included


def digest(chapter: Path) -> str:
    """Name the state of all that a chapter's outputs depend on.

    Of the modules that it imports, itself or through others, comments count only where the chapter
    shows their source. A name that a room only passes on counts as imported from where it is
    defined. A record counts where its folder's name stands in the chapter or in these modules.
    """
    cells = [cell.source for cell in jupytext.read(chapter).cells if cell.cell_type == "code"]
    code = ast.parse("\n".join(map(without_magics, cells)))
    imports = imports_in(code)
    modules = closure(imports)
    shown = {defining(*pair) for pair in imports if pair[1] in shown_in(code)}
    state = hashlib.sha256("\0".join(cells).encode())
    for module in sorted(modules):
        text = source(module) if module in shown else bare(module)
        state.update(f"{module}\0{text}\0".encode())
    for path in data_files(modules, "\n".join([*cells, *map(source, modules)])):
        state.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return state.hexdigest()[:12]


def without_magics(cell: str) -> str:
    """Return a cell with `pass` in place of what only IPython understands."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", cell, flags=re.MULTILINE)


@cache
def file_of(module: str) -> Path | None:
    """Return the file of a module, or of a package, if there is one."""
    place = ROOT.joinpath(*module.split("."))
    return next(filter(Path.is_file, (place.with_suffix(".py"), place / "__init__.py")), None)


@cache
def source(module: str) -> str:
    """Return the text of a module of the library."""
    path = file_of(module)
    return path.read_text(encoding="utf-8") if path else ""


@cache
def bare(module: str) -> str:
    """Return the code of a module without its comments."""
    return ast.unparse(ast.parse(source(module)))


def imports_in(tree: ast.Module) -> list[tuple[str, str]]:
    """Return what is imported from the library: the module, and the name in it."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").startswith("covers_lib")]
    return [(node.module or "", alias.name) for node in ours for alias in node.names]


@cache
def imports_of(module: str) -> list[tuple[str, str]]:
    """Return what a module of the library imports from the others."""
    return imports_in(ast.parse(source(module)))


@cache
def defining(module: str, name: str) -> str:
    """Return the module that defines what is imported under a name."""
    if file_of(f"{module}.{name}"):
        return f"{module}.{name}"
    passed_on = [inner for inner, theirs in imports_of(module) if theirs == name]
    return defining(passed_on[0], name) if passed_on else module


def closure(imports: Iterable[tuple[str, str]]) -> set[str]:
    """Return the modules that define what is imported, and all that these import."""
    found: set[str] = set()
    waiting = [defining(*pair) for pair in imports]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += [defining(*pair) for pair in imports_of(module)]
    return found


def shown_in(tree: ast.Module) -> set[str]:
    """Return the names that stand in calls which put source into the page."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    shows = (call for call in calls if getattr(call.func, "id", "") in SHOWN)
    return {
        node.id
        for call in shows
        for argument in call.args
        for node in ast.walk(argument)
        if isinstance(node, ast.Name)
    }


def data_files(modules: set[str], text: str) -> list[Path]:
    """Return the files beside the code that some modules read."""
    files: list[Path] = []
    if "covers_lib.pretrained" in modules:
        files += (LIBRARY / "pretrained").glob("*.*")
    for path in RECORDS.rglob("*.json"):
        if re.search(rf"[\"']{path.parent.name}/", text):  # records.read(f"collapse/{kind}-32")
            beside = path.parent / path.stem
            files += [path, *path.parent.glob(f"{path.stem}.png"), *beside.glob("*")]
    if "covers_lib.evaluation.report" in modules:
        files.append(LIBRARY / "evaluation" / "report.html")
    return sorted(path for path in files if path.suffix != ".py")
