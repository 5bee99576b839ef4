"""What the measures cost, and whether they rank known damage: on real covers where they are given.

COVERS_DIR names a folder of covers, and --pack a pack; without either, synthetic covers are drawn.
"""

import argparse
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from covers_lib.data.pack import Pack, prepare
from covers_lib.evaluation import copies, metrics
from covers_lib.evaluation.evaluate import Evaluation, RealFeatures, compare, measure_pack
from covers_lib.evaluation.features import extract
from covers_lib.provenance import machine

COLUMNS = ("fd", "fd_middle", "kid", "precision", "recall", "density", "coverage", "vendi",
           "support", "memorised")  # fmt: skip
COLLAPSES = (100, 16)  # covers that are repeated


def costs(n: int, dim: int) -> None:
    """Print the CPU-seconds of each measure on two sets of `n` features, and of all together."""
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0, 1, (n, dim)), rng.normal(0.1, 1, (n, dim))
    measures = {
        "Fréchet distance": lambda: metrics.frechet_distance(real, fake),
        "KID, 100 subsets": lambda: metrics.kernel_distances(real, fake),
        "precision, recall, density, coverage": lambda: metrics.neighbourhoods(real, fake),
        "Vendi score": lambda: metrics.vendi_score(fake),
        "birthday test": lambda: copies.birthday(fake, copies.duplicate_threshold(real)),
    }
    print(f"\nCPU-seconds for {n:,} × {n:,} features of {dim:,} dimensions")
    seconds = {}
    for name, measure in measures.items():
        start = time.process_time()
        measure()
        seconds[name] = time.process_time() - start
        print(f"  {name:40} {seconds[name]:6.2f}")
    asked = sum(list(seconds.values())[:4])
    print(f"  {'all but the birthday test':40} {asked:6.2f}")


def chosen_pack(options: argparse.Namespace, scratch: Path) -> Pack:
    """Give the pack to measure on."""
    if options.pack:
        return Pack(options.pack)
    source = os.environ.get("COVERS_DIR", "synthetic")
    return prepare(source, options.size, scratch / "pack", n=3 * options.n, progress=False)


def damaged(covers: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Damage covers (N, H, W, 3) uint8 in known ways; a collapse repeats few, with some noise."""
    pixels, side = covers.astype(float), covers.shape[1]

    def repeats(count: int) -> np.ndarray:
        chosen = pixels[rng.integers(count, size=len(pixels))]
        return chosen + rng.normal(0, 2, chosen.shape)

    def blur(share: float) -> np.ndarray:  # of the side
        return gaussian_filter(pixels, (0, share * side, share * side, 0))

    made = {
        "slight blur": blur(1 / 64),
        "strong blur": blur(1 / 16),
        "uniform noise": rng.uniform(0, 256, pixels.shape),
    } | {f"collapse to {count}": repeats(count) for count in COLLAPSES}
    return {name: picture.clip(0, 255).astype(np.uint8) for name, picture in made.items()}


def show(name: str, measured: Evaluation) -> None:
    """Print a row of the table."""
    values = [getattr(measured, column) for column in COLUMNS]
    print(
        f"  {name:18}",
        *("none".rjust(10) if x is None else f"{x:10.4g}" for x in values),
        flush=True,
    )


def claims(real: RealFeatures, found: dict[str, Evaluation]) -> dict[str, bool]:
    """Say which claims about the measures hold here."""
    fd = {"floor": real.floor(len(real.other.deep))["fd"]}
    fd |= {name: measured.fd for name, measured in found.items()}
    orders = [
        ("floor", "slight blur", "strong blur", "uniform noise"),
        ("floor", "collapse to 100", "collapse to 16"),
    ]
    said = {
        f"Fréchet distance: {' < '.join(order)}": all(
            fd[less] < fd[more] for less, more in pairwise(order)
        )
        for order in orders
    }
    for support in COLLAPSES:
        told = found[f"collapse to {support}"].support
        said[f"birthday test: {support} within a factor of 2 ({told and round(told)})"] = (
            told is not None and support / 2 < told < 2 * support
        )
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--n", type=int, default=900, help="covers in each set")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--rows", type=int, default=5_000, help="features to time the measures on")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    if options.n < max(COLLAPSES):
        parser.error(f"--n must be {max(COLLAPSES)} or more: so many covers are repeated")
    torch.set_num_threads(1)
    print(machine())
    costs(options.rows, 1_280)
    with tempfile.TemporaryDirectory() as scratch:
        pack = chosen_pack(options, Path(scratch))
        for seed in range(options.seeds):
            rank(pack, options.n, seed)


def rank(pack: Pack, n: int, seed: int) -> None:
    """Damage covers, measure them, and print what came out."""
    real = measure_pack(pack, n, seed)
    count = len(real.reference.deep)
    if count < max(COLLAPSES):
        sys.exit(f"{pack.path} has too few covers: {2 * max(COLLAPSES)} are needed to train on")
    covers = pack.images[real.places[count:]]  # those of `other`: none is in the reference
    covers = np.random.default_rng([seed, 1]).permutation(covers)
    sets = damaged(covers, np.random.default_rng([seed, 2]))
    found = {"other real covers": compare(real, real.other)}
    one = found["other real covers"]
    print(f"\n{pack.size} px, {count} covers against {count}; seed {seed}, pack {pack.digest[:12]}")
    print(f"{one.extractor}, resized {one.resizer}; fd is {one.metric}")
    print("All but the noise is made of training covers: memorised should see it, if it is clear.")
    print(" " * 20, *(f"{column:>10}" for column in COLUMNS))
    show("other real covers", one)
    for name, pictures in sets.items():
        found[name] = compare(real, extract(pictures))
        show(name, found[name])
    for claim, holds in claims(real, found).items():
        print(f"  {'ok ' if holds else 'NOT'}  {claim}")


if __name__ == "__main__":
    main()
