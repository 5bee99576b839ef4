"""Two processes with half a batch each train as one process with the whole batch."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from covers_lib.gan import distributed, recipes, training

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TINY = {"size": 32, "width": 4, "latent": 8, "batch": 4}

# `dcgan` has BatchNorm on both sides, in the generator's step twice over; `wgan-gp` the penalty;
# `beyond` pairs real covers with fakes, and draws augmentations.
STEPS = """
import sys
import torch
from covers_lib.gan import recipes, training

torch.set_num_threads(1)
NETWORKS = ("generator", "discriminator")

def real(k):
    return torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(k)) * 2 - 1

def named(gan, names):
    return {f"{key}.{name}": value for key in NETWORKS
            for name, value in getattr(getattr(gan, key), names)()}

states = {}
for name in ("dcgan", "wgan-gp", "beyond"):
    recipe = recipes.get(name, size=32, width=4, latent=8, batch=4, lazy=1)
    gan = training.build(recipe)
    for optimizer in (gan.d_optimizer, gan.g_optimizer):
        optimizer.step = lambda: None  # Adam makes much of the rounding of small gradients
    training.discriminator_step(gan, gan.share(real(0)))
    training.generator_step(gan, gan.share(real(0)))
    gradients = {key: p.grad for key, p in named(gan, "named_parameters").items()}
    statistics, trained, losses = named(gan, "named_buffers"), training.build(recipe), []
    training.train(trained, real, 2, [lambda gan, metrics: losses.append(metrics)])
    states[name] = {
        "processes": gan.accelerator.num_processes, "gradients": gradients,
        "statistics": statistics, "losses": losses[0],
        "weights": named(trained, "named_parameters") | named(trained, "named_buffers"),
    }
torch.save(states, f"{sys.argv[1]}.{gan.accelerator.process_index}")
"""


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """What two steps leave in one process alone, and in each of two."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "steps.py").write_text(STEPS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    launch = ["accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1"]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", port]
    ways = {"alone": [], "shared": ["-m", *launch]}
    for name, launcher in ways.items():
        command = [sys.executable, *launcher, str(folder / "steps.py"), str(folder / name)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        environment["CUDA_VISIBLE_DEVICES"] = ""  # on CPUs, by gloo
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    files = {"alone": "alone.0", "first": "shared.0", "second": "shared.1"}
    return {name: torch.load(folder / file) for name, file in files.items()}


def assert_near(found, expected):
    """Compare tensors as wholes, to 1e-5 of the largest value."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        error = (found[name] - value).abs().max() / value.abs().max().clamp_min(1e-12)
        assert error < 1e-5, f"{name}: {error:.1e}"


@pytest.mark.parametrize("what", ["gradients", "statistics"])
@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "beyond"])
def test_two_processes_are_one_with_the_whole_batch(states, name, what):
    alone, first = states["alone"][name], states["first"][name]
    assert (alone["processes"], first["processes"]) == (1, 2)
    assert_near(first[what], alone[what])
    torch.testing.assert_close(first["losses"], alone["losses"])


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "beyond"])
def test_two_processes_stay_the_same_to_the_bit(states, name):
    first, second = (states[key][name]["weights"] for key in ("first", "second"))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.fixture
def one_process(tmp_path):
    """A process group of one."""
    torch.distributed.init_process_group("gloo", f"file://{tmp_path / 'met'}", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_the_global_batchnorm_of_one_process_is_batchnorm(one_process):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(3, 2, 4, 4, generator=rng, dtype=torch.float32) * 3 + 50  # far from 0
    norms = torch.nn.BatchNorm2d(2), distributed.GlobalBatchNorm(2)
    outputs, slopes = [], []
    for norm in norms:
        leaf = x.clone().requires_grad_()
        outputs.append(norm(leaf))
        slopes.append(torch.autograd.grad((outputs[-1] ** 3).sum(), [leaf, norm.weight, norm.bias]))
    torch.testing.assert_close(outputs[1], outputs[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(slopes[1], slopes[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norms[1].state_dict(), norms[0].state_dict())
    assert torch.equal(norms[1].eval()(x), norms[1].eval()(x))


def test_conversion_keeps_weights_and_names():
    network = recipes.get("dcgan", **TINY).generator()
    before = network.state_dict()
    after = distributed.with_global_norm(network).state_dict()
    assert [*after] == [*before]
    assert all(torch.equal(after[name], before[name]) for name in before)
    kinds = [type(module) for module in network.modules()]
    assert torch.nn.BatchNorm2d not in kinds
    assert kinds.count(distributed.GlobalBatchNorm) == 3


def test_a_batch_that_cannot_be_shared_is_refused():
    class Three:
        num_processes = 3

    with pytest.raises(ValueError, match="batch of 4 can't be shared equally by 3 processes"):
        training.build(recipes.get("dcgan", **TINY), Three())
