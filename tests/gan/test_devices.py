import pytest
import torch

from covers_lib.gan import devices
from covers_lib.gan.networks import Discriminator


@pytest.fixture(autouse=True)
def settings():
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    yield
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.benchmark = before[1]


def test_tf32_is_for_nvidia_cards_alone():
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    devices.allow_tf32(torch.device("cpu"))
    assert (torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark) == before
    devices.allow_tf32(torch.device("cuda"))
    assert (torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark) == ("high", True)


@pytest.mark.parametrize(("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_of_forward_passes(name, dtype):
    network = Discriminator(32, 4, norm="none")
    with devices.precision(torch.device("cpu"), name):
        logits = network(torch.zeros(2, 3, 32, 32))
    assert logits.dtype == dtype
    assert all(p.dtype == torch.float32 for p in network.parameters())


def test_a_pass_without_gradients_leaves_no_cast_weights_behind():
    network = Discriminator(32, 4, norm="none")
    with devices.precision(torch.device("cpu"), "bf16"):
        with torch.no_grad():
            network(torch.zeros(2, 3, 32, 32))
        network(torch.zeros(2, 3, 32, 32)).sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_memory_format():
    assert devices.memory_format("instance") == torch.contiguous_format
    assert devices.memory_format("batch") == devices.memory_format("none") == torch.channels_last
