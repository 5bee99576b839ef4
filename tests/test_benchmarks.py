"""The benchmarks run, small; what they measure is for people to read."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from covers_lib import kid, synthetic
from covers_lib.pack import prepare
from covers_lib.run_folder import Run

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "originals"
    folder.mkdir()
    for index in range(24):
        Image.fromarray(synthetic.draw(index, 2, 256)).save(folder / f"{index}.jpg")

    def start(name: str, *options: str) -> str:
        command = [sys.executable, BENCHMARKS / name, *options]
        environment = os.environ | {"COVERS_ORIGINALS": str(folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


def test_the_pack_against_decoding(run):
    printed = run("data.py", "--rounds", "1", "--sizes", "32")
    assert "24 JPEG files, 256 to 256 px" in printed and "torch" in printed
    assert "Reading, 32 px" in printed and "Building, 32 px" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 5 and min(ratios) > 0


def test_memory_of_each_process(run):
    printed = run("memory.py", "--files", "30", "60", "--size", "32")
    rows = re.findall(r"^ +(\d+) +([\d.]+) +(\d+)  ([\d, ]+)$", printed, re.MULTILINE)
    assert [row[0] for row in rows] == ["30", "60"]
    assert all(int(row[3].split(",")[0]) > 50 for row in rows)


def test_our_step_against_a_plain_one(run):
    printed = run("training.py", "--rounds", "1", "--batch", "2", "--thin", "64", "--no-memory")
    assert "dcgan, 32 px" in printed
    assert "discriminator's step" in printed and "generator's step" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 2 + 3 + 3 and min(ratios) > 0


@pytest.fixture
def quality(monkeypatch):
    """The script in this process, with a measure that takes no time."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    script = importlib.import_module("quality")
    monkeypatch.setattr(kid, "judge", lambda pack, latent: lambda generator: 1.0)
    monkeypatch.setattr(script, "floor", lambda pack: 0.0)

    def start(*options: str) -> None:
        monkeypatch.setattr(sys, "argv", ["quality.py", *options])
        script.main()

    return start


def test_quality_by_time(quality, tmp_path, capsys):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=40, progress=False)
    options = ["--pack", str(pack.path), "--runs", str(tmp_path / "runs"), "--every", "0.4"]
    options += ["--record", str(tmp_path / "record.json"), "--width", "4", "--batch", "4"]
    quality("race", *options, "--minutes", "0.02")
    assert re.search(r"KID 1.000, wgan-gp's best: wgan-gp in \d+ s", capsys.readouterr().out)
    told = json.loads((tmp_path / "record.json").read_text())
    assert set(told["runs"]) == {"dcgan", "wgan-gp", "beyond"} and told["pack"] == pack.digest
    first = told["runs"]["wgan-gp"]["curve"]
    assert all(row["images"] == row["step"] * 5 * 4 for row in first)
    assert len(first) >= 2 and first[-1]["seconds"] >= 1.2
    quality("race", *options, "--minutes", "0.04", "--only", "wgan-gp")
    longer = Run(tmp_path / "runs" / "wgan-gp-width-4-batch-4").history
    assert longer[: len(first)] == first and longer[-1]["seconds"] >= 2.4


def test_an_ablation_goes_on_with_the_races_runs(quality, tmp_path):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=40, progress=False)
    options = ["--pack", str(pack.path), "--runs", str(tmp_path / "runs"), "--minutes", "0.005"]
    options += ["--record", str(tmp_path / "record.json"), "--width", "4", "--batch", "4"]
    quality("race", *options)
    quality("ablation", *options)
    runs = json.loads((tmp_path / "record.json").read_text())["runs"]
    assert (
        len(list((tmp_path / "runs").iterdir())) == len(runs) + 1
    )  # wgan-gp's is the race's alone
    changed = {json.dumps({**run["recipe"], "name": ""}) for run in runs.values()}
    assert len(changed) == len(runs), "no two are alike"
