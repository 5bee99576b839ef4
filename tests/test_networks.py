import pytest
import torch

from covers_lib import latents
from covers_lib.networks import (
    SIZES,
    Discriminator,
    Generator,
    channels,
    device_of,
    generate,
    parameter_count,
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_shapes_and_ranges(size, norm):
    covers = Generator(size, latent=16, width=4)(torch.randn(2, 16))
    assert covers.shape == (2, 3, size, size)
    assert covers.abs().max() <= 1
    assert Discriminator(size, width=4, norm=norm)(covers).shape == (2,)


@pytest.mark.parametrize("size", [0, 16, 48, 100, 512])
@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_other_sizes_are_refused(network, size):
    with pytest.raises(ValueError, match=f"power of two from 32 to 256, not {size}"):
        network(size)


def test_channels_halve_as_the_picture_doubles_and_are_capped():
    assert channels(32, 64) == [256, 128, 64]
    assert channels(64, 64) == [512, 256, 128, 64]
    assert channels(128, 64) == [512, 512, 256, 128, 64]


def test_parameter_count_of_the_discriminator_by_hand():
    first = 3 * 4 * 16 + 4  # convolution of 3 into 4 features, with a bias
    second, third = 4 * 8 * 16 + 16, 8 * 16 * 16 + 32  # no bias, but BatchNorm's two
    last = 16 * 16 + 1
    assert parameter_count(Discriminator(32, width=4)) == first + second + third + last


def test_a_critic_scores_each_cover_alone():
    covers = torch.rand(4, 3, 32, 32) * 2 - 1
    critic = Discriminator(32, 4, norm="none")
    torch.testing.assert_close(critic(covers)[:1], critic(covers[:1]))
    mixing = Discriminator(32, 4, norm="batch")
    assert not torch.allclose(mixing(covers)[:2], mixing(covers[:2]))


def test_weights_begin_small():
    generator = Generator(64, latent=128, width=16)
    assert generator.first[0].weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_generate_makes_a_cover_of_its_latent_alone():
    generator = Generator(32, latent=8, width=4)
    z = latents.sample(6, 8, seed=0)
    together, alone = generate(generator, z, batch=4), generate(generator, z[3:4])
    torch.testing.assert_close(together[3:4], alone)
    assert generator.training, "generate must leave the network in the mode that it was in"
    assert device_of(generator) == torch.device("cpu")
