import errno
import json
import signal
import subprocess
import sys
from dataclasses import replace
from unittest.mock import ANY

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from covers_lib.data.pack import prepare
from covers_lib.gan import recipes
from covers_lib.gan.sampling import generate_images
from covers_lib.runs import checkpoints, monitor
from covers_lib.runs import train as runs
from covers_lib.runs.train import Run, load_generator, train_run

TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=12)


def train(recipe, pack, out, **options):
    return train_run(recipe, pack, out, progress=False, **options)


def weights(run):
    folder = run.checkpoints[-1]
    return {
        f"{name}.{key}": value
        for name in checkpoints.NETWORKS
        for key, value in load_file(folder / f"{name}.safetensors").items()
    }


def assert_same_weights(a, b):
    a, b = weights(a), weights(b)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[key], b[key]) for key in a)


def losses(run):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]


def test_a_run_is_a_folder(pack, tmp_path):
    run = train(TINY, pack, tmp_path / "run")
    assert {path.name for path in run.path.iterdir()} == {
        "recipe.json", "history.jsonl", "checkpoints", "samples", "record.json",
    }  # fmt: skip
    assert [row["step"] for row in run.history] == [1, 10]
    assert set(run.history[0]) == {"step", "seconds", "d_loss", "real", "fake", "g_loss"}
    with Image.open(run.path / "samples" / "00000012.png") as image:
        assert image.size == (8 * 34 + 2, 8 * 34 + 2)


def test_the_record_says_how_the_run_was_made(pack, tmp_path):
    recipe = replace(recipes.get("wgan-gp", width=4, latent=8, batch=4), size=32, steps=2, seed=7)
    record = train(recipe, pack, tmp_path / "run").record
    assert record["recipe"]["seed"] == 7 and record["pack"] == pack.digest
    assert record["steps"] == 2 and record["images"] == 2 * record["recipe"]["n_critic"] * 4
    assert record["versions"]["torch"] == torch.__version__
    assert record["seconds"] > 0 and record["images_per_second"] > 0


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "beyond"])
def test_a_resumed_run_equals_the_unbroken_one(pack, tmp_path, name):
    recipe = recipes.get(name, size=32, width=4, latent=8, batch=4, steps=20)
    unbroken = train(recipe, pack, tmp_path / "unbroken")
    for steps in (7, 11, 20):
        resumed = train(replace(recipe, steps=steps), pack, tmp_path / "resumed")
    assert resumed.record["resumed_from"] == 11
    assert_same_weights(resumed, unbroken)
    assert losses(resumed) == losses(unbroken)


def test_the_same_seed_gives_the_same_run(pack, tmp_path):
    first, second = (train(TINY, pack, tmp_path / name) for name in ("a", "b"))
    other = train(replace(TINY, seed=1), pack, tmp_path / "c")
    assert_same_weights(first, second)
    assert losses(first) == losses(second) != losses(other)


KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from unittest.mock import ANY
from covers_lib.gan import recipes
from covers_lib.runs import checkpoints, train as runs
from covers_lib.data import Pack

pack, out = Pack(sys.argv[1]), Path(sys.argv[2])
checkpoints.SECONDS = 0.05
recipe = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=10**6)
moments, parent = random.Random(0), os.getpid()


def orphaned(gan, metrics):  # where this script is ended, its child must not go on for ever
    return os.getppid() != parent


def half_written():  # newer than the last whole one: a half-removed checkpoint is not counted
    last = max((int(path.name) for path in out.glob("checkpoints/[0-9]*")), default=0)
    parts = [path for path in out.glob("checkpoints/.*.part") if int(path.name[1:9]) > last]
    return {(path.name, path.stat().st_ino) for path in parts if path.exists()}


