"""Checkpoints: all that a next step depends on, written aside, renamed when whole, read safely."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from covers_lib import files
from covers_lib.errors import InputError
from covers_lib.gan.training import GAN

NETWORKS = ("generator", "discriminator", "average")
KEPT = 2
SECONDS = 60.0  # from one to the next, while a run trains


def whole(folder: Path) -> list[Path]:
    """List the whole checkpoints of a folder, oldest first."""
    return sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))


def last_one(folder: Path) -> str:
    """Say in messages which checkpoint there is."""
    there = whole(folder)
    if not there:
        return "there is no checkpoint yet"
    return f"the last checkpoint, step {int(there[-1].name)}, is whole"


def write(folder: Path, gan: GAN, seconds: float) -> Path:
    """Write the checkpoint of a GAN's step, unless it is there; what is seen of it is whole.

    Raises `OSError` if the disk is full: then nothing of it is left.
    """
    path = folder / f"{gan.step:08d}"
    if path.exists():
        return path
    sweep(folder)
    aside = folder / f".{path.name}.part"
    try:
        aside.mkdir(parents=True)
        for name in NETWORKS:
            state = network_of(gan, name).state_dict()
            contiguous = {key: value.contiguous() for key, value in state.items()}
            files.write(aside / f"{name}.safetensors", to_bytes(contiguous))
        rest = io.BytesIO()
        torch.save(state_of(gan) | {"seconds": seconds}, rest)
        files.write(aside / "state.pt", rest.getvalue())
        os.rename(aside, path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return path


def read(path: Path, gan: GAN) -> float:
    """Bring a GAN to a checkpoint; return the seconds that were trained until then.

    Raises `InputError` if the checkpoint is damaged, or holds objects rather than numbers.
    """
    with damage_named(path):
        for name in NETWORKS:
            network_of(gan, name).load_state_dict(load_file(path / f"{name}.safetensors"))
        rest = torch.load(path / "state.pt", weights_only=True, map_location="cpu")
        gan.step = rest["step"]
        gan.average.n_averaged.copy_(rest["averaged"])
        restore_random(gan, rest["rng"])
        gan.g_optimizer.load_state_dict(rest["g_optimizer"])
        gan.d_optimizer.load_state_dict(rest["d_optimizer"])
        return rest["seconds"]


def restore_random(gan: GAN, state: torch.Tensor) -> None:
    """Bring what draws latents to the state that it had; on another kind of device, seed it anew.

    There the state means nothing, and a GPU's numbers could not be drawn by a CPU.
    """
    if state.shape == gan.rng.get_state().shape:
        gan.rng.set_state(state)
    else:
        gan.rng.manual_seed(gan.recipe.seed + gan.step)


def read_average(path: Path, generator: nn.Module) -> None:
    """Give a generator the averaged weights of a checkpoint.

    Raises `InputError` if the checkpoint is damaged.
    """
    with damage_named(path):
        generator.load_state_dict(load_file(path / "average.safetensors"))


def prune(folder: Path, best: Path | None = None) -> None:
    """Remove all but the last two checkpoints and the best one."""
    for old in whole(folder)[:-KEPT]:
        if old != best:
            os.rename(old, folder / f".{old.name}.part")  # half of it must not look whole
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed has left half-written or half-removed."""
    for left in folder.glob(".*.part"):
        shutil.rmtree(left)


def is_finite(gan: GAN) -> bool:
    """Return whether all weights of a GAN, and what its optimizers remember, are finite numbers."""
    tensors = [value for name in NETWORKS for value in network_of(gan, name).state_dict().values()]
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        for state in optimizer.state_dict()["state"].values():
            tensors += [value for value in state.values() if isinstance(value, Tensor)]
    return all(torch.isfinite(tensor).all() for tensor in tensors)


def network_of(gan: GAN, name: str) -> nn.Module:
    """Return the network that a checkpoint's file holds."""
    return gan.average.module if name == "average" else getattr(gan, name)


def state_of(gan: GAN) -> dict:
    """Gather what a next step depends on, apart from the networks."""
    return {
        "step": gan.step,
        "averaged": gan.average.n_averaged,
        "rng": gan.rng.get_state(),
        "g_optimizer": gan.g_optimizer.state_dict(),
        "d_optimizer": gan.d_optimizer.state_dict(),
    }


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Say in one sentence that a checkpoint is damaged: readers raise errors of every kind."""
    try:
        yield
    except (PermissionError, torch.OutOfMemoryError):
        raise  # that is no damage
    except Exception as error:
        only = whole(path.parent) == [path]
        then = "begins anew" if only else "goes on from the one before"
        raise InputError(
            f"the checkpoint {path} is damaged: delete its folder, and the run {then}"
        ) from error
