"""What our training step buys, against a step as tutorials write it (`plain.py`): time and memory.

Steps are compared on the covers of COVERS_DIR, data and steps together on files as they were found,
those of COVERS_ORIGINALS; without either, covers are drawn (see `data.py`).
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import numpy as np
import plain
import psutil
import torch
from data import DecodeEveryTime, originals
from side_by_side import compare
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler

from covers_lib.data.pack import Pack, batches, prepare
from covers_lib.gan import recipes, training
from covers_lib.gan.recipes import Recipe
from covers_lib.images import to_tensor
from covers_lib.provenance import machine

PARTS = ("discriminator", "generator")
Ways = dict[str, tuple[str, Recipe]]  # by title: whose step, of which recipe
WAYS = {"plain": (plain.build, plain), "ours": (training.build, training)}


def step_of(way: str, part: str, recipe: Recipe, real: Tensor) -> Callable[[], int]:
    """Make a step of a network on a batch of covers; it gives the number of images."""
    build, steps = WAYS[way]
    gan = build(recipe)
    if part == "generator":
        return lambda: (steps.generator_step(gan, real), recipe.batch)[1]
    if way == "plain":
        real = real.contiguous()
        return lambda: (steps.discriminator_step(gan, real), recipe.batch)[1]
    return lambda: (steps.discriminator_step(gan, gan.share(real)), recipe.batch)[1]


def compare_steps(title: str, ways: Ways, real: Tensor, rounds: int) -> None:
    """Compare the steps of both networks."""
    for part in PARTS:
        steps = {name: step_of(way, part, recipe, real) for name, (way, recipe) in ways.items()}
        compare(f"{title}: {part}'s step", steps, rounds)


def compare_memory(title: str, ways: Ways, real: Tensor) -> None:
    """Print the memory that the steps of both networks need."""
    for part in PARTS:
        print(f"\n{title}: {part}'s step (MB at its peak)")
        for name, (way, recipe) in ways.items():
            print(f"  {name:44} {in_child(way, part, recipe, real):>10,.0f}", flush=True)


def in_child(way: str, part: str, recipe: Recipe, real: Tensor) -> float:
    """Measure the memory that two steps need, in a process of their own: MB above its beginning."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(peak, (way, part, recipe, real.numpy()))


def peak(way: str, part: str, recipe: Recipe, real: np.ndarray) -> float:
    """Take two steps; tell by how much this process grew at most, looked at all the time."""
    torch.set_num_threads(1)
    process, most, done = psutil.Process(), 0, Event()
    before = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not done.wait(0.002):
            most = max(most, process.memory_info().rss)

    watcher = Thread(target=watch)
    watcher.start()
    step = step_of(way, part, recipe, torch.from_numpy(real))
    step()
    step()
    done.set()
    watcher.join()
    return (most - before) / 1e6


def decoded(folder: Path, recipe: Recipe) -> Iterator[Tensor]:
    """Give batches of covers that are decoded whenever they are asked for."""
    files = DecodeEveryTime(folder, recipe.size)
    endless = RandomSampler(files, replacement=True, num_samples=10**9)
    loader = DataLoader(files, recipe.batch, sampler=endless, collate_fn=np.stack)
    return (to_tensor(images).contiguous() for images in loader)


def compare_whole(recipe: Recipe, folder: Path, pack: Pack, rounds: int) -> None:
    """Compare data and steps together."""
    before, ours = plain.build(recipe), training.build(recipe)
    files, take, number = decoded(folder, recipe), batches(pack, recipe.batch, 0), count()

    def plainly() -> int:
        real = next(files)
        plain.discriminator_step(before, real)
        plain.generator_step(before, real)
        return recipe.batch

    def from_the_pack() -> int:
        training.train(ours, lambda k: take(next(number)), ours.step + 1)
        return recipe.batch

    ways = {"decode every epoch, plain steps": plainly, "pack, our steps": from_the_pack}
    compare(f"{recipe.name}, {recipe.size} px, width {recipe.width}, data and steps", ways, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64, help="of the article's shapes")
    parser.add_argument("--thin", type=int, default=1, help="divide the article's features")
    parser.add_argument("--no-memory", action="store_true", help="measure time only")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    maps = tuple(m // options.thin for m in recipes.ARTICLE["maps"])
    article = recipes.get("article-wgan-gp", batch=options.batch, maps=maps)
    dcgan = recipes.get("dcgan", size=32, width=max(4, 32 // options.thin))
    with tempfile.TemporaryDirectory() as scratch:
        found = originals(Path(scratch))
        pack = prepare(str(found), 32, Path(scratch) / "32", progress=False)
        compare_whole(dcgan, found, pack, 4 * options.rounds)
        folder = os.environ.get("COVERS_DIR") or str(found)
        covers = prepare(folder, 128, Path(scratch) / "128", n=400, progress=False)
        real = batches(covers, article.batch, 0)(0)
        ways = {
            "plain, InstanceNorm": ("plain", article),
            "ours, InstanceNorm": ("ours", article),
            "ours, no norm (other maths)": ("ours", replace(article, norm="none")),
        }
        title = f"article-wgan-gp, batch {article.batch}"
        compare_steps(title, ways, real, options.rounds)
        if not options.no_memory:
            compare_memory(title, ways, real)


if __name__ == "__main__":
    main()
