"""The experiments run, small; what they record is for chapters to read."""

import importlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from covers_lib import pretrained
from covers_lib.data.pack import Pack, prepare
from covers_lib.evaluation.evaluate import examine
from covers_lib.gan import training
from covers_lib.runs import monitor
from covers_lib.runs.folder import Run

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def run():
    def start(name: str, *options: str) -> str:
        command = [sys.executable, EXPERIMENTS / name, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


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
    n_critic = wgan["recipe"]["n_critic"]
    assert [row["steps"] * n_critic for row in wgan["equal_images"]] == [10]
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
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    script = importlib.import_module("quality")
    monkeypatch.setattr(monitor, "kid_of", lambda pack, latent: lambda generator: 1.0)
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
    n_critic = told["runs"]["wgan-gp"]["recipe"]["n_critic"]
    assert all(row["images"] == row["step"] * n_critic * 4 for row in first)
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

    monkeypatch.syspath_prepend(str(EXPERIMENTS))
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
    assert record["step"] == min(told["curve"], key=lambda row: row["choosing_fd"])["step"]
    found = examine(pretrained.load_pretrained("dcgan-synthetic"), pack, 64).evaluation
    assert found.fd == pytest.approx(record["evaluation"]["fd"], rel=1e-3)
    assert record["memorised"]["n_training"] == len(pack.training)
    assert record["rates"] == [{"step": 0, "lr": 2e-4}, {"step": step, "lr": 4e-5}]
    assert "drawn by the project's own code" in (stored / "dcgan-synthetic.md").read_text()


@pytest.fixture
def script(monkeypatch):
    """Import a script of the experiments, without leaving its folder on the path."""
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    return importlib.import_module


GRID = ("--minutes", "0.002", "--width", "4")


def test_a_grid_is_filled_and_goes_on_with_what_is_missing(run, pack, tmp_path):
    out = tmp_path / "record.json"
    options = ("without-norm", "--pack", pack, *GRID, "--out", str(out), "--rows", "0.02")
    run("grid.py", *options, "--seeds", "0")
    record = json.loads(out.read_text())
    cells = record["cells"]
    assert [(cell["row"], cell["column"], cell["seed"]) for cell in cells] == [
        ("0.02", "bce", 0),
        ("0.02", "wgan-gp", 0),
    ]
    for cell in cells:
        assert [row["seconds"] for row in cell["curve"]] == sorted(
            row["seconds"] for row in cell["curve"]
        )
        assert cell["images"] == cell["steps"] * cell["recipe"]["batch"] > 0
        assert cell["recipe"]["width"] == 16, "the plan's own width"
    told = [{**cell["recipe"], "name": ""} for cell in cells]
    changed = {key for key in told[0] if told[0][key] != told[1][key]}
    assert changed == {"loss", "penalty"}, "the loss and its penalty are all that differs"
    run("grid.py", *options, "--seeds", "0", "1")
    longer = json.loads(out.read_text())["cells"]
    assert longer[:2] == cells and [cell["seed"] for cell in longer] == [0, 0, 1, 1]
    strips = sorted(out.with_suffix("").iterdir())
    assert [strip.name for strip in strips] == [cell["strip"] for cell in longer]
    for strip in strips:
        with Image.open(strip) as picture:
            assert picture.size == (16 * 32, 32)


def test_what_counts_as_trained_was_said_before_looking(run, pack, tmp_path):
    out = tmp_path / "record.json"
    run("grid.py", "robustness", "--pack", pack, *GRID, "--out", str(out), "--rows", "standard")
    record = json.loads(out.read_text())
    assert record["floor"]["kid"] < record["trained"]["kid"] == record["four_by_four"]["kid"]
    assert record["trained"]["vendi"] == pytest.approx(record["floor"]["vendi"] / 10, abs=0.01)
    assert {cell["column"] for cell in record["cells"]} == {"bce", "wgan-gp", "relativistic"}


@pytest.mark.parametrize("name", ["settings", "rivals", "without-norm", "robustness"])
def test_every_cell_of_a_plan_builds_and_takes_a_step(script, name):
    plan = script("plans").PLANS[name]
    cells = plan.cells({"size": 32, "width": 4, "steps": 1}, [0], None)
    assert len({(cell.row, cell.column) for cell in cells}) == len(cells)
    rng = torch.Generator().manual_seed(0)
    for cell in cells:
        gan = script("grid").build(cell)
        real = torch.rand(cell.recipe.batch, 3, 32, 32, generator=rng) * 2 - 1
        training.train(gan, lambda k, real=real: real, 1)
        assert all(torch.isfinite(value).all() for value in gan.generator.parameters()), cell


def test_the_ablation_changes_one_thing_at_a_time(script):
    plans = script("plans")
    cells = plans.SETTINGS.cells({"size": 32, "width": 4, "steps": 1}, [0], None)
    wgan = {cell.row: vars(cell.recipe) for cell in cells if cell.column == "wgan-gp"}
    pilot = wgan.pop("pilot")
    together = {"d_lr", "lr"}, {"n_critic", "d_lr"}, {"norm", "init"}
    for row, recipe in wgan.items():
        changed = {key for key in recipe if recipe[key] != pilot[key]}
        assert len(changed) == 1 or changed in together or row == "first edition", row


def test_a_loss_that_is_no_number_ends_a_cell_without_measures(script, pack):
    grid, plans = script("grid"), script("plans")
    cells = plans.RIVALS.cells({"size": 32, "width": 4, "steps": 1}, [0], None)
    broken = replace(cells[0].recipe, lr=1e30)
    judge = grid.Judge(32, lambda covers: {"mean": float(covers.mean())})
    cell = replace(cells[0], recipe=broken)
    row, covers = grid.play(cell, Pack(pack), judge, [60.0])
    assert row["finite"] is False and row["curve"] == [] and row["raw"] is None
    assert covers.shape == (16, 32, 32, 3)


def test_half_of_the_held_out_covers_choose_and_half_judge(script, pack):
    pack, halves = Pack(pack), script("held_out")
    choosing, judging = (halves.half_of(pack, half) for half in ("choosing", "judging"))
    assert not set(choosing) & set(judging)
    assert sorted([*choosing, *judging]) == list(halves.half_of(pack, "all")) == list(pack.held_out)
    assert abs(len(choosing) - len(judging)) <= 1


def test_modes_of_two_factors_are_counted(run, tmp_path):
    out = tmp_path / "record.json"
    options = ("--covers", "1280", "--judged", "1024", "--minutes", "0.002", "--width", "4")
    run("factor_modes.py", *options, "--seeds", "0", "--out", str(out))
    record = json.loads(out.read_text())
    assert record["modes"] == 256 and len(record["cells"]) == 4
    reader = record["reader"]
    assert reader["of_half"]["found"] < reader["of_all"]["found"] <= 256
    assert reader["right"] > 0.2
    assert all(cell["curve"][-1]["found"] < 64 for cell in record["cells"]), "untrained"


def test_sharpness_on_the_ring_is_recorded_and_goes_on(run, tmp_path):
    out = tmp_path / "record.json"
    run("ring_sharpness.py", "--seeds", "1", "--steps", "3", "--out", str(out))
    first = json.loads(out.read_text())
    assert first["real"] > 0.99
    run("ring_sharpness.py", "--seeds", "2", "--steps", "3", "--out", str(out))
    for name, game in json.loads(out.read_text())["games"].items():
        assert game["runs"][0] == first["games"][name]["runs"][0]
        assert [run["seed"] for run in game["runs"]] == [0, 1]
        assert [row["step"] for row in game["runs"][0]["curve"]] == [3]


def test_a_latent_space_in_pieces_names_the_sector(script):
    ring = script("ring_sharpness")
    angles = (torch.arange(8) + 0.5) * torch.pi / 4
    z = torch.stack([angles.cos(), angles.sin()], 1)
    pieces = ring.InPieces()(z)[:, 2:]
    torch.testing.assert_close(pieces, torch.eye(8))
