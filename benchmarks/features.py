"""What our extraction of EfficientNet-Lite0's features buys, against the network as it was trained.

Images a second on the clock, and a second of this process's time on all cores: the latter tells
about the code where other programs share the machine.
"""

import argparse
from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from side_by_side import compare
from torch import nn

from covers_lib import synthetic
from covers_lib.evaluation.features import extract
from covers_lib.evaluation.lite0 import load_lite0, resized
from covers_lib.provenance import machine


def looking(
    network: nn.Module, images: np.ndarray, batch: int, layout: torch.memory_format
) -> Callable[[], int]:
    """Make a way that shows a network pictures laid out in memory in one way or the other."""
    network = network.to(memory_format=layout)

    def look() -> int:
        with torch.inference_mode():
            for start in range(0, len(images), batch):
                x = torch.from_numpy(images[start : start + batch]).permute(0, 3, 1, 2)
                network(resized(x).contiguous(memory_format=layout))
        return len(images)

    return look


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(machine())
    for size in (64, 128):
        images = np.stack([synthetic.draw(index, size=size) for index in range(options.images)])

        def plain(batch: int, layout: torch.memory_format, images: np.ndarray = images):
            return looking(deepcopy(load_lite0()), images, batch, layout)

        def ours(batch: int, images: np.ndarray = images) -> Callable[[], int]:
            return lambda: len(extract(images, batch=batch).deep)

        apart, together = torch.contiguous_format, torch.channels_last
        ways = {
            "as trained, batches of 64": plain(64, apart),
            "as trained, batches of 8": plain(8, apart),
            "channels together, batches of 8": plain(8, together),
            "extract (BatchNorm fused too), batches of 8": ours(8),
            "extract, batches of 16": ours(16),
        }
        compare(f"EfficientNet-Lite0, pictures of {size} px", ways, options.rounds, processor=True)


if __name__ == "__main__":
    main()
