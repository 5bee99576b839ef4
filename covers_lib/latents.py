"""Latent vectors: drawing them, and moving between them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from covers_lib.errors import InputError


def sample(n: int, latent: int, seed: int) -> Tensor:
    """Draw `n` standard normal latent vectors: (n, latent) float32 on the CPU.

    The same seed gives the same vectors, on every device that they are then moved to.

    Derived in: book/03_dcgan
    """
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


def of_seeds(seeds: Sequence[int], latent: int) -> Tensor:
    """Draw one latent vector a seed: (len(seeds), latent) float32. A cover's seed is its name.

    Derived in: book/06_interpolation
    """
    return torch.cat([sample(1, latent, seed) for seed in seeds])


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Walk the straight line from `a` (latent,) to `b`, at the times `t` (T,): (T, latent).

    Derived in: book/06_interpolation
    """
    t = t[:, None]
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Walk the great circle from `a` (latent,) to `b`, at the times `t` (T,): (T, latent).

    Between vectors of one length, equal steps of `t` turn by equal angles. The cosine is clamped,
    since rounding lifts it above 1; nearly parallel or opposite vectors, where the circle is not
    determined, get a straight line. White 2016, https://arxiv.org/abs/1609.04468.

    Derived in: book/06_interpolation
    """
    cosine = torch.dot(a / a.norm(), b / b.norm()).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if not torch.sin(angle) > 2e-3:  # catches NaN of a zero vector too
        return lerp(a, b, t)
    t = t[:, None]
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def walk(stops: Tensor, steps: int, loop: bool = False) -> Tensor:
    """Go through all `stops` (S, latent) by slerp, `steps` to a leg: (legs·steps + 1, latent).

    Every stop is met, the first and the last included; with `loop` the walk returns to the first.

    Raises `InputError` for fewer than two stops or a step count below 1.

    Derived in: book/06_interpolation
    """
    if len(stops) < 2 or steps < 1:
        raise InputError("a walk needs two stops or more, and at least one step a leg")
    if loop:
        stops = torch.cat([stops, stops[:1]])
    times = torch.arange(steps) / steps  # a leg leaves out its end: the next leg starts there
    legs = [slerp(a, b, times) for a, b in pairwise(stops)]
    return torch.cat([*legs, stops[-1:]])
