import numpy as np
import pytest
import torch

from covers_lib import synthetic
from covers_lib.features import Features, Lite0, SameConv2d, extract, load_lite0


@pytest.fixture(scope="module")
def covers():
    return np.stack([synthetic.draw(index, size=64) for index in range(6)])


def test_shapes_and_dtype(covers):
    features = extract(covers, batch=4)
    assert features.deep.shape == (6, 1280) and features.middle.shape == (6, 112)
    assert features.deep.dtype == features.middle.dtype == np.float64


def test_a_picture_has_its_features_in_any_batch(covers):
    together, alone = extract(covers), extract(covers[2:3])
    np.testing.assert_allclose(together.deep[2:3], alone.deep, atol=1e-4)


def test_the_weights_are_those_of_a_trained_network(covers):
    # ImageNet features tell a cover with noise on it from another cover; random weights don't.
    noisy = (covers + np.random.default_rng(0).normal(0, 5, covers.shape)).clip(0, 255)
    clean, same = extract(covers).deep, extract(noisy.astype(np.uint8)).deep
    distances = np.linalg.norm(clean[:, None] - same[None], axis=2)
    assert (distances.argmin(1) == np.arange(6)).all()


def test_the_network_recognises_a_class():
    # The classifier at the end must not be blind: its answer differs for different pictures.
    network = load_lite0()
    x = torch.from_numpy(synthetic.draw(3, size=128)).permute(2, 0, 1)[None].float()
    flipped = network._fc(network((255 - x - 127) / 128)[0]).softmax(1)
    plain = network._fc(network((x - 127) / 128)[0]).softmax(1)
    assert (plain - flipped).abs().max() > 0.05


def test_rows_can_be_chosen():
    features = Features(np.zeros((5, 1280)), np.arange(5.0)[:, None])
    assert features[1:3].middle.ravel().tolist() == [1, 2]


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
