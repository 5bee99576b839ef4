"""Held-out covers in two halves: what one half chooses, the other judges."""

from typing import Literal

import numpy as np
from on_covers import KEPT

from covers_lib.data.pack import Pack
from covers_lib.evaluation.evaluate import RealFeatures
from covers_lib.evaluation.features import of_pack

SEED = 2_000  # of how the halves are drawn, and of the latent vectors that are measured
Half = Literal["choosing", "judging", "all"]


def half_of(pack: Pack, half: Half) -> np.ndarray:
    """Return the indices of one half of a pack's held-out covers, or of all of them, in order."""
    order = np.random.default_rng(SEED).permutation(pack.held_out)
    return np.sort({"choosing": order[::2], "judging": order[1::2], "all": order}[half])


def reference(pack: Pack, half: Half) -> RealFeatures:
    """Return features of held-out covers to compare with, and of as many training covers.

    The training covers are drawn once; they give the floor.
    """
    places = half_of(pack, half)
    drawn = np.sort(np.random.default_rng(SEED).permutation(pack.training)[: len(places)])
    held_out, other = of_pack(pack, places), of_pack(pack, drawn)
    return RealFeatures(held_out, other, held_out, drawn)


def kept(row: dict) -> dict:
    """Return the measures that tell of quality and of variety, to four digits."""
    return {name: row[name] and float(f"{row[name]:.4g}") for name in KEPT}
