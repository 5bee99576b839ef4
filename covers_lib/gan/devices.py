"""How numbers are kept and multiplied on a device: what costs time, and changes only rounding."""

import os

import torch
from torch import nn

from covers_lib.errors import InputError
from covers_lib.gan.networks import CriticNorm


def allow_tf32(device: torch.device) -> None:
    """On an NVIDIA card, multiply float32 with TF32's 10 bits of fraction, as its convolutions do.

    Batches of one shape come again and again, so that the fastest convolution is looked for once.
    """
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True


def precision(device: torch.device, name: str) -> torch.autocast:
    """Make a context for forward passes: "bf16" computes them in bfloat16, weights stay float32.

    It is torch's own, not the Accelerator's, which keeps one precision for all of a program. No
    cast weights are kept for the next pass: they would outlive the graph that they belong to.

    Derived in: book/03_dcgan
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=name == "bf16", cache_enabled=False)


def memory_format(norm: CriticNorm) -> torch.memory_format:
    """Choose how pictures lie in memory, real and fake alike: a pixel's channels together, or not.

    Packs give them so, and convolutions like it. InstanceNorm does not: it needs each channel's
    pixels together (`benchmarks/training.py`).
    """
    return torch.contiguous_format if norm == "instance" else torch.channels_last


def pick_device() -> torch.device:
    """Pick the device to compute on: an accelerator where there is one, else the CPU.

    `COVERS_DEVICE` in the environment names another, such as `cpu`.

    Raises `InputError` where it names nothing that torch knows.
    """
    if chosen := os.environ.get("COVERS_DEVICE"):
        try:
            return torch.device(chosen)
        except RuntimeError as error:
            raise InputError(
                f"COVERS_DEVICE is {chosen}: set it to a device that torch knows, such as cpu"
            ) from error
    if torch.accelerator.is_available() and (found := torch.accelerator.current_accelerator()):
        return found
    return torch.device("cpu")


def device_of(module: nn.Module) -> torch.device:
    """Return where a network's weights are."""
    return next(module.parameters()).device
