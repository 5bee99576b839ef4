"""GANs of points and digits: collapse where it can be counted."""

from covers_lib.toys.digits import DIGITS, count_stacks, read_stacks, real_stacks, train_on_digits
from covers_lib.toys.earth_mover import (
    estimate,
    exact_distance,
    slopes,
    spiral,
    surface,
    train_critic,
)
from covers_lib.toys.points import draw_samples
from covers_lib.toys.ring import RING, count_modes, ring_batches, train_on_ring

__all__ = [
    "DIGITS",
    "RING",
    "count_modes",
    "count_stacks",
    "draw_samples",
    "estimate",
    "exact_distance",
    "read_stacks",
    "real_stacks",
    "ring_batches",
    "slopes",
    "spiral",
    "surface",
    "train_critic",
    "train_on_digits",
    "train_on_ring",
]
