import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from covers_lib.gan import latents, recipes
from covers_lib.gan.training import build, train
from covers_lib.runs.hooks import Snapshots, in_turn, stop_signal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4)


def real(k):
    return torch.zeros(4, 3, 32, 32)


def test_snapshots_keep_the_averaged_generators_covers_at_some_steps():
    snapshots = Snapshots(latents.sample(3, 8, seed=0), [1, 3])
    train(build(TINY), real, 4, [snapshots])
    assert list(snapshots) == [1, 3]
    assert snapshots[1].shape == (3, 3, 32, 32)
    assert not torch.equal(snapshots[1], snapshots[3])


def test_no_signal_no_stop():
    with stop_signal() as stopped:
        assert not stopped.is_set()


def test_every_hook_sees_every_step_and_any_stops():
    gan, seen = build(TINY), []
    hooks = [lambda gan, metrics: gan.step == 2, lambda gan, metrics: seen.append(gan.step)]
    train(gan, real, 5, [in_turn(hooks, gan.accelerator)])
    assert seen == [1, 2]


PROCESSES = """
import json
import sys
from dataclasses import replace
import torch
from covers_lib.data import Pack
from covers_lib.gan import build, recipes
from covers_lib.runs import Run, train_run

torch.set_num_threads(1)
pack, out = Pack(sys.argv[1]), sys.argv[2]
recipe = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=20)

def stop(gan, metrics):
    return gan.step == 7 and not gan.accelerator.is_main_process

def fail(gan, metrics):
    if gan.step == 15 and not gan.accelerator.is_main_process:
        raise ValueError("the second process is unwell")

def told(**options):
    try:
        train_run(recipe, pack, out, progress=False, **options)
    except ValueError as error:
        return str(error)

said = {"stopped": told(hooks=[stop]), "steps": Run(out).record["steps"]}
said |= {"failed": told(hooks=[fail]), "resumed": told(), "record": Run(out).record}
recipe = replace(recipe, seed=5)
said |= {"refused": told()}
gan = build(recipe)
with open(f"{out}.{gan.accelerator.process_index}", "w") as file:
    json.dump(said, file)
"""


@pytest.fixture(scope="module")
def said(pack, tmp_path_factory):
    """What each of two processes learns, of a run that one of them stops, and then breaks."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "script.py").write_text(PROCESSES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    launch = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_port", port, folder / "script.py", pack.path, folder / "run"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}  # by gloo
    done = subprocess.run([sys.executable, *launch], env=environment, capture_output=True,
                          text=True, timeout=200)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads((folder / f"run.{rank}").read_text()) for rank in (0, 1)]


def test_one_process_stops_all_at_the_same_step(said):
    assert [each["stopped"] for each in said] == [None, None]
    assert [each["steps"] for each in said] == [7, 7]


def test_one_process_that_fails_ends_all_with_its_message(said):
    assert [each["failed"] for each in said] == ["the second process is unwell"] * 2
    assert all("holds another run (seed 0 there, 5 wanted)" in each["refused"] for each in said)


def test_a_run_of_several_processes_is_resumed(said):
    for each in said:
        assert each["resumed"] is None
        assert each["record"]["resumed_from"] == 7 and each["record"]["steps"] == 20
        assert each["record"]["processes"] == 2 and each["record"]["images"] == 20 * 4
