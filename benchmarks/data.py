"""What the pack buys: batches against decoding every epoch, and building it against the plain way.

COVERS_ORIGINALS names a folder of covers as they were found; without it, synthetic covers of 512
pixels are written as JPEG and used.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from side_by_side import compare
from torch.utils.data import DataLoader, Dataset

from covers_lib import synthetic
from covers_lib.data.audit import square
from covers_lib.data.pack import Pack, batches, prepare
from covers_lib.data.packing import processes
from covers_lib.images import to_tensor
from covers_lib.provenance import machine

BATCH = 64


class DecodeEveryTime(Dataset):
    """The usual way: a file is opened, decoded and resized whenever it is asked for."""

    def __init__(self, folder: Path, size: int):
        self.paths, self.size = sorted(folder.iterdir()), size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        return np.asarray(square(Image.open(self.paths[index]).convert("RGB"), self.size))


def originals(scratch: Path) -> Path:
    """Give the folder of covers to measure on."""
    if chosen := os.environ.get("COVERS_ORIGINALS"):
        return Path(chosen)
    folder = scratch / "originals"
    folder.mkdir()
    for index in range(400):
        Image.fromarray(synthetic.draw(index, 0, 512)).save(folder / f"{index:03}.jpg", quality=90)
    return folder


def epoch_from_files(folder: Path, size: int, workers: int) -> int:
    """Read each cover once through a loader that decodes and resizes it."""
    loader = DataLoader(
        DecodeEveryTime(folder, size), BATCH, shuffle=True, num_workers=workers, collate_fn=np.stack
    )
    return sum(len(to_tensor(images)) for images in loader)


def epochs_from_pack(pack: Pack, epochs: int) -> int:
    """Read the training covers of a pack some times over."""
    take = batches(pack, BATCH, seed=0)
    count = max(1, epochs * len(pack.training) // BATCH)
    return sum(len(take(k)) for k in range(count))


def build_plainly(folder: Path, size: int, out: Path) -> int:
    """Build the pixels of a pack in one process, each file decoded whole."""
    files = DecodeEveryTime(folder, size)
    np.save(out, np.stack([files[index] for index in range(len(files))]))
    return len(files)


def build(folder: Path, size: int, out: Path) -> int:
    """Build the whole pack: audit, hashes, pixels, manifest."""
    pack = prepare(str(folder), size, out, progress=False)
    return len(pack) + len(pack.audit["left_out"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = originals(Path(scratch)), Path(scratch)
        sides = [Image.open(path).size[0] for path in folder.iterdir()]
        print(
            f"{len(sides)} JPEG files, {min(sides)} to {max(sides)} px, median {np.median(sides):g}"
        )
        for size in options.sizes:
            pack = prepare(str(folder), size, out / f"pack{size}", progress=False)
            ways = {
                f"decode every epoch, {processes()} workers": lambda size=size: epoch_from_files(
                    folder, size, processes()
                ),
                "decode every epoch, no workers": lambda size=size: epoch_from_files(
                    folder, size, 0
                ),
                "batches from the pack": lambda pack=pack: epochs_from_pack(pack, epochs=10),
            }
            compare(f"Reading, {size} px", ways, options.rounds)
            ways = {
                "one process, files decoded whole": lambda size=size: build_plainly(
                    folder, size, out / "plain.npy"
                ),
                f"covers prepare, {processes()} processes": lambda size=size: build(
                    folder, size, out / "built"
                ),
            }
            compare(f"Building, {size} px", ways, options.rounds)


if __name__ == "__main__":
    main()
