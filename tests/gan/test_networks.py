import math
from typing import get_args

import pytest
import torch
from torch import nn

from covers_lib.errors import InputError
from covers_lib.gan import latents, recipes
from covers_lib.gan.devices import device_of, pick_device
from covers_lib.gan.networks import (
    Discriminator,
    Generator,
    Norm,
    Up,
    channels,
    doubling,
    he_deviation,
    parameter_count,
)
from covers_lib.gan.sampling import generate
from covers_lib.images import SIZES


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("up", get_args(Up))
@pytest.mark.parametrize("norm", get_args(Norm))
def test_shapes_and_ranges(size, norm, up):
    covers = Generator(size, latent=16, width=4, up=up, norm=norm)(torch.randn(2, 16))
    assert covers.shape == (2, 3, size, size)
    assert covers.abs().max() <= 1
    for judged_by in (norm, "layer"):
        assert Discriminator(size, width=4, norm=judged_by)(covers).shape == (2,)


@pytest.mark.parametrize("size", [0, 16, 48, 100, 512])
@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_other_sizes_are_refused(network, size):
    with pytest.raises(ValueError, match=f"power of two from 32 to 256, not {size}"):
        network(size)


def test_channels_halve_as_the_picture_doubles_and_are_capped():
    assert channels(32, 64) == [256, 128, 64]
    assert channels(64, 64) == [512, 256, 128, 64]
    assert channels(128, 64) == [512, 512, 256, 128, 64]


def test_maps_name_the_channels_and_fix_the_size():
    assert channels(32, 64, (9, 8, 7)) == [9, 8, 7]
    with pytest.raises(ValueError, match="3 maps make pictures of 32 px, not 64"):
        channels(64, 64, (9, 8, 7))


def test_networks_of_the_article_by_hand():
    maps = (1024, 512, 512, 256, 128)  # at 4, 8, 16, 32 and 64 px
    G = Generator(128, latent=200, maps=maps, slope=0.2)
    x = G.first(torch.randn(1, 200).expand(2, -1))
    shapes = [x.shape[1:], *[(x := block(x)).shape[1:] for block in G.blocks], G.last(x).shape[1:]]
    sides = (4, 8, 16, 32, 64, 128)
    assert shapes == [(c, side, side) for c, side in zip((*maps, 3), sides, strict=True)]
    assert any(isinstance(layer, torch.nn.LeakyReLU) for layer in G.modules())
    linear = 200 * 1024 * 16 + 2 * 1024  # BatchNorm's two a feature, in place of a bias
    blocks = 16 * (1024 * 512 + 512 * 512 + 512 * 256 + 256 * 128) + 2 * (512 + 512 + 256 + 128)
    assert parameter_count(G) == linear + blocks + 16 * 128 * 3 + 3 == 18_492_163
    D, critic = (Discriminator(128, norm=norm, maps=maps) for norm in ("batch", "instance"))
    assert critic.features(torch.randn(2, 3, 128, 128)).shape == (2, 1024, 4, 4)
    first = 16 * 3 * 128 + 128
    convolutions = 16 * (128 * 256 + 256 * 512 + 512 * 512 + 512 * 1024)
    norms = 2 * (256 + 512 + 512 + 1024)  # InstanceNorm has none to learn
    assert parameter_count(critic) == first + convolutions + 1024 * 16 + 1 == 15_227_009
    assert parameter_count(D) == parameter_count(critic) + norms


def test_batchnorm_is_what_keeps_the_covers_of_a_batch_apart():
    def others_change(norm):  # one cover, in training, when the rest of its batch is another
        torch.manual_seed(0)
        generator, z = Generator(32, latent=8, width=4, norm=norm), torch.randn(4, 8)
        other = torch.cat([z[:1], torch.randn(3, 8)])
        return (generator(z)[0] - generator(other)[0]).abs().max()

    assert others_change("batch") > 1e-4
    assert others_change("none") == 0


