"""The pack: covers audited, cropped and resized once, then read at memory speed."""

import csv
import hashlib
import json
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from covers_lib import files, synthetic
from covers_lib.data.packing import write_pack
from covers_lib.data.sources import open_source
from covers_lib.errors import InputError
from covers_lib.files import check_room, home
from covers_lib.images import check_size, to_range, to_tensor

FILES = ("images.npy", "manifest.csv", "audit.json")


class Pack:
    """A folder of packed covers.

    `images` is a memory-mapped (N, size, size, 3) uint8 array; `manifest` a list of N rows (name,
    digest, width, height, held_out, and the factors where known); `audit` says what was left out
    and why; `digest` names the pack's content.

    Raises `InputError` if the folder is not a pack.

    Derived in: book/02_preprocessing
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if missing := [name for name in FILES if not (self.path / name).is_file()]:
            raise InputError(
                f"{path} is not a pack ({missing[0]} is missing): make one with `covers prepare`"
            )
        self.images = np.load(self.path / "images.npy", mmap_mode="r")
        self.audit = json.loads((self.path / "audit.json").read_text())
        self.size, self.digest = self.audit["size"], self.audit["digest"]

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def manifest(self) -> list[dict[str, str]]:
        with open(self.path / "manifest.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    @cached_property
    def held_out(self) -> np.ndarray:
        """The indices of the covers that no network is trained on."""
        return np.flatnonzero([row["held_out"] == "1" for row in self.manifest])

    @cached_property
    def training(self) -> np.ndarray:
        """The indices of the covers to train on."""
        return np.flatnonzero([row["held_out"] == "0" for row in self.manifest])


def prepare(
    source: str,
    size: int,
    out: str | Path,
    n: int | None = None,
    seed: int = 0,
    keep_duplicates: bool = False,
    progress: bool = True,
) -> Pack:
    """Audit, crop and resize the covers of a source into a pack at `out`.

    A cover that cannot be packed is left out and reported, never replaced by another. The pack is
    written beside `out` and renamed when it is whole; an earlier pack at `out` is replaced.

    Raises `InputError` for a wrong source or size, an `out` that holds something else, a source of
    which nothing can be packed, or a disk with too little room.

    Derived in: book/02_preprocessing
    """
    check_size(size)
    out = Path(out)
    if out.exists() and not all((out / name).is_file() for name in FILES):
        raise InputError(f"{out} exists and is not a pack: choose another --out")
    items = open_source(source, n, seed)
    keep_duplicates |= source == "synthetic"  # each is drawn anew: none is a copy of another
    settings = {"source": source, "size": size, "n": n, "seed": seed}
    room = len(items) * size * size * 3
    check_room(f"the pack {out}", room, out.parent, "choose a smaller --size or --n")
    with files.write_folder(out) as folder:
        write_pack(items, settings, folder, keep_duplicates, progress)
    return Pack(out)


def synthetic_pack(n: int, size: int, seed: int = 0) -> Pack:
    """Return the pack of `n` synthetic covers that the book uses, drawn on first use and then kept.

    It lies under `COVERS_HOME`, named by its settings and by how its first covers look: a change of
    the code that draws, or of a font, makes a new pack.

    Derived in: book/02_preprocessing
    """
    first = b"".join(synthetic.draw(index, seed, 32).tobytes() for index in range(64))
    look = hashlib.sha256(first).hexdigest()[:8]
    out = home() / "packs" / f"synthetic-{n}-{size}px-seed{seed}-{look}"
    return Pack(out) if out.exists() else prepare("synthetic", size, out, n, seed)


def batches(
    pack: Pack, batch: int, seed: int, device: torch.device | str = "cpu"
) -> Callable[[int], Tensor]:
    """Return a function from a count k to the k-th batch of training covers, shuffled by `seed`.

    Each epoch is a new permutation; the permutations follow one another without a gap. A batch is
    (batch, 3, size, size) float32 in [-1, 1] on `device`, and depends on `seed` and k alone: so a
    run that is resumed at batch k needs no other memory of where it was. On an accelerator the
    training covers are copied to its memory once, a byte a value, and batches are made there.

    Derived in: book/02_preprocessing
    """
    n = len(pack.training)
    if n == 0:
        raise InputError(f"the pack {pack.path} has no training covers: add more covers to it")
    gather = gather_on_device if torch.device(device).type != "cpu" else gather_from_disk
    covers = gather(pack, device)

    @lru_cache(maxsize=2)
    def permutation(epoch: int) -> np.ndarray:
        return np.random.default_rng([seed, epoch]).permutation(n)

    def take(k: int) -> Tensor:
        first, last = k * batch, (k + 1) * batch  # places in the endless row of permutations
        epochs = range(first // n, (last - 1) // n + 1)
        row = np.concatenate([permutation(epoch) for epoch in epochs])
        start = first - epochs[0] * n
        return covers(np.sort(row[start : start + batch]))  # sorted: read in the disk's order

    return take


def gather_from_disk(pack: Pack, device: torch.device | str) -> Callable[[np.ndarray], Tensor]:
    """Return a function from places among the training covers to their tensors, read on demand."""
    return lambda places: to_tensor(pack.images[pack.training[places]]).to(device)


def gather_on_device(pack: Pack, device: torch.device | str) -> Callable[[np.ndarray], Tensor]:
    """Return the same function for training covers that lie in the device's own memory."""
    covers = torch.from_numpy(pack.images[pack.training]).to(device)  # (N, H, W, 3) uint8
    return lambda places: to_range(covers[torch.from_numpy(places).to(device)])
