"""DiffAugment: what a discriminator sees of a cover, changed at random, real and fake alike."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

__all__ = [
    "NUMBERS",
    "augment",
    "colour",
]

Augmentation = Literal["colour", "translation", "cutout"]

NUMBERS = 7  # uniform numbers that a cover's augmentation takes: 3 colour, 2 translation, 2 cutout
FARTHEST = 1 / 8  # translation, of the side
HOLE = 1 / 2  # cutout, of the side


def augment(covers: Tensor, u: Tensor, kinds: Sequence[Augmentation]) -> Tensor:
    """Change covers (N, 3, H, W) by uniform numbers `u` (N, 7) in [0, 1), each by its own row.

    `kinds` names what is done: "colour", "translation", "cutout", in this order; nothing for ().
    Covers in [-1, 1] may leave that range. The same law must hold for real covers and fakes, in
    the steps of both networks: then a generator that has learned the augmented covers has learned
    the covers. Differentiable in `covers`, twice. No flips: covers carry text. Zhao et al. 2020,
    https://arxiv.org/abs/2006.10738, section 3 and appendix.

    Derived in: book/07_beyond
    """
    tint, shift, place = u[:, :3], u[:, 3:5], u[:, 5:]
    if "colour" in kinds:
        covers = colour(covers, tint)
    if "translation" in kinds:
        covers = translate(covers, shift)
    if "cutout" in kinds:
        covers = cut_out(covers, place)
    return covers


def colour(covers: Tensor, u: Tensor) -> Tensor:
    """Change brightness by -0.5 to 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5; `u` (N, 3).

    Derived in: book/07_beyond
    """
    brightness, saturation, contrast = u.view(-1, 3, 1, 1, 1).unbind(1)  # (N, 1, 1, 1) each
    covers = covers + (brightness - 0.5)
    grey = covers.mean(1, keepdim=True)  # (N, 1, H, W)
    covers = grey + 2 * saturation * (covers - grey)
    mean = covers.mean((1, 2, 3), keepdim=True)  # (N, 1, 1, 1)
    return mean + (0.5 + contrast) * (covers - mean)


def translate(covers: Tensor, u: Tensor) -> Tensor:
    """Move covers by up to an eighth of their side, by whole pixels; grey comes in; `u` (N, 2)."""
    for dim, part in ((2, u[:, 0]), (3, u[:, 1])):  # down, then to the right
        side = covers.shape[dim]
        most = round(side * FARTHEST)
        shift = (part * (2 * most + 1)).long() - most  # (N,), from -most to most
        source = torch.arange(side, device=covers.device) - shift[:, None]  # (N, side)
        shape = (-1, 1, side, 1) if dim == 2 else (-1, 1, 1, side)
        inside = ((source >= 0) & (source < side)).view(shape)
        source = (source % side).view(shape).expand_as(covers)
        covers = covers.gather(dim, source) * inside
    return covers


def cut_out(covers: Tensor, u: Tensor) -> Tensor:
    """Cover a square of half the side with grey, its centre anywhere in the cover; `u` (N, 2)."""
    within = []
    for side, part in zip(covers.shape[2:], u.T, strict=True):
        hole = round(side * HOLE)
        first = (part * (side + 1)).long() - hole // 2  # (N,): the centre is from 0 to `side`
        pixel = torch.arange(side, device=covers.device) - first[:, None]  # (N, side)
        within.append((pixel >= 0) & (pixel < hole))
    hidden = within[0][:, None, :, None] & within[1][:, None, None, :]  # (N, 1, H, W)
    return covers * ~hidden
