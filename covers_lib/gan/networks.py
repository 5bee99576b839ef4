"""The generator and the discriminator: DCGAN networks for any power of two from 32 to 256."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from covers_lib.errors import InputError
from covers_lib.images import check_size

Norm = Literal["batch", "none", "instance"]
CriticNorm = Literal[Norm, "layer"]
Up = Literal["transposed", "nearest"]
Init = Literal["dcgan", "he"]

# LayerNorm of a picture: over all its features and pixels, with a scale and a shift a feature.
NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": nn.InstanceNorm2d,
    "layer": partial(nn.GroupNorm, 1),
}


def channels(size: int, width: int, maps: Sequence[int] = ()) -> list[int]:
    """Count the feature maps at 4, 8, 16 … `size`/2 pixels: halved at each doubling of the picture.

    They are capped at `8 * width`, so that a large generator stays affordable. `maps`, where given,
    says them one by one, and `width` says nothing.

    Raises `InputError` for an impossible size, or `maps` that make pictures of another size.

    Derived in: book/03_dcgan
    """
    resolutions = [4 * 2**i for i in range(check_size(size).bit_length() - 3)]  # 4 … size/2
    if maps and len(maps) != len(resolutions):
        raise InputError(f"{len(maps)} maps make pictures of {4 * 2 ** len(maps)} px, not {size}")
    return list(maps) or [width * min(8, size // (2 * resolution)) for resolution in resolutions]


def doubling(before: int, after: int, up: Up, bias: bool = True) -> nn.Module:
    """Make a layer that doubles a picture's side: (N, before, H, W) -> (N, after, 2H, 2W).

    A transposed convolution spreads each value over 4x4 pixels, two apart. The kernel is a multiple
    of the stride, so that patches overlap evenly; but each pixel of a 2x2 group is made by other
    weights, and until these agree they leave a checkerboard. "nearest" repeats each pixel, then
    convolves: no checkerboard, but more to compute. Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard.

    Derived in: book/03_dcgan
    """
    if up == "nearest":
        return nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1, bias=bias)
        )
    return nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias)


def normalised(features: int, norm: CriticNorm) -> list[nn.Module]:
    """The layer that normalises so many features, or none."""
    return [] if norm == "none" else [NORMS[norm](features)]


def rectifier(slope: float) -> nn.Module:
    """Keep positive values; multiply negative ones by `slope`."""
    return nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)


class Generator(nn.Module):
    """Turns latent vectors into covers.

    Input (N, latent) float, usually standard normal; output (N, 3, size, size) float in [-1, 1].
    A linear layer makes a 4x4 picture of many features; each block doubles the picture, as `up`
    says (see `doubling`). `maps` names the features at 4, 8, 16 … pixels one by one, in place of
    `width`; `slope` is the activations' below 0; `norm="none"` leaves out BatchNorm; `init` draws
    the weights (see `initialise`). Radford et al. 2015, https://arxiv.org/abs/1511.06434.

    Raises `InputError` for a size that is not a power of two from 32 to 256.

    Derived in: book/03_dcgan
    """

    def __init__(
        self,
        size: int = 64,
        latent: int = 128,
        width: int = 64,
        up: Up = "transposed",
        maps: Sequence[int] = (),
        slope: float = 0.0,
        norm: Norm = "batch",
        init: Init = "dcgan",
    ):
        super().__init__()
        self.size, self.latent, self.width = size, latent, width
        maps = channels(size, width, maps)
        bias = norm == "none"  # a norm's shift is the layer's bias
        self.first = nn.Sequential(
            nn.Linear(latent, maps[0] * 4 * 4, bias=bias),  # (N, C·16)
            nn.Unflatten(1, (maps[0], 4, 4)),  # (N, C, 4, 4)
            *normalised(maps[0], norm),
            rectifier(slope),
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                doubling(before, after, up, bias=bias),
                *normalised(after, norm),
                rectifier(slope),
            )
            for before, after in pairwise(maps)
        )
        self.last = nn.Sequential(
            doubling(maps[-1], 3, up),  # (N, 3, size, size)
            nn.Tanh(),
        )
        initialise(self, init, slope)

    def forward(self, z: Tensor) -> Tensor:  # (N, latent) -> (N, 3, size, size)
        x = self.first(z)
        for block in self.blocks:
            x = block(x)
        return self.last(x)


LEAK = 0.2  # the slope of the discriminator's activations below 0


class Discriminator(nn.Module):
    """Judges covers: one logit each, high for real.

    Input (N, 3, size, size) float in [-1, 1]; output (N,) float, unbounded: no sigmoid inside.
    With `norm="none"`, "layer" or "instance" it can be the critic of a WGAN-GP, where each score
    may depend on its own picture only. `maps` names the features at 4, 8, 16 … pixels one by one,
    in place of `width`; `init` draws the weights (see `initialise`). Radford et al. 2015; Gulrajani
    et al. 2017, https://arxiv.org/abs/1704.00028.

    Raises `InputError` for a size that is not a power of two from 32 to 256.

    Derived in: book/03_dcgan
    """

    def __init__(
        self,
        size: int = 64,
        width: int = 64,
        norm: CriticNorm = "batch",
        maps: Sequence[int] = (),
        init: Init = "dcgan",
    ):
        super().__init__()
        self.size, self.width, self.norm = size, width, norm
        maps = channels(size, width, maps)[::-1]
        layers: list[nn.Module] = [
            nn.Conv2d(3, maps[0], 4, stride=2, padding=1),  # (N, C, size/2, size/2)
            nn.LeakyReLU(LEAK, inplace=True),
        ]
        for before, after in pairwise(maps):
            layers.append(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=norm == "none"))
            layers += [*normalised(after, norm), nn.LeakyReLU(LEAK, inplace=True)]
        self.features = nn.Sequential(*layers)  # (N, C, 4, 4)
        self.score = nn.Sequential(nn.Flatten(), nn.Linear(maps[-1] * 4 * 4, 1))
        initialise(self, init, LEAK)

    def forward(self, x: Tensor) -> Tensor:  # (N, 3, size, size) -> (N,)
        return self.score(self.features(x)).squeeze(1)


def initialise(network: nn.Module, init: Init, slope: float = 0.0) -> None:
    """Draw the weights of a network anew, from torch's global random state; biases are 0.

    "dcgan" draws them with deviation 0.02, and BatchNorm's scale around 1: it suits networks whose
    norms rescale what passes. "he" draws each layer's with the deviation that keeps the size of
    what passes (see `he_deviation`): for networks without norms, where 0.02 shrinks the signal, and
    the slope, at every layer. Radford et al. 2015; He et al. 2015, https://arxiv.org/abs/1502.01852.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            deviation = 0.02 if init == "dcgan" else he_deviation(layer, slope)
            nn.init.normal_(layer.weight, 0.0, deviation)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02 if init == "dcgan" else 0.0)
            nn.init.zeros_(layer.bias)


def he_deviation(layer: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, slope: float) -> float:
    """Return the deviation of weights that lets values keep their size: gain / √fan-in.

    The gain √(2 / (1 + slope²)) makes up for what a rectifier of that slope below 0 takes away; the
    fan-in counts the inputs that each output sees. An output of a transposed convolution of kernel
    4 and stride 2 sees a quarter of the kernel: 2x2 pixels. He et al. 2015, equations 10 and 14.
    """
    if isinstance(layer, nn.Linear):
        fan_in: float = layer.in_features
    else:
        fan_in = layer.in_channels * math.prod(layer.kernel_size)
        if isinstance(layer, nn.ConvTranspose2d):
            fan_in /= math.prod(layer.stride)
    return math.sqrt(2 / (1 + slope**2) / fan_in)


def parameter_count(module: nn.Module) -> int:
    """Count the trained numbers of a network.

    Derived in: book/03_dcgan
    """
    return sum(p.numel() for p in module.parameters())
