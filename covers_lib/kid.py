"""KID while a run trains: which of its checkpoints is best."""

from collections.abc import Callable

import numpy as np
from torch import nn

from covers_lib import latents
from covers_lib.errors import InputError
from covers_lib.features import extract, of_pack
from covers_lib.metrics import LEAST, kernel_distance, scaled
from covers_lib.networks import generate
from covers_lib.pack import Pack, to_images

COVERS = 250  # of each kind; KID has no bias, so that few will do
SEED = 2_000  # of the latents, the same each time


def check(pack: Pack, every: int) -> None:
    """Raise `InputError` if KID cannot be measured on a pack, every so many steps; 0 is never."""
    if every < 0:
        raise InputError(f"--evaluate-every must be 0 or more, not {every}")
    if every and len(pack.training) < LEAST:
        raise InputError(
            f"{pack.path} is too small to measure against: it has {len(pack.training)} training "
            f"covers, and KID needs {LEAST}; train without --evaluate-every"
        )


def judge(pack: Pack, latent: int) -> Callable[[nn.Module], float]:
    """Give a function from a generator to its KID against training covers of a pack.

    The real covers' features are computed once and kept. Nothing random of the training is touched.

    Derived in: book/04_mode_collapse
    """
    places = np.random.default_rng(SEED).permutation(pack.training)[:COVERS]
    real = of_pack(pack, np.sort(places)).deep
    z = latents.sample(COVERS, latent, SEED)

    def measure(generator: nn.Module) -> float:
        fake = extract(to_images(generate(generator, z))).deep
        return kernel_distance(*scaled(real, fake))

    return measure
