"""Inception-v3 as FID has it: torchmetrics' network, whose weights are downloaded once."""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from covers_lib.errors import InputError

ELSE = "or use --extractor lite0"


@cache
def load_inception() -> nn.Module:
    """Load torchmetrics' Inception-v3, with the weights that FID was first measured with.

    Szegedy et al. 2015, https://arxiv.org/abs/1512.00567; Heusel et al. 2017,
    https://arxiv.org/abs/1706.08500. The weights, 96 MB, lie where torch's hub keeps its own
    (`TORCH_HOME`).

    Raises `InputError` if its packages are not installed or its weights can't be had.
    """
    try:
        from torch_fidelity import feature_extractor_inceptionv3 as fidelity
        from torchmetrics.image.fid import NoTrainInceptionV3
    except ModuleNotFoundError as error:
        raise InputError(
            f'Inception-v3 needs {error.name}: pip install "covers-lib[fid]", {ELSE}'
        ) from None
    # Its constructor would unpickle any file: it gets weights that were checked instead.
    loader = mock.patch.object(fidelity, "load_state_dict_from_url", load_weights)
    with loader, torch.random.fork_rng(devices=[]):  # its first weights, soon replaced, are drawn
        return NoTrainInceptionV3("inception-v3-compat", ["2048", "768"])


def load_weights(url: str, progress: bool = False) -> dict[str, Tensor]:
    """Load weights from torch's hub cache, downloaded if they are not there.

    Their name ends with the start of their SHA-256.

    Raises `InputError` if they can't be fetched, or are not what their name says.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    start = path.stem.rpartition("-")[2]
    if not path.exists():
        download(url, path, start, progress)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(start):
        raise InputError(
            f"{path} is damaged, or another file than {url}: delete it to have it downloaded anew, "
            f"{ELSE}"
        )
    return torch.load(path, map_location="cpu", weights_only=True)


def download(url: str, path: Path, start: str, progress: bool) -> None:
    """Download a file aside, and rename it when its digest starts as it should."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shown = progress and "TQDM_DISABLE" not in os.environ
        torch.hub.download_url_to_file(url, str(path), start, shown)
    except (OSError, HTTPException, RuntimeError) as error:  # the last of a wrong digest
        reason = str(error) or type(error).__name__
        raise InputError(
            f"Inception-v3's weights can't be fetched ({reason}): try again, put the file {url} "
            f"into {path.parent} by hand, {ELSE}"
        ) from error


def inception_on(device: torch.device) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return a function from pictures (N, 3, H, W) uint8 on a device to their features.

    They are (N, 2048) and (N, 768) float32. The network resizes to 299 px itself, bilinear with
    antialiasing: the 2048 features are those of torchmetrics' `FrechetInceptionDistance` as it is
    by default. FID as TensorFlow first had it resizes without antialiasing.

    Raises `InputError` as `load_inception` does.
    """
    network: Any = load_inception().to(device)
    return network._torch_fidelity_forward
