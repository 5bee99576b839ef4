"""Mode collapse counted on covers: which layouts, palettes, motifs … does a generator still make?

Synthetic covers are drawn from known factors, which a small classifier reads. What it reads in
generated covers is held against what it reads in real ones.
"""

from typing import NamedTuple

import numpy as np

from covers_lib.errors import InputError
from covers_lib.evaluation.factor_reader import FACTORS, Reader, read
from covers_lib.evaluation.metrics import LEAST, reverse_kl


class FactorCount(NamedTuple):
    """What was read of one factor in `n` covers.

    `shares`: the share of covers that each value was read in; `real`: the same of real, held-out
    covers; `rare`: the values that are missing, or nearly, as far as the reader can tell; `kl`:
    divergence of `shares` from `real`, in nats; `accuracy`: the share of real covers that is read
    rightly.
    """

    shares: dict[str, float]
    real: dict[str, float]
    rare: list[str]
    kl: float
    n: int
    accuracy: float


def count_factors(reader: Reader, images: np.ndarray) -> dict[str, FactorCount]:
    """Count which values of each factor covers (N, H, W, 3) uint8 show, as the reader sees them.

    The factor that collapsed is the one with a high `kl`; which of its values are `rare` is told
    where the reader errs little, and there are covers enough (see `count_factor`). Real covers that
    the reader has not seen, as many, are the floor to quote beside. The reader gives every picture
    a value, also one that shows none: a generator that can't draw covers yet seems to have
    collapsed to those values that blurs look like. So look at the covers, too.

    Raises `InputError` for fewer than 32 covers, or covers of another size.

    Derived in: book/04_mode_collapse
    """
    if len(images) < LEAST or images.shape[1] != reader.size:
        raise InputError(
            f"give {LEAST} covers of {reader.size} px or more, not {len(images)} of "
            f"{images.shape[1]} px"
        )
    found = read(reader.networks, images)
    return {
        name: count_factor(np.bincount(found[name], minlength=len(values)), name, reader)
        for name, values in FACTORS.items()
    }


def count_factor(counts: np.ndarray, name: str, reader: Reader) -> FactorCount:
    """Hold the counts (K,) of a factor's values against those that were read in real covers.

    A value that never occurs is still read where the reader errs. So it is rare if its share lies
    nearer to what errors alone bring than to its real share, and three standard deviations of
    chance below the latter.
    """
    table, n = reader.confusion[name], counts.sum()
    held_out, right = table.sum(), np.diag(table)
    shares, real = counts / n, table.sum(0) / held_out
    # the share of a value that never occurs
    errors = (table.sum(0) - right) / np.maximum(held_out - table.sum(1), 1)
    chance = np.sqrt(real * (1 - real) * (1 / n + 1 / held_out))
    rare = shares < np.minimum((errors + real) / 2, real - 3 * chance)

    def named(values: np.ndarray) -> dict:
        return dict(zip(FACTORS[name], values.tolist(), strict=True))

    return FactorCount(
        named(shares),
        named(real),
        [value for value, is_rare in named(rare).items() if is_rare],
        reverse_kl(counts, table.sum(0) + 0.5),  # a half, so that no expected share is 0
        int(n),
        reader.accuracy[name],
    )
