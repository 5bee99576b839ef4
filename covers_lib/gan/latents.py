"""Latent vectors: drawing them, and moving between them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from covers_lib.errors import InputError

__all__ = [
    "grid",
    "lerp",
    "of_seeds",
    "plane",
    "sample",
    "slerp",
    "truncate",
    "walk",
]


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

    At 0 and 1 it gives `a` and `b` to the bit. Between vectors of one length, equal steps of `t`
    turn by equal angles. The cosine is clamped, since rounding lifts it above 1; nearly parallel or
    opposite vectors, where the circle is not determined, get a straight line. White 2016,
    https://arxiv.org/abs/1609.04468.

    Derived in: book/06_interpolation
    """
    cosine = torch.dot(a / a.norm(), b / b.norm()).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if not torch.sin(angle) > 2e-3:  # catches NaN of a zero vector too
        return lerp(a, b, t)
    t = t[:, None]
    way = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return torch.where(t == 0, a, torch.where(t == 1, b, way))  # no rounding at the ends


def walk(stops: Tensor, steps: int, loop: bool = False) -> Tensor:
    """Go through all `stops` (S, latent) by slerp, `steps` to a leg: (legs·steps + 1, latent).

    Every stop is met to the bit, the first and the last included; with `loop` the walk returns to
    the first.

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


def grid(corners: Tensor, rows: int, columns: int) -> Tensor:
    """Fill a square between four `corners` (4, latent) by slerp: (rows·columns, latent).

    The corners are those at the top left, top right, bottom left and bottom right; the grid is
    read row by row. Slerp goes down the two sides, then across: each row is a walk.

    Raises `InputError` unless there are four corners, and two rows and columns or more.

    Derived in: book/06_interpolation
    """
    if len(corners) != 4 or min(rows, columns) < 2:
        raise InputError("a grid needs four corners, and at least two rows and two columns")
    down, across = torch.linspace(0, 1, rows), torch.linspace(0, 1, columns)
    left, right = slerp(corners[0], corners[2], down), slerp(corners[1], corners[3], down)
    return torch.cat([slerp(a, b, across) for a, b in zip(left, right, strict=True)])


def plane(stops: Tensor, at: Tensor) -> Tensor:
    """Spread a map out through three `stops` (3, latent), and read it `at` (N, 2): (N, latent).

    The stops lie at (0, 0), (1, 0) and (0, 1), and are met to the bit in float32; the map goes on
    beyond them. It is the flat plane through the three, each point pushed out, or in, to their
    length: where lengths differ, to a mean of them that counts the nearer stops more. So straight
    lines on the map are great circles.

    Raises `InputError` unless there are three stops, and places of two numbers each.

    Derived in: book/06_interpolation
    """
    if len(stops) != 3 or at.ndim != 2 or at.shape[1] != 2:
        raise InputError(
            f"a plane needs three stops and places (N, 2), not {len(stops)} and {tuple(at.shape)}"
        )
    at, exact = at.double(), stops.double()  # float64, rounded once: so the stops stay exact
    weights = torch.cat([1 - at.sum(1, keepdim=True), at], 1)  # (N, 3): each sums to 1
    flat = weights @ exact
    near = weights.clamp(min=0)
    lengths = near @ exact.norm(dim=1) / near.sum(1)
    stretch = lengths / flat.norm(dim=1).clamp(min=1e-12)  # the origin has no direction: it stays
    return (flat * stretch[:, None]).to(stops.dtype)


def truncate(z: Tensor, psi: float) -> Tensor:
    """Pull latents (N, latent) towards their mean, which is 0, to `psi` of their length.

    A relative of truncation: BigGAN draws large values of z again (https://arxiv.org/abs/1809.11096),
    StyleGAN pulls styles, which a DCGAN does not have, towards their mean
    (https://arxiv.org/abs/1812.04948). This leaves the shell that training has seen, and variety is
    lost all the way to the one cover of the zero vector.

    Raises `InputError` unless `psi` is from 0 to 1.

    Derived in: book/06_interpolation
    """
    if not 0 <= psi <= 1:
        raise InputError(f"psi must be from 0, one cover for all, to 1, no change, not {psi}")
    return psi * z
