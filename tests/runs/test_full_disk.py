"""Disks that are full: what the command line says, and what is safe."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from covers_lib.__main__ import main
from covers_lib.runs.train import Run

pytestmark = pytest.mark.slow

resource = pytest.importorskip("resource", reason="limits on files are Unix's")

# 50 bytes are too few for recipe.json, and so on.
TOO_FEW = {"recipe": 50, "samples": 5_000, "weights": 100_000}


def command(pack, out, steps):
    return ["train", "dcgan", "--data", str(pack.path), "--out", str(out), "--steps", str(steps),
            "--width", "16"]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pack):
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVERS_PRESET", "ci")
        assert main(command(pack, out, 40)) == 0
        assert main(command(pack, out.with_name("unbroken"), 40)) == 0
        assert main(command(pack, out.with_name("unbroken"), 50)) == 0
    return out


def covers(*arguments, **options):
    module = [sys.executable, "-m", "covers_lib"]
    environment = os.environ | {"COVERS_PRESET": "ci", "TQDM_DISABLE": "1"}
    return subprocess.run([*module, *arguments], capture_output=True, text=True, env=environment,
                          **options)  # fmt: skip


def check_refusal(done, out):
    assert done.returncode == 2
    assert done.stderr.startswith(f"covers: error: the disk of {out} is full at step ")
    assert "free some space and run the same command again" in done.stderr
    assert done.stderr.endswith("; the last checkpoint, step 40, is whole\n")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["00000040"]
    assert not [path for path in out.rglob("*.part")]


def check_end(out, trained):
    a, b = (
        load_file(Run(path).checkpoints[-1] / "average.safetensors")
        for path in (out, trained.with_name("unbroken"))
    )
    assert all(torch.equal(a[key], b[key]) for key in a)
    rows = [
        [{**row, "seconds": 0} for row in Run(path).history]
        for path in (out, trained.with_name("unbroken"))
    ]
    assert rows[0] == rows[1]


def test_a_file_that_may_not_grow_stops_the_run_and_loses_nothing(
    pack, trained, tmp_path, monkeypatch
):
    out = tmp_path / "run"
    shutil.copytree(trained, out)
    history = (out / "history.jsonl").stat().st_size
    for most in (*TOO_FEW.values(), history + 10):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # noqa: B023, E731
        check_refusal(covers(*command(pack, out, 50), preexec_fn=limit), out)
    monkeypatch.setenv("COVERS_PRESET", "ci")
    assert main(command(pack, out, 50)) == 0
    check_end(out, trained)


def test_a_small_disk_that_fills_up(pack, trained, tmp_path):
    """A file system of 16 MB in a name space of our own, where that is permitted."""
    inner = f"""
set -e
mount -t tmpfs -o size=16m tmpfs {tmp_path}
cp -r {trained} {tmp_path}/run
head -c $(( $(stat -f -c '%a*%S' {tmp_path}) - 120000 )) /dev/zero > {tmp_path}/filler
code=0; "$@" || code=$?
ls -A {tmp_path}/run/checkpoints
rm {tmp_path}/filler
"$@" >&2
cp -r {tmp_path}/run {trained.parent}/moved
exit $code
"""
    enter = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*enter, "mount", "-t", "tmpfs", "tmpfs",
                                                         tmp_path]).returncode:  # fmt: skip
        pytest.skip("mounting is not permitted here")
    module = [sys.executable, "-m", "covers_lib", *command(pack, tmp_path / "run", 50)]
    environment = os.environ | {"COVERS_PRESET": "ci", "TQDM_DISABLE": "1"}
    done = subprocess.run([*enter, "bash", "-c", inner, "bash", *module], capture_output=True,
                          text=True, env=environment)  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout.split() == ["00000040"]
    assert "run is full at step 50: free some space" in done.stderr.splitlines()[0]
    check_end(trained.parent / "moved", trained)


def test_python_meets_a_limit_with_an_error():
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
