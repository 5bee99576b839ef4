"""What several tests share: one torch thread, small packs, a folder of covers."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: two test processes share two cores

import numpy as np
import pytest
import torch
from PIL import Image

from covers_lib import synthetic
from covers_lib.data.pack import Pack, prepare

torch.set_num_threads(1)

BOOK = Path(__file__).parents[1] / "book"


@pytest.fixture(scope="session", autouse=True)
def covers_home(tmp_path_factory):
    """Keep out of the home where this machine's own packs and features lie."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVERS_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def covers_dir(tmp_path_factory) -> Path:
    """A folder of covers: `COVERS_DIR`, real ones, where it is set; else synthetic ones."""
    if chosen := os.environ.get("COVERS_DIR"):
        return Path(chosen)
    folder = tmp_path_factory.mktemp("covers")
    for index in range(300):
        Image.fromarray(synthetic.draw(index, 5, 128)).save(folder / f"{index}.jpg", quality=90)
    return folder


@pytest.fixture(scope="session")
def pack(covers_dir, tmp_path_factory) -> Pack:
    """Up to 300 covers of `covers_dir` at 32 px."""
    out = tmp_path_factory.mktemp("packs") / "pack"
    return prepare(str(covers_dir), 32, out, n=300, progress=False)


@pytest.fixture
def picture(tmp_path):
    """Write a picture file of noise, and give its path."""

    def make(name: str, width: int = 100, height: int = 100, **options) -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).save(path, **options)
        return path

    return make


@pytest.fixture(scope="session")
def api_reference() -> ModuleType:
    """The book's extension that lists the library."""
    return loaded(BOOK / "_ext" / "api_reference.py")


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """The script book/build.py as a module."""
    return loaded(BOOK / "build.py")


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """The machine's Chromium, one for the tests of a file."""
    from browsing import chromium  # here: Playwright is for these tests alone

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where a server has the pages of the file's own `site`."""
    from browsing import served

    with served(site) as address:
        yield f"{address}/book"


def loaded(path: Path) -> ModuleType:
    """Load a file of Python that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is about the project, and not about the library."""
    for item in items:
        if "project" in item.path.relative_to(Path(__file__).parent).parts:
            item.add_marker("project")
