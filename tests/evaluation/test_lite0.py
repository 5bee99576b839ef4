import numpy as np
import pytest
import torch

from covers_lib import synthetic
from covers_lib.evaluation.lite0 import Lite0, SameConv2d, load_lite0, quick_lite0, resized


@pytest.fixture(scope="module")
def pictures():
    covers = np.stack([synthetic.draw(index, size=96) for index in range(4)])
    return torch.from_numpy(covers).permute(0, 3, 1, 2)  # (N, 3, H, W)


def test_the_network_recognises_a_class(pictures):
    # The classifier at the end must not be blind: its answer differs for different pictures.
    network = load_lite0()
    flipped = network._fc(network(resized(255 - pictures[3:]))[0]).softmax(1)
    plain = network._fc(network(resized(pictures[3:]))[0]).softmax(1)
    assert (plain - flipped).abs().max() > 0.05


def test_the_quick_network_gives_the_features_of_the_plain_one(pictures):
    x = resized(pictures)
    for quick, plain in zip(quick_lite0()(x), load_lite0()(x), strict=True):
        assert (quick - plain).norm() <= 1e-4 * plain.norm()
        assert not torch.equal(quick, plain)  # it is another network
    norms = [part for part in quick_lite0().modules() if isinstance(part, torch.nn.BatchNorm2d)]
    assert not norms
    assert any(isinstance(part, torch.nn.BatchNorm2d) for part in load_lite0().modules())


@pytest.mark.parametrize("cell", [1, 3])
def test_a_fine_checkerboard_becomes_grey(cell):
    # Nearest pixels would all be black at cells of 1 px; plain bilinear keeps black and white at 3.
    board = (np.indices((512, 512)) // cell).sum(0) % 2
    small = resized(torch.from_numpy(board * 255).to(torch.uint8).expand(1, 3, 512, 512))
    inside = small[..., 1:-1, 1:-1] * 128 + 127
    assert small.shape == (1, 3, 128, 128)
    assert abs(inside.mean() - 127.5) < 0.5 and inside.std() < (0.01 if cell == 1 else 5)


@pytest.mark.parametrize(("length", "stride"), [(8, 1), (8, 2), (9, 2)])
def test_padding_as_tensorflow_does(length, stride):
    out = SameConv2d(1, 1, 3, stride)(torch.zeros(1, 1, length, length))
    assert out.shape[2] == -(-length // stride)


def test_padding_is_at_the_end_for_an_even_length():
    convolution = SameConv2d(1, 1, 3, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    out = convolution(torch.ones(1, 1, 4, 4))
    assert out.flatten().tolist() == [9, 6, 6, 4]  # nothing is padded at the start


def test_parameters_are_those_of_the_paper():
    assert sum(p.numel() for p in Lite0().parameters()) == 4_652_008  # 4.7M, Lite0's card