hits = 0
for kill in range(25):
    before = half_written()
    child = os.fork()  # a process of its own, without the seconds of importing torch
    if child == 0:
        runs.train_run(recipe, pack, out, progress=False, hooks=[orphaned])
        os._exit(0)
    if kill % 3:  # at any moment, opening and resuming included
        time.sleep(moments.uniform(0, 0.6))
    else:  # as soon as a checkpoint is being written, or a little later
        while not half_written() - before and os.waitpid(child, os.WNOHANG) == (0, 0):
            time.sleep(0.0005)
        time.sleep(moments.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), "it ended before it could be killed"
    hits += bool(half_written() - before)
print(hits)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="torch outlives os.fork on Linux only")
def test_a_run_killed_at_25_moments_ends_like_the_unbroken_one(pack, tmp_path):
    out = tmp_path / "killed"
    killer = [sys.executable, "-c", KILLER, str(pack.path), str(out)]
    killed = subprocess.run(killer, capture_output=True, text=True, timeout=200)
    assert killed.returncode == 0, killed.stderr
    assert int(killed.stdout) >= 5, "too few kills fell into the writing of a checkpoint"
    steps = int(Run(out).checkpoints[-1].name) + 30
    resumed = train(replace(TINY, steps=steps), pack, out)
    unbroken = train(replace(TINY, steps=steps), pack, tmp_path / "unbroken")
    assert resumed.record["resumed_from"] > 0
    assert_same_weights(resumed, unbroken)
    assert losses(resumed) == losses(unbroken)
    assert not list((out / "checkpoints").glob(".*")), "what was half-written is gone"


