import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from browsing import chromium

from covers_lib.data.pack import prepare
from covers_lib.explore import server
from covers_lib.gan import recipes
from covers_lib.runs.train import train_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def weights(build, tmp_path_factory):
    """A run, and the files that the page needs."""
    build.fetch_browser_files()
    folder = tmp_path_factory.mktemp("runs")
    pack = prepare("synthetic", 32, folder / "pack", n=60, progress=False)
    recipe = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=2)
    return str(train_run(recipe, pack, folder / "my run", progress=False).path)


def test_a_reader_explores_a_run_of_their_own(weights):
    asked = []
    with server.serving([weights, "dcgan-real"], 0) as serving, chromium() as browser:
        Thread(target=serving.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{serving.server_port}/"
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.locator("latent-explorer[ready]").wait_for(timeout=90_000)
        element = page.locator("latent-explorer")
        assert element.evaluate("e => e.state.model") == "my-run"
        assert element.evaluate("e => e.$('.cover').width") == 32
        assert page.get_by_role("radio").count() == 2
        serving.shutdown()
    assert asked and all(url.startswith((address, "data:", "blob:")) for url in asked)


def test_it_listens_on_this_machine_alone(weights):
    with server.serving([weights], 0) as serving:
        assert serving.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/../covers_lib/__init__.py", "/_static/../../README.md"])
def test_nothing_but_the_page_is_served(weights, path):
    with server.serving([weights], 0) as serving:
        Thread(target=serving.serve_forever, args=(0.05,), daemon=True).start()
        with pytest.raises(OSError, match="404"):
            urlopen(f"http://127.0.0.1:{serving.server_port}{path}", timeout=20)
        serving.shutdown()


def test_a_taken_port_is_said(weights):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} is taken or not allowed: give another"):
            server.serving([weights], port).__enter__()


def test_two_of_one_name_are_refused(weights):
    with pytest.raises(ValueError, match="two generators are named my-run"):
        server.serving([weights, weights], 0).__enter__()


def test_missing_files_of_the_page_are_said(weights, monkeypatch, tmp_path):
    monkeypatch.setattr(server, "STATIC", tmp_path)
    with pytest.raises(ValueError, match="run it in a clone of the book"):
        server.serving([weights], 0).__enter__()
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer" / "latent-explorer.mjs").write_text("")
    with pytest.raises(ValueError, match=r"run python book/build\.py --browser-files"):
        server.serving([weights], 0).__enter__()


@pytest.mark.skipif(sys.platform == "win32", reason="a process there gets no Ctrl-C")
def test_ctrl_c_ends_it_and_leaves_nothing(weights, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "-m", "covers_lib", "explore", "--weights", weights, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout.readline().startswith("Open http://127.0.0.1:")
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0
    assert list(tmp_path.iterdir()) == []
