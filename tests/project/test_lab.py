"""JupyterLab on this book, as `make lab` starts it, in a browser and on a copy of the chapters."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from browsing import chromium

pytest.importorskip("jupyterlab", reason="pip install -r lab/requirements.txt brings JupyterLab")

ROOT = Path(__file__).parents[2]
PATIENCE = 180  # seconds: a kernel that imports torch on a busy machine
EXPLORER = """
import torch
from covers_lib.gan import Generator
from covers_lib.explore.widget import LatentExplorer

LatentExplorer(Generator(32, latent=8, width=4).eval())
"""


def git(folder: Path, *words: str) -> str:
    """Run git in a folder; give what it prints."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A repository of its own with the chapters, and a notebook with an explorer."""
    folder = tmp_path_factory.mktemp("lab") / "copy"
    shutil.copytree(ROOT / "lab", folder / "lab")
    shutil.copy(ROOT / ".gitignore", folder)
    (folder / "book").mkdir()
    for path in [*(ROOT / "book").glob("*.md"), *(ROOT / "book").glob("*.ipynb")]:
        shutil.copy(path, folder / "book")
    cell = nbformat.v4.new_code_cell(EXPLORER)
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "book" / "tries.ipynb")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


@pytest.fixture(scope="module")
def lab(copy):
    """JupyterLab's address for a file of the copy, while it runs."""
    home = copy.parent
    environment = os.environ | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "jupyterlab", "--config", "lab/jupyter_lab_config.py"]
    command += ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=copy, env=environment, stdout=log, stderr=log)
        try:
            address = wait_for_address(server, home)
            yield lambda path: address["url"] + f"lab/tree/{path}?reset&token={address['token']}"
        finally:
            server.terminate()
            server.wait()


def wait_for_address(server: subprocess.Popen, home: Path) -> dict:
    """Give what the server writes of itself once it listens."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        for path in (home / "runtime").glob("jpserver-*.json"):
            return json.loads(path.read_text())
        time.sleep(0.1)
    raise AssertionError((home / "log").read_text())


@pytest.fixture
def page():
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        yield page


def save(page) -> None:
    """Save the notebook that is open, once its kernel has said what it is."""
    page.locator(
        ".jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator[data-status=idle]"
    ).wait_for()
    page.locator(".jp-NotebookPanel:visible .jp-Notebook").press("Escape")
    with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        page.keyboard.press("Control+s")
    assert saved.value.ok


def test_chapters_open_as_notebooks_and_saving_one_changes_nothing(lab, copy, page):
    page.goto(lab("book/index.md"))
    page.locator(".jp-NotebookPanel:visible h1", has_text="Album Covers by GANs").wait_for()
    save(page)
    page.locator(".jp-NotebookPanel:visible a[href*='03_dcgan']").first.click()
    page.locator(".jp-NotebookPanel:visible h1", has_text="DCGAN").wait_for()
    save(page)
    assert git(copy, "diff") == ""


def test_the_explorer_works_and_a_saved_cover_is_no_news_to_git(lab, copy, page):
    page.goto(lab("book/tries.ipynb"))
    page.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Control+Enter")
    explorer = page.locator(".latent-explorer")
    explorer.get_by_role("img", name="The generated cover").wait_for()
    morph = explorer.get_by_role("slider").first
    explorer.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("slider => slider.ariaValueNow > 0", arg=morph.element_handle())
    explorer.get_by_role("button", name="Keep").click()
    python = explorer.get_by_role("textbox", name="The latent vector")
    assert re.match(r"latents\.slerp\(", python.input_value())
    explorer.get_by_role("button", name="Save PNG").click()
    explorer.get_by_text("Saved as").wait_for()
    assert (copy / "book" / "cover-1.png").exists()
    assert git(copy, "status", "--porcelain", "--untracked-files", "book/cover-1.png") == ""