def test_ctrl_c_stops_after_the_step_with_a_checkpoint(pack, tmp_path):
    def press(gan, metrics):
        if gan.step == 5:
            signal.raise_signal(signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    run = train(TINY, pack, tmp_path / "run", hooks=[press])
    assert [path.name for path in run.checkpoints] == ["00000005"]
    assert signal.getsignal(signal.SIGINT) is handler
    assert train(TINY, pack, run.path).record["resumed_from"] == 5


def test_minutes_end_a_run(pack, tmp_path):
    run = train(replace(TINY, steps=10**6), pack, tmp_path / "run", minutes=0.01)
    assert 0 < run.record["steps"] < 10**6
    assert run.record["seconds"] < 30


def test_the_last_two_checkpoints_are_kept(pack, tmp_path):
    for steps in (1, 2, 3, 4):
        run = train(replace(TINY, steps=steps), pack, tmp_path / "run")
    assert [path.name for path in run.checkpoints] == ["00000003", "00000004"]


def test_another_recipe_or_pack_is_refused_with_the_difference(pack, tmp_path):
    run = train(TINY, pack, tmp_path / "run")
    before = weights(run)
    with pytest.raises(ValueError, match=r"holds another run \(width 4 there, 8 wanted\)"):
        train(replace(TINY, width=8), pack, run.path)
    other = prepare("synthetic", 32, tmp_path / "other", n=40, progress=False)
    with pytest.raises(ValueError, match=r"another run \(pack .* there, .* wanted\).*--no-resume"):
        train(TINY, other, run.path)
    assert all(torch.equal(value, before[key]) for key, value in weights(run).items())


def test_a_run_can_begin_anew(pack, tmp_path):
    train(TINY, pack, tmp_path / "run")
    run = train(replace(TINY, width=8), pack, tmp_path / "run", resume=False)
    assert run.record["resumed_from"] == 0 and run.recipe.width == 8


@pytest.mark.parametrize("resume", [True, False])
def test_a_folder_that_holds_something_else_is_left_alone(pack, tmp_path, resume):
    (tmp_path / "thesis.txt").write_text("hello")
    with pytest.raises(ValueError, match="not a run: choose another --out"):
        train(TINY, pack, tmp_path, resume=resume)
    with pytest.raises(ValueError, match="is a file: give a folder"):
        train(TINY, pack, tmp_path / "thesis.txt", resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_averaged_generator_is_loaded(pack, tmp_path):
    run = train(TINY, pack, tmp_path / "run")
    generator = load_generator(run.path)
    saved = load_file(run.checkpoints[-1] / "average.safetensors")
    assert all(torch.equal(value, saved[key]) for key, value in generator.state_dict().items())
    assert not generator.training
    images = generate_images(generator, 5, seed=1)
    assert images.shape == (5, 32, 32, 3)
    assert (images == generate_images(generator, 5, seed=1)).all()
    assert (images != generate_images(generator, 5, seed=2)).any()


def test_missing_runs_and_checkpoints(tmp_path):
    with pytest.raises(ValueError, match="there is no run at .*: make one with `covers train`"):
        load_generator(tmp_path)
    settings = json.dumps(vars(TINY) | {"pack": ""})
    (tmp_path / "recipe.json").write_text(settings)
    with pytest.raises(ValueError, match="has no checkpoint yet"):
        load_generator(tmp_path)


def test_a_run_that_is_complete_keeps_its_record(pack, tmp_path):
    first = train(TINY, pack, tmp_path / "run").record
    again = train(TINY, pack, tmp_path / "run").record
    assert again["resumed_from"] == again["steps"] == first["steps"]
    assert again["images_per_second"] == pytest.approx(first["images_per_second"], rel=0.5)


def test_a_run_killed_while_it_began_can_begin(pack, tmp_path):
    (tmp_path / ".recipe.json.part").write_text("{")
    assert train(TINY, pack, tmp_path).record["steps"] == 12


def test_a_line_of_history_that_was_cut_off_is_dropped(pack, tmp_path):
    run = train(TINY, pack, tmp_path / "run")
    with open(run.path / "history.jsonl", "a") as file:
        file.write('{"step": 11, "los')
    assert [row["step"] for row in run.history] == [1, 10]
    assert [row["step"] for row in train(replace(TINY, steps=20), pack, run.path).history] == [
        1, 10, 20,
    ]  # fmt: skip


def test_an_evaluated_run_keeps_its_best_checkpoint_and_trains_the_same(
    pack, tmp_path, monkeypatch
):
    monkeypatch.setattr(monitor, "KID_COVERS", 40)
    kids = iter([0.3, 0.1, 0.2, 0.1, 0.4])
    monkeypatch.setattr(monitor, "kernel_distance", lambda *_: next(kids))
    recipe = replace(TINY, steps=20)
    evaluated = train(recipe, pack, tmp_path / "evaluated", evaluate_every=4)
    assert [(row["step"], row["kid"]) for row in evaluated.history if "kid" in row] == [
        (4, 0.3), (8, 0.1), (12, 0.2), (16, 0.1), (20, 0.4),
    ]  # fmt: skip
    assert evaluated.best == evaluated.path / "checkpoints" / "00000008"
    assert json.loads((evaluated.path / "best.json").read_text()) == {"step": 8, "kid": 0.1}
    assert [path.name for path in evaluated.checkpoints] == ["00000008", "00000020"]
    plain = train(recipe, pack, tmp_path / "plain")
    assert plain.best is None
    assert_same_weights(evaluated, plain)
    best, last = load_generator(evaluated.best), load_generator(evaluated.path)
    assert not torch.equal(best.last[0].bias, last.last[0].bias)


def test_kid_is_that_of_the_averaged_generator(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "KID_COVERS", 40)
    run = train(replace(TINY, steps=5), pack, tmp_path / "run", evaluate_every=5)
    measured = monitor.kid_of(pack, TINY.latent)(load_generator(run.path))
    assert run.history[-1] == {"step": 5, "seconds": ANY, "kid": pytest.approx(measured, abs=1e-6)}


@pytest.mark.parametrize("kept", ["history", "checkpoint"])
def test_a_run_killed_while_it_evaluates_names_the_same_best(pack, tmp_path, monkeypatch, kept):
    monkeypatch.setattr(monitor, "KID_COVERS", 40)
    recipe = replace(TINY, steps=10)

    def kill(*_):
        raise SystemExit

    with monkeypatch.context() as patch:  # after the row, or after the checkpoint
        patch.setattr(runs.Run, "save" if kept == "history" else "name_best", kill)
        if kept == "checkpoint":  # the call at the beginning is none of it
            patch.setattr(runs.Run, "name_best", lambda run: run.history and kill())
        with pytest.raises(SystemExit):
            train(recipe, pack, tmp_path / "run", evaluate_every=5)
    broken = train(recipe, pack, tmp_path / "run", evaluate_every=5)
    unbroken = train(recipe, pack, tmp_path / "unbroken", evaluate_every=5)
    assert losses(broken) == losses(unbroken)
    assert broken.best.name == unbroken.best.name


def break_down(at):
    def hook(gan, metrics):
        if gan.step == at:
            with torch.no_grad():
                gan.generator.last[0].bias.fill_(float("nan"))

    return hook


@pytest.mark.parametrize(("steps", "seen"), [(30, 20), (15, 15)])  # by a row, by the last save
def test_a_run_that_breaks_down_keeps_its_last_good_checkpoint(pack, tmp_path, steps, seen):
    run = train(TINY, pack, tmp_path / "run")
    before, rows = weights(run), run.history
    with pytest.raises(ValueError, match=f"broke down at step {seen} .*, step 12, is whole"):
        train(replace(TINY, steps=steps), pack, run.path, hooks=[break_down(at=15)])
    assert [path.name for path in run.checkpoints] == ["00000012"] and run.history == rows
    assert all(torch.equal(value, before[key]) for key, value in weights(run).items())
    assert train(replace(TINY, steps=20), pack, run.path).record["resumed_from"] == 12


def test_the_disk_is_full(pack, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    run = train(TINY, pack, tmp_path / "run")
    with monkeypatch.context() as patch, pytest.raises(ValueError, match="is full at step 15"):
        patch.setattr(checkpoints, "SECONDS", 0.0)
        fill = lambda gan, metrics: gan.step == 15 and patch.setattr("os.fsync", full)  # noqa: E731
        train(replace(TINY, steps=20), pack, run.path, hooks=[fill])
    assert int(run.checkpoints[-1].name) == 14
    resumed = train(replace(TINY, steps=20), pack, run.path)
    unbroken = train(replace(TINY, steps=20), pack, tmp_path / "unbroken")
    assert resumed.record["resumed_from"] == 14
    assert_same_weights(resumed, unbroken)


def test_the_bar_shows_losses_and_covers_a_second(pack, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    train_run(replace(TINY, steps=10), pack, tmp_path / "run")
    last = capsys.readouterr().err.rpartition("\r")[2]
    assert "dcgan: 100%" in last and "10/10" in last and "D=" in last and "G=" in last
    assert float(last.partition("covers/s=")[2].partition(",")[0]) > 0


def test_losses_and_kid_go_to_tensorboard(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "KID_COVERS", 40)
    for steps in (10, 20):
        run = train(replace(TINY, steps=steps), pack, tmp_path / "run", evaluate_every=10,
                    tracker="tensorboard")  # fmt: skip
    events = EventAccumulator(str(run.path / "logs" / "dcgan")).Reload()
    assert set(events.Tags()["scalars"]) == {"d_loss", "g_loss", "real", "fake", "kid"}
    assert [event.step for event in events.Scalars("d_loss")] == [1, 10, 20]
    logged = [event.value for event in events.Scalars("kid")]
    assert logged == pytest.approx([row["kid"] for row in run.history if "kid" in row])


def test_wrong_settings_are_refused_before_anything_is_written(pack, tmp_path):
    with pytest.raises(ValueError, match="there is no tracker paper"):
        train(TINY, pack, tmp_path / "run", tracker="paper")
    with pytest.raises(ValueError, match="--evaluate-every must be 0 or more, not -1"):
        train(TINY, pack, tmp_path / "run", evaluate_every=-1)
    small = prepare("synthetic", 32, tmp_path / "small", n=20, progress=False)
    with pytest.raises(ValueError, match="too small to measure against"):
        train(TINY, small, tmp_path / "run", evaluate_every=1)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
