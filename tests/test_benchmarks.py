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

from covers_lib import kid, pretrained, synthetic, training
from covers_lib.evaluation import evaluate
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


def test_our_extraction_against_the_plain_network(run):
    printed = run("features.py", "--rounds", "1", "--images", "8")
    assert "pictures of 64 px (images a second" in printed
    assert "pictures of 128 px (images a CPU-second" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 2 * 2 * 5 and min(ratios) > 0


def test_measures_of_known_damage(run):
    printed = run("measures.py", "--n", "100", "--size", "32", "--rows", "200")
    assert "200 × 200 features of 1,280 dimensions" in printed and "Vendi score" in printed
    rows = re.findall(r"^  (other real covers|[a-z]+ \w+ ?\d*) +([\d.]+) ", printed, re.MULTILINE)
    fd = {name.strip(): float(value) for name, value in rows}
    assert fd["other real covers"] < fd["strong blur"] < fd["uniform noise"]
    assert fd["other real covers"] < fd["collapse to 16"]
    assert len(re.findall(r"^  (?:ok |NOT)  \w", printed, re.MULTILINE)) == 4


@pytest.mark.parametrize("toy", ["ring", "digits"])
def test_modes_are_recorded(run, tmp_path, toy):
    out = tmp_path / "record.json"
    printed = run("modes.py", toy, "--seeds", "1", "--steps", "2", "--out", str(out))
    record = json.loads(out.read_text())
    assert list(record["games"]) == ["WGAN-GP", "discriminator ahead", "even game"]
    for game in record["games"].values():
        assert [row["seed"] for row in game["equal_steps"]] == [0]
        assert [row["steps"] for row in game["equal_steps"]] == [2]
        assert all(row["steps"] >= 2 for row in game["equal_time"])
    assert record["real"]["found"] == {"ring": 8, "digits": 1_000}[toy]
    assert printed.count("found") >= 3


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return str(prepare("synthetic", 32, tmp_path_factory.mktemp("packs") / "pack", 420).path)


SMALL = ("--n", "32", "--width", "4", "--batch", "4", "--seeds", "1", "--steps", "10", "--out")


def test_collapse_on_covers_is_recorded(run, pack, tmp_path):
    out = tmp_path / "new" / "record.json"
    run("collapse.py", "--pack", pack, *SMALL, str(out))
    record = json.loads(out.read_text())
    assert list(record["games"]) == ["dcgan", "dcgan-collapse"]
    for game in record["games"].values():
        (row,) = game["runs"]
        assert (row["seed"], row["steps"], row["images"]) == (0, 10, 40)
        assert {"fd", "recall", "vendi"} <= set(row["generator"]) & set(row["ema"])


def test_rivals_on_covers_are_recorded(run, pack, tmp_path):
    out = tmp_path / "record.json"
    run("rivals.py", "--pack", pack, *SMALL, str(out))
    record = json.loads(out.read_text())
    wgan, dcgan = (record["games"][name] for name in ("wgan-gp", "dcgan"))
    assert [row["steps"] for row in wgan["equal_images"]] == [2], "five critic steps to one"
    assert wgan["equal_time"] == wgan["equal_images"]
    assert [row["images"] for row in dcgan["equal_images"]] == [40]
    for ours, theirs in zip(wgan["equal_images"], dcgan["equal_time"], strict=True):
        assert theirs["cpu_seconds"] >= ours["cpu_seconds"]
    factors = {"layout", "palette", "motif", "lettering", "texture"}
    assert set(dcgan["equal_time"][0]["ema"]["kl"]) == set(record["real"]["kl"]) == factors
    with Image.open(out.with_suffix(".png")) as sheet:
        assert sheet.size == (12 * 34 - 2, 2 * 34 - 2)


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


def test_a_long_run_goes_on_and_is_stored(run, tmp_path, monkeypatch):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=420, progress=False)
    folder = tmp_path / "run"
    options = ("--pack", str(pack.path), "--run", str(folder))
    train = ("train", "dcgan", *options, "--width", "4", "--every", "0.5", "--minutes")
    run("long_runs.py", *train, "0.01")
    first = Run(folder).history
    run("long_runs.py", *train, "0.03")
    assert Run(folder).history[: len(first)] == first
    run("long_runs.py", *train, "0.04", "--lr", "0.00004")
    cooled = Run(folder)
    step = json.loads((folder / "rates.json").read_text())[1]["step"]
    assert cooled.recipe.lr == 4e-5 and cooled.history[-1]["step"] > step
    gan = training.build(cooled.recipe)
    cooled.restore(gan)
    assert gan.d_optimizer.param_groups[0]["lr"] == gan.g_optimizer.param_groups[0]["lr"] == 4e-5
    run("long_runs.py", "measure", *options)
    told = json.loads((folder / "measures.json").read_text())
    steps = [int(path.stem) for path in sorted((folder / "generators").iterdir())]
    assert [row["step"] for row in told["curve"]] == steps and len(steps) >= 2
    assert all(row["images"] == row["step"] * 64 for row in told["curve"])

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    script = importlib.import_module("publish")
    stored = tmp_path / "stored"
    stored.mkdir()
    monkeypatch.setattr(pretrained, "HERE", stored)
    monkeypatch.setattr(script, "SEEDS", range(2))
    monkeypatch.setattr(script, "N", 64)
    record = script.publish(Run(folder), pack, "dcgan-synthetic", tmp_path / "closest.png")
    kinds = {path.name.removeprefix("dcgan-synthetic.") for path in stored.iterdir()}
    assert kinds == {"json", "growth.jpg", "samples.jpg", "md", "safetensors"}
    assert pretrained.record("dcgan-synthetic") == json.loads(json.dumps(record))
    assert record["step"] == min(told["curve"], key=lambda row: row["fd"])["step"]
    found = evaluate(pretrained.load_pretrained("dcgan-synthetic"), pack, 64)
    assert found.fd == pytest.approx(record["evaluation"]["fd"], rel=1e-3)
    assert record["memorised"]["n_training"] == len(pack.training)
    assert record["rates"] == [{"step": 0, "lr": 2e-4}, {"step": step, "lr": 4e-5}]
    assert "drawn by the project's own code" in (stored / "dcgan-synthetic.md").read_text()
