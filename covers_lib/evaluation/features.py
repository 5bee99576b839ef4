"""Features of pictures by a trained network; those of a pack's covers are kept on disk."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from covers_lib import files
from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.evaluation.inception import inception_on
from covers_lib.evaluation.lite0 import lite0_on
from covers_lib.files import home
from covers_lib.gan.devices import pick_device
from covers_lib.progress import bar

BATCH = 64  # pictures at a time
BATCH_ON_CPU = 8  # larger ones leave its caches: `benchmarks/features.py`


class Features(NamedTuple):
    """Features of N pictures at two depths, float64.

    `deep` is (N, 1280) of EfficientNet-Lite0, (N, 2048) of Inception-v3: what a picture shows.
    `middle` is (N, 112) or (N, 768), how it is drawn: it sees noise and blur far better, and
    neighbourhoods mean more in fewer dimensions.
    """

    deep: np.ndarray
    middle: np.ndarray

    def take(self, rows: np.ndarray | slice) -> "Features":
        """Take the features of some of the pictures."""
        return Features(self.deep[rows], self.middle[rows])


@dataclass(frozen=True)
class Extractor:
    """A network that gives features: its name, that of the Fréchet distance on its deep features,
    and how it resizes pictures.

    `on` gives, for a device, a function from (N, 3, H, W) uint8 to deep and middle features.
    """

    title: str
    distance: str
    resizer: str
    on: Callable[[torch.device], Callable[[Tensor], tuple[Tensor, Tensor]]]


EXTRACTORS = {
    "lite0": Extractor("EfficientNet-Lite0", "FD-Lite0", "bilinear antialiased, 128 px", lite0_on),
    "inception": Extractor("Inception-v3", "FID", "bilinear antialiased, 299 px", inception_on),
}


def find_extractor(name: str) -> Extractor:
    """Return the extractor of a name, or raise `InputError` with the names there are."""
    if name not in EXTRACTORS:
        raise InputError(f"there is no extractor {name}: choose one of {', '.join(EXTRACTORS)}")
    return EXTRACTORS[name]


def extract(
    images: np.ndarray, extractor: str = "lite0", batch: int | None = None, progress: bool = False
) -> Features:
    """Compute the features of pictures (N, H, W, 3) uint8, resized with antialiasing.

    They go through the network `batch` at a time: 64 if not told, 8 on a CPU.

    Raises `InputError` for an unknown extractor, one that can't be had, or other arrays.

    Derived in: book/04_mode_collapse
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise InputError(
            f"features are of pictures (N, H, W, 3) in uint8, not {images.shape} in {images.dtype}"
        )
    return compute(images, np.arange(len(images)), extractor, batch, progress)


def compute(
    images: np.ndarray, places: np.ndarray, extractor: str, batch: int | None, progress: bool
) -> Features:
    """Compute the features of the pictures at `places`, reading no more than a batch at a time."""
    chosen, device = find_extractor(extractor), pick_device()
    if not len(places):
        raise InputError("there are no pictures to compute features of")
    network = chosen.on(device)
    batch = batch or (BATCH_ON_CPU if device.type == "cpu" else BATCH)
    parts = []
    with torch.inference_mode():
        for start in bar(range(0, len(places), batch), progress, desc="features"):
            x = torch.from_numpy(images[places[start : start + batch]]).to(device)
            looked = network(x.permute(0, 3, 1, 2))  # (N, 3, H, W)
            parts.append([part.cpu().double().numpy() for part in looked])
    deep, middle = zip(*parts, strict=True)
    return Features(np.concatenate(deep), np.concatenate(middle))


def of_pack(
    pack: Pack, places: np.ndarray, extractor: str = "lite0", progress: bool = False
) -> Features:
    """Return the features of a pack's covers at `places`, rows of its images, in that order.

    They are computed once, then read from `COVERS_HOME`. A file there that can't be read is made
    anew; where none can be written, nothing is kept.

    Raises `InputError` as `extract` does.
    """
    places = np.asarray(places, np.int64)
    folder = kept_at(pack, places, find_extractor(extractor))
    with suppress(Exception):  # whatever is wrong with the file, computing again mends it
        return read(folder)
    features = compute(pack.images, places, extractor, None, progress)
    with suppress(OSError):
        keep(features, folder)
    return features


def kept_at(pack: Pack, places: np.ndarray, extractor: Extractor) -> Path:
    """Return where features of a pack's covers are kept: what they depend on names the folder."""
    settings = f"{pack.digest} {extractor.title} {extractor.resizer} ".encode()
    return home() / "features" / hashlib.sha256(settings + places.tobytes()).hexdigest()[:32]


def keep(features: Features, folder: Path) -> None:
    """Write features to a new folder: in float32, as networks give them."""
    with files.write_folder(folder) as part:
        deep, middle = (array.astype(np.float32) for array in features)
        np.savez(part / "features.npz", deep=deep, middle=middle)


def read(folder: Path) -> Features:
    """Read features that were kept; the file's checksums tell if it is damaged."""
    with np.load(folder / "features.npz") as file:
        return Features(file["deep"].astype(np.float64), file["middle"].astype(np.float64))
