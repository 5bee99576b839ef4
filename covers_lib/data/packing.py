"""Covers read by several processes at once, and written into the files of a pack."""

import csv
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import BinaryIO

import numpy as np
from torch.utils.data import DataLoader, Dataset

from covers_lib.data.audit import Cover, LeftOut, Seen, read_cover
from covers_lib.data.sources import Item
from covers_lib.errors import InputError
from covers_lib.progress import bar

HELD_OUT = 0.1  # the share of covers that no network is trained on
WORTH_WORKERS = 200  # of fewer covers, one process has packed most before others have started


class Reading(Dataset):
    """The covers of a source as PyTorch's loader wants them: each a `Cover`, or why it is none."""

    def __init__(self, items: Sequence[Item], size: int):
        self.items, self.size = items, size

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[str, dict, Cover | LeftOut]:
        item = self.items[index]
        try:
            return item.name, item.factors(), read_cover(item, self.size)
        except LeftOut as reason:
            return item.name, {}, reason


def processes() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def end_with_parent(worker: int) -> None:
    """Make a reading process end when the process that packs is killed.

    Without this it would wait for ever to hand over what nobody reads any more.
    """

    def wait() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()


def read_all(items: Sequence[Item], size: int, workers: int | None = None) -> Iterator[tuple]:
    """Read all covers of a source in their order, by a process a processor where that pays.

    Gives (name, factors, `Cover` or `LeftOut`) each.
    """
    if workers is None:
        workers = min(processes(), 16) if len(items) >= WORTH_WORKERS else 0
    loader = DataLoader(
        Reading(items, size),
        batch_size=16,
        num_workers=workers,
        collate_fn=list,
        worker_init_fn=end_with_parent,
    )
    for batch in loader:
        yield from batch


def write_pack(
    items: Sequence[Item],
    settings: dict,
    folder: Path,
    keep_duplicates: bool = False,
    progress: bool = True,
) -> None:
    """Write the three files of a pack into an empty folder.

    Raises `InputError` if no cover can be packed.
    """
    start, size = time.perf_counter(), settings["size"]
    seen = Seen(len(items))
    covers = bar(read_all(items, size), progress, desc="packing", unit="cover", total=len(items))
    rows, left_out = write_images(covers, folder / "images.npy", size, seen, keep_duplicates)
    skipped = dict(Counter(entry["reason"] for entry in left_out).most_common())
    if not rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in skipped.items())
        raise InputError(f"nothing in {settings['source']} could be packed at {size} px: {reasons}")
    digests = [row["digest"] for row in rows]
    for row, side in zip(rows, held_out(digests, seen.groups()), strict=True):
        row["held_out"] = int(side)
    write_manifest(folder / "manifest.csv", rows)
    audit = {
        **settings,
        "images": len(rows),
        "skipped": skipped,
        "left_out": left_out,
        "digest": hashlib.sha256("".join(digests).encode()).hexdigest(),
        "seconds": round(time.perf_counter() - start, 2),
    }
    (folder / "audit.json").write_text(json.dumps(audit, indent=1))


def write_images(
    covers: Iterable[tuple], path: Path, size: int, seen: Seen, keep_duplicates: bool
) -> tuple[list[dict], list[dict]]:
    """Append covers to an .npy file as they come; give a row for each, and what was left out."""
    rows: list[dict] = []
    left_out: list[dict] = []
    with open(path, "wb") as file:
        write_header(file, 0, size)
        for index, (name, factors, cover) in enumerate(covers):
            entry = {"name": name, "index": index}
            if isinstance(cover, LeftOut):
                left_out.append({**entry, "reason": str(cover)})
                continue
            twin = None if keep_duplicates else seen.find(cover)
            if twin is not None:
                left_out.append({**entry, "reason": "duplicate", "of": twin})
                continue
            seen.add(cover)
            file.write(cover.pixels.tobytes())
            found = {"digest": cover.digest, "width": cover.width, "height": cover.height}
            rows.append({"name": name, **found, **factors})
        write_header(file, len(rows), size)
    return rows, left_out


def held_out(digests: list[str], groups: np.ndarray) -> np.ndarray:
    """Return which covers no network is trained on: about `HELD_OUT` of them, (N,) bool.

    A cover's digest decides, so that the same cover is on the same side in every pack of its size.
    Covers that are much alike form a group, and the group's smallest digest decides for all.

    Derived in: book/02_preprocessing
    """
    smallest = dict(zip(groups.tolist(), digests, strict=True))
    for group, digest in zip(groups.tolist(), digests, strict=True):
        smallest[group] = min(smallest[group], digest)
    return np.array([int(smallest[group][:8], 16) < HELD_OUT * 2**32 for group in groups.tolist()])


def write_manifest(path: Path, rows: list[dict]) -> None:
    """Write a row a cover as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def write_header(file: BinaryIO, n: int, size: int) -> None:
    """Write the header of an .npy file for `n` covers at the file's start.

    NumPy pads the header so that the first dimension may grow in place: the covers are appended
    as they come, and counted at the end.
    """
    file.seek(0)
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, size, size, 3)}
    np.lib.format.write_array_header_1_0(file, header)
