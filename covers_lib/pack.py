"""The pack: covers audited, cropped and resized once, then read at memory speed."""

import csv
import hashlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from covers_lib import layouts, sources, synthetic
from covers_lib.audit import LeftOut, read_cover
from covers_lib.errors import InputError
from covers_lib.networks import check_size
from covers_lib.progress import bar

FILES = ("images.npy", "manifest.csv", "audit.json")
HELD_OUT = 0.1  # the share of covers that no network is trained on


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
    progress: bool = True,
) -> Pack:
    """Audit, crop and resize the covers of a source into a pack at `out`.

    A cover that cannot be packed is left out and reported, never replaced by another. The pack is
    written beside `out` and renamed when it is whole; an earlier pack at `out` is replaced.

    Raises `InputError` for a wrong source or size, an `out` that holds something else, or a source
    of which nothing can be packed.

    Derived in: book/02_preprocessing
    """
    check_size(size)
    out = Path(out)
    if out.exists() and not all((out / name).is_file() for name in FILES):
        raise InputError(f"{out} exists and is not a pack: choose another --out")
    items = sources.open_source(source, n, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        write_pack(items, {"source": source, "size": size, "seed": seed}, aside, progress)
        move_into_place(aside, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Pack(out)


def write_pack(
    items: Sequence[sources.Item], settings: dict, folder: Path, progress: bool = True
) -> None:
    """Write the three files of a pack into an empty folder, a cover at a time.

    Raises `InputError` if no cover can be packed.

    Derived in: book/02_preprocessing
    """
    start, size = time.perf_counter(), settings["size"]
    rows: list[dict] = []
    left_out: list[dict] = []
    seen: set[str] = set()
    with open(folder / "images.npy", "wb") as file:
        write_header(file, 0, size)
        for item in bar(items, progress, desc="packing", unit="cover"):
            try:
                pixels, (width, height) = read_cover(item, size)
                digest = hashlib.sha256(pixels.tobytes()).hexdigest()
                if digest in seen:
                    raise LeftOut("duplicate")
            except LeftOut as reason:
                left_out.append({"name": item.name, "reason": str(reason)})
                continue
            seen.add(digest)
            file.write(pixels.tobytes())
            rows.append(
                {
                    "name": item.name,
                    "digest": digest,
                    "width": width,
                    "height": height,
                    "held_out": int(int(digest[:8], 16) < HELD_OUT * 2**32),
                    **item.factors(),
                }
            )
        write_header(file, len(rows), size)
    skipped = dict(Counter(entry["reason"] for entry in left_out).most_common())
    if not rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in skipped.items())
        raise InputError(f"nothing in {settings['source']} could be packed at {size} px: {reasons}")
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    audit = {
        **settings,
        "images": len(rows),
        "skipped": skipped,
        "left_out": left_out,
        "digest": hashlib.sha256("".join(row["digest"] for row in rows).encode()).hexdigest(),
        "seconds": round(time.perf_counter() - start, 2),
    }
    (folder / "audit.json").write_text(json.dumps(audit, indent=1))


def write_header(file, n: int, size: int) -> None:
    """Write the header of an .npy file for `n` covers at the file's start.

    NumPy pads the header so that the first dimension may grow in place: the covers are appended
    as they come, and counted at the end.
    """
    file.seek(0)
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, size, size, 3)}
    np.lib.format.write_array_header_1_0(file, header)


def move_into_place(aside: Path, out: Path) -> None:
    """Rename a finished folder to `out`; what was there before goes, once the new one is whole."""
    aside.chmod(0o755)  # mkdtemp's folders are private
    if out.exists():
        old = aside.with_suffix(".old")
        os.rename(out, old)
        os.rename(aside, out)
        shutil.rmtree(old)
    else:
        os.rename(aside, out)


def embedded(n: int, size: int, seed: int = 0) -> Pack:
    """Give the pack of `n` synthetic covers that the book uses, drawn on first use and then kept.

    It lies under `COVERS_HOME`, named by its settings and by the code that draws it.

    Derived in: book/02_preprocessing
    """
    source = inspect.getsource(synthetic) + inspect.getsource(layouts)
    code = hashlib.sha256(source.encode()).hexdigest()[:8]
    out = sources.home() / "packs" / f"synthetic-{n}-{size}px-seed{seed}-{code}"
    return Pack(out) if out.exists() else prepare("synthetic", size, out, n, seed)


def to_tensor(images: np.ndarray) -> Tensor:
    """Turn covers (N, H, W, 3) uint8 into (N, 3, H, W) float32 in [-1, 1], tanh's own range.

    Derived in: book/02_preprocessing
    """
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2) / 127.5 - 1


def to_images(covers: Tensor) -> np.ndarray:
    """Turn (N, 3, H, W) floats in [-1, 1] into (N, H, W, 3) uint8, rounded.

    Derived in: book/02_preprocessing
    """
    pixels = ((covers.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).cpu().numpy()


def batches(pack: Pack, batch: int, seed: int) -> Callable[[int], Tensor]:
    """Give a function from a count k to the k-th batch of training covers, shuffled by `seed`.

    Each epoch is a new permutation; the permutations follow one another without a gap. A batch is
    (batch, 3, size, size) float32 in [-1, 1], and depends on `seed` and k alone: so a run that
    is resumed at batch k needs no other memory of where it was.

    Derived in: book/02_preprocessing
    """
    n = len(pack.training)
    if n == 0:
        raise InputError(f"the pack {pack.path} has no training covers: add more covers to it")

    @lru_cache(maxsize=2)
    def permutation(epoch: int) -> np.ndarray:
        return np.random.default_rng([seed, epoch]).permutation(n)

    def take(k: int) -> Tensor:
        first, last = k * batch, (k + 1) * batch  # places in the endless row of permutations
        epochs = range(first // n, (last - 1) // n + 1)
        row = np.concatenate([permutation(epoch) for epoch in epochs])
        start = first - epochs[0] * n
        return to_tensor(pack.images[np.sort(pack.training[row[start : start + batch]])])

    return take
