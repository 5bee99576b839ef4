"""Colab: what it has meets what we ask for, and chapters run on its kernel with its widgets."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTED = list(
    csv.DictReader(
        line
        for line in (ROOT / "tests" / "colab.csv").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
)
COLAB = {
    python: {row["package"]: row[python] for row in LISTED} for python in LISTED[0] if "." in python
}
NEWEST = max(COLAB, key=lambda python: [*map(int, python.split("."))])
PINNED = {row["package"] for row in LISTED if row["pinned"]}
MARKERS = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "sys_platform": "linux",
}

every_python = pytest.mark.parametrize("python", COLAB)


def wanted(requirement: Requirement, python: str, extras: set[str]) -> bool:
    """Tell whether a requirement counts in Colab."""
    marker, known = requirement.marker, {**MARKERS, "python_version": python}
    return marker is None or any(marker.evaluate({**known, "extra": extra}) for extra in extras)


def ours() -> Iterator[Requirement]:
    """What the library requires with the extras of the chapters' first cells."""
    extras = {
        extra
        for path in NOTEBOOKS
        for found in re.findall(r"covers-lib\[([\w,]+)\] @ git", path.read_text(encoding="utf-8"))
        for extra in found.split(",")
    }
    assert {"notebook", "hubs", "trackers"} == extras
    yield from map(Requirement, PROJECT["dependencies"])
    for extra in sorted(extras):
        yield from map(Requirement, PROJECT["optional-dependencies"][extra])


def renewed(python: str) -> set[str]:
    """Name the packages of Colab that pip has to replace, those of our packages' packages too."""
    colab, todo, walked, old = COLAB[python], list(ours()), set(), set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        assert name in colab, f"tests/colab.csv does not say whether Colab has {name}: look it up"
        version = colab[name]
        met = version and requirement.specifier.contains(version, prereleases=True)
        if version and not met:
            old.add(name)
            if name in PINNED:
                continue  # what a newer one would want is of no interest
        extras = {"", *requirement.extras} if not met else requirement.extras
        if extras and (name, *sorted(extras)) not in walked:
            walked.add((name, *sorted(extras)))
            found = map(Requirement, requires(name) or [])
            todo += [each for each in found if wanted(each, python, extras)]
    return old


@every_python
def test_pip_replaces_nothing_that_colab_needs_as_it_is(python):
    old = renewed(python)
    assert not old & PINNED
    # The older runtime's kagglehub unpacks archives unchecked; the next one wants two others newer.
    assert old <= ({"kagglehub", "kagglesdk", "certifi"} if python == "3.12" else set())


@every_python
def test_colab_s_pythons_are_ours(python):
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


def test_what_colab_pins_is_in_the_list():
    assert {"ipython", "ipykernel", "pandas", "requests", "tornado"} <= PINNED
    assert all(colab[name] for colab in COLAB.values() for name in PINNED)


# What a kernel is made of in Colab, and what that needs and a newer kernel does not.
KERNEL = ("ipython", "ipykernel", "ipywidgets", "jupyter-client", "traitlets", "backcall",
          "decorator", "entrypoints", "ipython-genutils", "pickleshare")  # fmt: skip


def kernel_packages(build) -> Path:
    """Install a kernel's packages as Colab has them into a folder, unless that is done."""
    pins = [f"{name}=={COLAB[NEWEST][name]}" for name in KERNEL]
    digest = hashlib.sha256(" ".join([sys.version, *pins]).encode()).hexdigest()[:12]
    folder = build.EXECUTED / f"colab-{digest}"
    if not folder.exists():
        new = folder.with_suffix(".new")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        subprocess.run([*command, "--target", str(new), *pins], check=True)
        new.rename(folder)
    return folder


@pytest.fixture(scope="module")
def kernel(build, tmp_path_factory):
    """Colab's kernel, which notebooks now find first: its packages go before this environment's.

    All else, torch above all, is this environment's.
    """
    if sys.platform == "win32":
        pytest.skip("Colab's machines run Linux, and IPython of their age is not tried on Windows")
    front = [str(kernel_packages(build)), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, front))}
    folder = tmp_path_factory.mktemp("jupyter")
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        "env": environment,
    }
    (folder / "kernels" / "python3").mkdir(parents=True)
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


VERSIONS = """
import IPython, ipykernel, ipywidgets
print(IPython.__version__, ipykernel.__version__, ipywidgets.__version__)
"""


@pytest.fixture
def run(kernel, build, tmp_path):
    """Run a notebook under the `ci` preset on Colab's kernel, and give its code cells."""

    def run(notebook: Path) -> list[nbformat.NotebookNode]:
        executed = build.execute(notebook, tmp_path, "ci")
        cells = nbformat.read(executed, as_version=4).cells
        return [cell for cell in cells if cell.cell_type == "code"]

    return run


def test_the_kernel_is_colab_s(run, tmp_path):
    notebook = tmp_path / "first" / "versions.ipynb"
    notebook.parent.mkdir()
    cell = nbformat.v4.new_code_cell(VERSIONS)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    (output,) = run(notebook)[0].outputs
    assert output.text.split() == [COLAB[NEWEST][name] for name in KERNEL[:3]]


# What a cell shows, by what it calls: the kind of output, and whether it has alternative text.
SHOWS = {
    "LiveFigure()": ("image/png", True),
    "Image(film": ("image/gif", True),
    "Shown(": ("image/gif", True),
    "LatentExplorer(": ("application/vnd.jupyter.widget-view+json", False),
}


@pytest.mark.parametrize("chapter", ["03_dcgan", "08_your_own_covers", "06_interpolation"])
def test_a_chapter_runs_and_shows_what_it_should(run, chapter):
    """Two that train, and one with widgets; a cell that fails stops the run."""
    shown = []
    for cell in run(ROOT / "book" / f"{chapter}.ipynb"):
        assert not [out for out in cell.outputs if out.get("name") == "stderr"], cell.source
        for kind, has_words in (SHOWS[call] for call in SHOWS if call in cell.source):
            (output,) = [out for out in cell.outputs if kind in out.get("data", {})]
            assert not has_words or len(output.metadata[kind]["alt"].split()) >= 4
            shown.append(kind)
    assert shown
