"""The library as a wheel: whole with its data, and nothing of the book."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT")
PACKAGE = ROOT / "covers_lib"
LEFTOVER = shutil.ignore_patterns("__pycache__", ".*")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built in a copy that has the book and the tests beside the library."""
    copy = tmp_path_factory.mktemp("wheel") / "copy"
    for folder in ("covers_lib", "book", "tests", "benchmarks", "experiments"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=LEFTOVER)
    for name in NEEDED:
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (copy / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    return set(ZipFile(wheel).namelist())


def test_every_file_of_the_library_is_inside(names):
    files = [path.relative_to(ROOT) for path in PACKAGE.rglob("*") if path.is_file()]
    wanted = {
        path.as_posix()
        for path in files
        if "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {"covers_lib/evaluation/report.html", "covers_lib/records/modes/ring.json"} <= wanted
    assert wanted - names == set()


def test_nothing_else_is_inside(names):
    assert {name.split("/")[0] for name in names} == {"covers_lib", "covers_lib-0.1.0.dist-info"}


def test_both_licences_are_inside(names):
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-TEXT"}


def test_twine_finds_nothing(wheel):
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "PASSED" in done.stdout, done.stdout + done.stderr


def test_the_data_is_found_where_the_wheel_lies(wheel, tmp_path):
    ZipFile(wheel).extractall(tmp_path)
    code = (
        "import json; from covers_lib import pretrained, records; "
        "from covers_lib.evaluation import report; "
        "print(json.dumps([report.__file__, report.PAGE.is_file(), "
        "records.picture('rivals/synthetic-32').shape, pretrained.names()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    file, page, shape, pretrained = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path) and page and shape[2] == 3
    assert pretrained == sorted(path.stem for path in PACKAGE.glob("pretrained/*.safetensors"))


@pytest.mark.parametrize("chapter", ["02_preprocessing", "06_interpolation"])
def test_a_chapter_runs_by_the_wheel_alone_in_an_empty_folder(
    build, wheel, chapter, tmp_path, monkeypatch
):
    """As in Colab, where there is the notebook, and the library as it was installed."""
    library, empty = tmp_path / "library", tmp_path / "empty"
    ZipFile(wheel).extractall(library)
    empty.mkdir()
    notebook = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    asked = "import covers_lib; print(covers_lib.__file__)"
    notebook.cells.append(nbformat.v4.new_code_cell(asked))
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    monkeypatch.setenv("PYTHONPATH", str(library))
    build.execute(tmp_path / "chapter.ipynb", empty, "ci")
    said = nbformat.read(empty / "chapter.ipynb", as_version=4).cells[-1].outputs[0].text
    assert Path(said.strip()).is_relative_to(library), "another library was run"
    assert [path.name for path in empty.iterdir()] == ["chapter.ipynb"], "it left something there"


# What the extras bring along, and a bare `pip install covers-lib` does not.
EXTRAS = {
    "notebook": ("matplotlib", "ipywidgets", "IPython", "sklearn"),
    "trackers": ("tensorboard",),
    "hubs": ("kagglehub", "datasets"),
    "fid": ("torchmetrics", "torch_fidelity"),
    "export": ("onnx", "onnxruntime"),
}
BARE = """
import json, sys
sys.modules |= dict.fromkeys(json.loads(sys.argv[1]))  # None: there is no such module
from covers_lib.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """Run `covers` by the wheel alone, where no package of an extra can be imported."""
    library, place = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("place")
    ZipFile(wheel).extractall(library)
    missing = json.dumps([name for names in EXTRAS.values() for name in names])

    def covers(line: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", BARE, missing, *line.split()],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(library)},
            capture_output=True,
            text=True,
        )

    made = covers("prepare --source synthetic --n 90 --size 32 --out pack")
    assert made.returncode == 0, made.stderr
    trained = covers("train dcgan --data pack --out run --steps 2 --width 4")
    assert trained.returncode == 0, trained.stderr
    return covers


@pytest.mark.parametrize(
    "line",
    [
        "sample --weights run --n 4 --out grid.png",
        "sample --weights beyond-real --n 2 --out covers/",
        "walk --weights run --steps 2 --out walk.gif",
        "walk --weights run --steps 2 --out walk.mp4",
        "evaluate --weights run --data pack --n 36 --report report.html",
        "list",
    ],
)
def test_without_extras_the_command_line_works(bare, line):
    done = bare(line)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export --weights run --out model.onnx", 'pip install "covers-lib[export]"'),
        ("prepare --source kaggle --out other", 'pip install "covers-lib[hubs]"'),
        ("prepare --source hf:one/two --out other", 'pip install "covers-lib[hubs]"'),
        ("evaluate --weights run --data pack --n 36 --extractor inception", '"covers-lib[fid]"'),
        ("train dcgan --data pack --out other --tracker tensorboard", '"covers-lib[trackers]"'),
    ],
)
def test_what_needs_an_extra_says_which_in_one_line(bare, line, said):
    done = bare(line)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("covers: error: ") and done.stderr.count("\n") == 1
    assert said in done.stderr
