import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from covers_lib import recipes, runs
from covers_lib.pack import prepare
from covers_lib.runs import generate_images, load_generator, train_run
from covers_lib.training import build

TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=12)


def train(recipe, pack, out, **options):
    return train_run(recipe, pack, out, progress=False, **options)


def weights(run):
    folder = run.checkpoints[-1]
    return {
        f"{name}.{key}": value
        for name in runs.NETWORKS
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
    assert record["steps"] == 2 and record["images"] == 2 * 5 * 4
    assert record["versions"]["torch"] == torch.__version__
    assert record["seconds"] > 0 and record["images_per_second"] > 0


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp"])
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


KILLED = """
import sys
from covers_lib import hooks, recipes, runs
from covers_lib.pack import Pack

hooks.CHECKPOINT_SECONDS = 0.05
recipe = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=400)
runs.train_run(recipe, Pack(sys.argv[1]), sys.argv[2], progress=False)
"""


def test_a_run_killed_at_any_moment_goes_on_from_its_last_checkpoint(pack, tmp_path):
    recipe = replace(TINY, steps=400)
    unbroken = train(recipe, pack, tmp_path / "unbroken")
    out = tmp_path / "killed"
    for kill in range(4):
        before = last_step(out)
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(pack.path), str(out)])
        while last_step(out) <= before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.037 * kill)  # some of these fall into the writing of a checkpoint
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert last_step(out) > before
    resumed = train(recipe, pack, out)
    assert resumed.record["resumed_from"] > 0
    assert_same_weights(resumed, unbroken)
    assert losses(resumed) == losses(unbroken)


def last_step(path: Path) -> int:
    folder = path / "checkpoints"
    return max((int(p.name) for p in folder.glob("[0-9]*")), default=0) if folder.exists() else 0


def test_ctrl_c_stops_after_the_step_with_a_checkpoint(pack, tmp_path):
    def press(gan, metrics):
        if gan.step == 5:
            os.kill(os.getpid(), signal.SIGINT)

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


def test_a_pickled_object_in_a_checkpoint_is_refused(pack, tmp_path):
    run = train(TINY, pack, tmp_path / "run")
    torch.save({"step": Path("anything")}, run.checkpoints[-1] / "state.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        run.restore(build(run.recipe))


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
