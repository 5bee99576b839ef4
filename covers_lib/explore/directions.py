"""Directions in latent space along which covers change most, read from a generator's weights."""

from collections.abc import Sequence

import torch
from torch import Tensor

from covers_lib.errors import InputError
from covers_lib.gan.networks import Generator

COUNT = 8  # that are shown, where there are so many


def named(generator: Generator, names: Sequence[str | None] = ()) -> tuple[list[str], Tensor]:
    """Find the strongest directions, with a name each: up to 8 names, and (count, latent) float32.

    The first ones take the names that a person gave, where they are not None; the others are
    numbered.
    """
    directions = closed_form(generator, min(COUNT, generator.latent))
    given = dict(enumerate(names))
    numbers = range(len(directions))
    return [given.get(place) or f"direction {place + 1}" for place in numbers], directions


def closed_form(generator: Generator, count: int = 8) -> Tensor:
    """Find the directions that the generator's first layer amplifies most: (count, latent) float32.

    A step along n changes the layer's output by W n, whatever z was: so no picture is needed. The
    unit vectors that make |W n| largest, each at right angles to those before it, are the right
    singular vectors of W. The rows are orthonormal, on the CPU, strongest first; a direction's sign
    means nothing, and is set so that its largest entry in size is positive. SeFa: Shen & Zhou 2021,
    https://arxiv.org/abs/2007.06600.

    Raises `InputError` for a count below 1, or above the directions that there are.

    Derived in: book/06_interpolation
    """
    weight = generator.first.get_parameter("0.weight").detach().cpu().double()  # (features, latent)
    if not 1 <= count <= min(weight.shape):
        raise InputError(f"count must be from 1 to {min(weight.shape)} directions, not {count}")
    directions = torch.linalg.svd(weight, full_matrices=False).Vh[:count]
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return (directions * largest.sign()).to(torch.float32)
