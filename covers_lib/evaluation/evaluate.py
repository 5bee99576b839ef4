"""Measure a generator against a pack: every figure with what real covers themselves would get."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.evaluation import copies, metrics
from covers_lib.evaluation.copies import Closest
from covers_lib.evaluation.features import EXTRACTORS, Features, extract, find_extractor, of_pack
from covers_lib.evaluation.metrics import LEAST
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate_images


@dataclass(frozen=True)
class Evaluation:
    """What `covers evaluate` measures; field names are the keys of its JSON.

    A floor is what as many other real covers get in the fakes' place, with the same real covers,
    extractor and resizer. `metric` names `fd`: FID only with Inception-v3.

    On the deep features: `fd` (Fréchet distance) and `kid`, of which low is good, with
    `kid_deviation` over random subsets (see `kernel_distances`), and `vendi` (the Vendi score). On
    the middle ones: `fd_middle`, `precision`, `recall`, `density`, `coverage`, `support` (the
    birthday test's estimate of how many different covers the generator makes, None where no two
    alike were seen) and `memorised` (the share of fakes nearer to one of `n_training` training
    covers than 99 % of held-out covers are: so its floor is 0.01 by construction).
    """

    metric: str
    extractor: str
    resizer: str
    n_real: int
    n_fake: int
    n_training: int
    fd: float
    fd_floor: float
    fd_middle: float
    fd_middle_floor: float
    kid: float
    kid_deviation: float
    kid_floor: float
    kid_floor_deviation: float
    precision: float
    precision_floor: float
    recall: float
    recall_floor: float
    density: float
    density_floor: float
    coverage: float
    coverage_floor: float
    vendi: float
    vendi_floor: float
    support: float | None
    support_floor: float | None
    memorised: float


@dataclass(frozen=True)
class RealFeatures:
    """Features of a pack's covers: two disjoint sets of training covers, and the held-out ones.

    `places` (2n,) int are those of the training covers in the pack, `reference` before `other`.
    """

    reference: Features
    other: Features
    held_out: Features
    places: np.ndarray
    extractor: str = "lite0"
    floors: dict[int, dict] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def training(self) -> np.ndarray:
        return np.concatenate([self.reference.middle, self.other.middle])

    @cached_property
    def alike(self) -> float:
        """The distance under which the birthday test counts two covers as the same."""
        return copies.duplicate_threshold(self.reference.middle)

    def floor(self, n: int) -> dict[str, float | None]:
        """What `n` other real covers get, as far as there are so many; measured once for each n."""
        n = min(n, len(self.other.deep))
        if n not in self.floors:
            rows = np.random.default_rng(0).permutation(len(self.other.deep))[:n]
            self.floors[n] = measure(self, self.other.take(np.sort(rows)))
        return self.floors[n]


def measure_pack(
    pack: Pack, n: int, seed: int = 0, progress: bool = False, extractor: str = "lite0"
) -> RealFeatures:
    """Extract the features of up to 2n training covers of a pack, and of its held-out covers.

    Raises `InputError` if the pack is too small to say anything.

    Derived in: book/04_mode_collapse
    """
    find_extractor(extractor)
    order = np.random.default_rng(seed).permutation(pack.training)
    n = min(n, len(order) // 2)
    if n < LEAST or len(pack.held_out) < 2:
        raise InputError(
            f"{pack.path} is too small to measure against: it needs {2 * LEAST} training covers "
            f"and 2 held-out ones, and has {len(order)} and {len(pack.held_out)}"
        )
    parts = (np.sort(order[:n]), np.sort(order[n : 2 * n]), pack.held_out)
    features = (of_pack(pack, part, extractor, progress=progress) for part in parts)
    reference, other, held_out = features
    return RealFeatures(reference, other, held_out, np.concatenate(parts[:2]), extractor)


def measure(features: RealFeatures, fake: Features) -> dict[str, float | None]:
    """Measure fakes, or other real covers, against the reference: all but copying.

    Derived in: book/04_mode_collapse
    """
    real = features.reference
    scaled_real, scaled_fake = metrics.scaled(real.deep, fake.deep)
    return {
        "fd": metrics.frechet_distance(real.deep, fake.deep),
        "fd_middle": metrics.frechet_distance(real.middle, fake.middle),
        "kid": metrics.kernel_distance(scaled_real, scaled_fake),
        "kid_deviation": metrics.kernel_distances(scaled_real, scaled_fake).deviation,
        **metrics.neighbourhoods(real.middle, fake.middle)._asdict(),
        "vendi": metrics.vendi_score(fake.deep),
        "support": copies.birthday(fake.middle, features.alike).support,
    }


def compare(real: RealFeatures, fake: Features) -> Evaluation:
    """Compare the features of fakes with those of a pack.

    Derived in: book/04_mode_collapse
    """
    extractor, n = EXTRACTORS[real.extractor], len(fake.deep)
    measures: dict[str, Any] = measure(real, fake)
    floor: dict[str, Any] = {f"{name}_floor": value for name, value in real.floor(n).items()}
    return Evaluation(
        extractor.distance,
        extractor.title,
        extractor.resizer,
        n_real=len(real.reference.deep),
        n_fake=n,
        n_training=len(real.places),
        **measures,
        kid_floor_deviation=floor.pop("kid_deviation_floor"),
        **floor,
        memorised=copies.memorised(fake.middle, real.training, real.held_out.middle),
    )


@dataclass(frozen=True)
class Findings:
    """An evaluation, and the covers to look at: what the figures come from.

    `samples` (n, H, W, 3) uint8 are the covers of `seed`; `closest` are those closest to a training
    cover, whose places are the pack's; `copy_below` is the distance under which one counts as a
    copy; `twins` (P, 2) int are the pairs of samples that the birthday test counted, nearest first.
    """

    evaluation: Evaluation
    samples: np.ndarray
    seed: int
    closest: Closest
    copy_below: float
    twins: np.ndarray


def examine(
    generator: Generator,
    pack: Pack,
    n: int = 2_000,
    seed: int = 0,
    progress: bool = False,
    extractor: str = "lite0",
) -> Findings:
    """Measure a generator as `evaluate` does, and keep the covers that the figures come from.

    Raises `InputError` if the pack, or `n`, is too small to say anything.
    """
    if n < LEAST:
        raise InputError(f"--n must be {LEAST} or more, not {n}: fewer covers say nothing")
    if generator.size != pack.size:
        raise InputError(
            f"the generator makes {generator.size} px and the pack {pack.path} holds {pack.size} "
            f"px: prepare a pack with --size {generator.size}"
        )
    real = measure_pack(pack, n, seed, progress, extractor)
    samples = generate_images(generator, len(real.reference.deep), seed)
    fake = extract(samples, extractor, progress=progress)
    closest = copies.closest_pairs(fake.middle, real.training)
    return Findings(
        compare(real, fake),
        samples,
        seed,
        closest._replace(training=real.places[closest.training]),
        copies.copy_threshold(real.training, real.held_out.middle),
        copies.birthday(fake.middle, real.alike).pairs,
    )