def test_nearest_upsampling_leaves_no_checkerboard():
    # What one value becomes, averaged over random filters: alike on even and odd pixels, or not.
    def unevenness(up):
        torch.manual_seed(0)
        layer = doubling(64, 64, up, bias=False)
        picture = layer(torch.ones(1, 64, 8, 8))[:, :, 4:-4, 4:-4]
        corners = torch.stack(
            [picture[:, :, i::2, j::2].mean((2, 3)) for i in (0, 1) for j in (0, 1)]
        )
        return (corners.std(0).mean() / picture.std()).item()

    assert unevenness("nearest") < 1e-4
    assert unevenness("transposed") > 0.3


def test_parameter_count_of_the_discriminator_by_hand():
    first = 3 * 4 * 16 + 4  # convolution of 3 into 4 features, with a bias
    second, third = 4 * 8 * 16 + 16, 8 * 16 * 16 + 32  # no bias, but BatchNorm's two
    last = 16 * 16 + 1
    assert parameter_count(Discriminator(32, width=4)) == first + second + third + last


@pytest.mark.parametrize("norm", ["none", "instance", "layer"])
def test_a_critic_scores_each_cover_alone(norm):
    covers = torch.rand(4, 3, 32, 32) * 2 - 1
    critic = Discriminator(32, 4, norm=norm)
    torch.testing.assert_close(critic(covers)[:1], critic(covers[:1]))


def test_a_discriminator_with_batchnorm_does_not():
    covers = torch.rand(4, 3, 32, 32) * 2 - 1
    mixing = Discriminator(32, 4, norm="batch")
    assert not torch.allclose(mixing(covers)[:2], mixing(covers[:2]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", [16, 32])
def test_an_untrained_critic_of_wgan_gp_is_about_as_steep_as_its_penalty_wants(size, width):
    torch.manual_seed(0)
    critic = recipes.get("wgan-gp", size=size, width=width).discriminator()
    covers = torch.rand(4, 3, size, size) * 2 - 1
    slope = torch.func.grad(lambda x: critic(x).sum())(covers).flatten(1).norm(dim=1)
    assert 0.3 < slope.mean() < 3


def test_weights_of_deviation_002_without_a_norm_leave_a_critic_flat():
    torch.manual_seed(0)
    critic = Discriminator(64, 32, norm="none", init="dcgan")
    covers = torch.rand(4, 3, 64, 64) * 2 - 1
    assert torch.func.grad(lambda x: critic(x).sum())(covers).flatten(1).norm(dim=1).mean() < 0.03


@pytest.mark.parametrize(
    ("layer", "seen"),
    [
        (nn.Linear(50, 3), 50),
        (nn.Conv2d(8, 3, 4, stride=2), 8 * 16),
        (nn.Conv2d(8, 3, 3), 8 * 9),
        (nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1), 8 * 4),
    ],
)
def test_he_weights_by_hand(layer, seen):
    assert he_deviation(layer, 0.0) == pytest.approx(math.sqrt(2 / seen))
    assert he_deviation(layer, 0.2) == pytest.approx(math.sqrt(2 / 1.04 / seen))


def test_he_weights_keep_the_size_of_what_passes_where_002_loses_it():
    def sizes(init):
        torch.manual_seed(0)
        generator = Generator(128, latent=64, width=16, norm="none", init=init)
        x, found = generator.first[1](generator.first[0](torch.randn(64, 64))), []
        for block in generator.blocks:
            x = block[0](x.relu())
            found.append(x.std().item())
        return found

    kept, lost = sizes("he"), sizes("dcgan")
    assert max(kept) / min(kept) < 1.5
    assert lost[-1] < lost[0] / 20


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


def test_a_device_by_name(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.delenv("COVERS_DEVICE", raising=False)
    assert pick_device() == torch.device("cuda")
    monkeypatch.setenv("COVERS_DEVICE", "cpu")
    assert pick_device() == torch.device("cpu")


def test_a_device_that_torch_does_not_know(monkeypatch):
    monkeypatch.setenv("COVERS_DEVICE", "fast")
    with pytest.raises(InputError, match="COVERS_DEVICE is fast: set it to a device that torch"):
        pick_device()
