"""Measure a generator against a pack: every figure with what real covers themselves would get."""

from dataclasses import dataclass

import numpy as np

from covers_lib import metrics
from covers_lib.errors import InputError
from covers_lib.features import EXTRACTORS, Features, extract
from covers_lib.metrics import LEAST
from covers_lib.networks import Generator
from covers_lib.pack import Pack
from covers_lib.runs import generate_images


@dataclass(frozen=True)
class Evaluation:
    """What `covers evaluate` measures; field names are the keys of its JSON.

    `fd` (Fréchet distance) and `kid` are on the 1280 deep features, and low is good; their floors
    are those of real covers against other real covers at the same number. `precision`, `recall`,
    `density`, `coverage`, `support` (the birthday test's estimate of how many different covers
    the generator makes, None where no two alike were seen) and `memorised` (the share of fakes
    nearer to a training cover than 99 % of held-out covers are) are on the 112 middle features.

    Derived in: book/04_mode_collapse
    """

    extractor: str
    n_real: int
    n_fake: int
    fd: float
    fd_floor: float
    kid: float
    kid_floor: float
    precision: float
    recall: float
    density: float
    coverage: float
    support: float | None
    memorised: float


@dataclass(frozen=True)
class RealFeatures:
    """Features of a pack's covers: two disjoint sets of training covers, and the held-out ones.

    Derived in: book/04_mode_collapse
    """

    reference: Features
    other: Features
    held_out: Features

    @property
    def training(self) -> np.ndarray:
        return np.concatenate([self.reference.middle, self.other.middle])


def measure_pack(pack: Pack, n: int, seed: int = 0, progress: bool = False) -> RealFeatures:
    """Extract the features of up to 2n training covers of a pack, and of its held-out covers.

    Raises `InputError` if the pack is too small to say anything.

    Derived in: book/04_mode_collapse
    """
    order = np.random.default_rng(seed).permutation(pack.training)
    n = min(n, len(order) // 2)
    if n < LEAST or len(pack.held_out) < 2:
        raise InputError(
            f"{pack.path} is too small to measure against: it needs {2 * LEAST} training covers "
            f"and 2 held-out ones, and has {len(order)} and {len(pack.held_out)}"
        )
    parts = (order[:n], order[n : 2 * n], pack.held_out)
    return RealFeatures(*(extract(pack.images[np.sort(part)], progress=progress) for part in parts))


def compare(real: RealFeatures, fake: Features) -> Evaluation:
    """Compare the features of fakes with those of a pack.

    Derived in: book/04_mode_collapse
    """
    reference, other = real.reference, real.other
    scaled, scaled_other, scaled_fake = metrics.scaled(reference.deep, other.deep, fake.deep)
    threshold = metrics.duplicate_threshold(reference.middle)
    return Evaluation(
        EXTRACTORS["lite0"].title,
        len(reference.deep),
        len(fake.deep),
        fd=metrics.frechet_distance(reference.deep, fake.deep),
        fd_floor=metrics.frechet_distance(reference.deep, other.deep),
        kid=metrics.kernel_distance(scaled, scaled_fake),
        kid_floor=metrics.kernel_distance(scaled, scaled_other),
        **metrics.neighbourhoods(reference.middle, fake.middle)._asdict(),
        support=metrics.birthday(fake.middle, threshold).support,
        memorised=metrics.memorised(fake.middle, real.training, real.held_out.middle),
    )


def evaluate(
    generator: Generator, pack: Pack, n: int = 2_000, seed: int = 0, progress: bool = False
) -> Evaluation:
    """Measure a generator by `n` of its covers against up to `n` real ones of a pack.

    Raises `InputError` if the pack, or `n`, is too small to say anything.

    Derived in: book/04_mode_collapse
    """
    if n < LEAST:
        raise InputError(f"--n must be {LEAST} or more, not {n}: fewer covers say nothing")
    if generator.size != pack.size:
        raise InputError(
            f"the generator makes {generator.size} px and the pack {pack.path} holds {pack.size} "
            f"px: prepare a pack with --size {generator.size}"
        )
    real = measure_pack(pack, n, seed, progress)
    fake = generate_images(generator, len(real.reference.deep), seed)
    return compare(real, extract(fake, progress=progress))
