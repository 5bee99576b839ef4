"""A reader of synthetic covers: small networks that learn to tell their factors from pixels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.evaluation.metrics import LEAST
from covers_lib.gan.devices import device_of, pick_device
from covers_lib.images import to_tensor
from covers_lib.synthetic import LAYOUTS, LETTERING, MOTIFS, PALETTES, TEXTURES

FACTORS = {
    "layout": LAYOUTS,
    "palette": tuple(PALETTES),
    "motif": MOTIFS,
    "lettering": LETTERING,
    "texture": TEXTURES,
}
SHAPES = ("layout", "motif", "lettering")  # what lightness alone tells
BATCH, EPOCHS = 64, 10


def stage(before: int, after: int, kernel: int, stride: int) -> list[nn.Module]:
    """A convolution that keeps or halves the picture, BatchNorm and ReLU."""
    convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


class Shapes(nn.Module):
    """Reads layout, motif and lettering from lightness alone: (N, 3, H, W) to logits of each."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.features = nn.Sequential(
            *stage(1, width, 5, 2),
            *stage(width, 2 * width, 3, 2),
            *stage(2 * width, 4 * width, 3, 2),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),  # (N, C·16)
        )
        self.heads = nn.ModuleDict(
            {name: nn.Linear(64 * width, len(FACTORS[name])) for name in SHAPES}
        )

    def forward(self, covers: Tensor) -> dict[str, Tensor]:
        light = covers.mean(1, keepdim=True)  # (N, 1, H, W)
        light = light - light.mean((2, 3), keepdim=True)
        light = light / (light.std((2, 3), keepdim=True) + 0.05)
        if self.training:  # a shape is the same in negative, and a little to one side
            light = light * (torch.randint(2, (len(light), 1, 1, 1)) * 2 - 1).to(light.device)
            light = light.roll(torch.randint(-2, 3, (2,)).tolist(), (2, 3))
        features = self.features(light)
        return {name: head(features) for name, head in self.heads.items()}


class Colours(nn.Module):
    """Reads the palette from single pixels, averaged: (N, 3, H, W) to logits."""

    def __init__(self, width: int = 48):
        super().__init__()
        self.pixel = nn.Sequential(*stage(3, width, 1, 1), *stage(width, 2 * width, 1, 1))
        self.head = classify(2 * width, len(PALETTES))

    def forward(self, covers: Tensor) -> dict[str, Tensor]:
        return {"palette": self.head(self.pixel(covers[..., 1::3, 1::3]).mean((2, 3)))}


class Surface(nn.Module):
    """Reads the texture from how a pixel differs from those around it: (N, 3, H, W) to logits."""

    def __init__(self, width: int = 16):
        super().__init__()
        self.features = nn.Sequential(
            *stage(6, width, 3, 1), nn.MaxPool2d(2), *stage(width, 2 * width, 3, 1), nn.Flatten(2)
        )
        self.head = classify(6 * width, len(TEXTURES))

    def forward(self, covers: Tensor) -> dict[str, Tensor]:
        around = F.avg_pool2d(F.pad(covers, (1, 1, 1, 1), mode="replicate"), 3, 1)
        rough = (covers - around) * 20  # grain is a few of 255 levels
        features = self.features(torch.cat([rough, rough.tanh()], 1))  # (N, C, H·W/4)
        pooled = [features.mean(2), features.amax(2), features.std(2)]
        return {"texture": self.head(torch.cat(pooled, 1))}


def classify(features: int, values: int) -> nn.Sequential:
    """The last layers of a classifier of pooled features."""
    return nn.Sequential(
        nn.BatchNorm1d(features), nn.Linear(features, 128), nn.ReLU(), nn.Linear(128, values)
    )


NETWORKS = (Shapes, Colours, Surface)


@dataclass(frozen=True)
class Reader:
    """Networks that read the factors of covers of `size` pixels, and how well they do.

    At 32 px palettes and layouts are read well, lettering and texture fairly, motifs badly: many
    are a few pixels large. `accuracy` says it in numbers.

    `confusion` holds an int array (K, K) a factor: how many held-out covers of each value (row)
    were read as each value (column), in the order of `FACTORS`.
    """

    networks: tuple[nn.Module, ...]
    size: int
    confusion: dict[str, np.ndarray]

    @property
    def accuracy(self) -> dict[str, float]:
        """The share of held-out covers that is read rightly, a factor."""
        return {
            name: float(np.trace(table) / table.sum()) for name, table in self.confusion.items()
        }


def labels(pack: Pack) -> dict[str, np.ndarray]:
    """Return the places of a pack's factors in `FACTORS`: (N,) int each.

    Raises `InputError` for a pack that does not know its covers' factors, or other ones.
    """
    rows = pack.manifest
    if not all(row.get(name) in values for row in rows for name, values in FACTORS.items()):
        raise InputError(
            f"the pack {pack.path} does not tell the factors of its covers as they are drawn now: "
            "make one with `covers prepare --source synthetic`"
        )
    return {
        name: np.array([values.index(row[name]) for row in rows])
        for name, values in FACTORS.items()
    }


def learn(pack: Pack, seed: int = 0) -> Reader:
    """Train a reader on the training covers of a synthetic pack, and try it on its held-out ones.

    Raises `InputError` for a pack without factors, or with too few covers to learn from.

    Derived in: book/04_mode_collapse
    """
    known = labels(pack)
    if len(pack.training) < BATCH or len(pack.held_out) < LEAST:
        raise InputError(
            f"{pack.path} is too small to learn factors from: it needs {BATCH} training covers "
            f"and {LEAST} held-out ones, and has {len(pack.training)} and {len(pack.held_out)}"
        )
    device = pick_device()
    covers = to_tensor(pack.images[pack.training]).to(device)
    right = {name: torch.from_numpy(of[pack.training]).to(device) for name, of in known.items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = tuple(make().to(device) for make in NETWORKS)
        for network in networks:
            fit(network, covers, right)
    found = read(networks, pack.images[pack.held_out])
    true = {name: of[pack.held_out] for name, of in known.items()}
    tables = {name: np.zeros((len(values),) * 2, int) for name, values in FACTORS.items()}
    for name, table in tables.items():
        np.add.at(table, (true[name], found[name]), 1)
    return Reader(networks, pack.size, tables)


def fit(network: nn.Module, covers: Tensor, right: dict[str, Tensor]) -> None:
    """Train one network on covers (N, 3, H, W), by the cross-entropy of all that it reads."""
    steps = EPOCHS * (len(covers) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
    epochs = [torch.randperm(len(covers)) for _ in range(EPOCHS)]
    for order in epochs:
        for some in order[: len(order) // BATCH * BATCH].view(-1, BATCH).to(covers.device):
            logits = network(covers[some])
            losses = [F.cross_entropy(of, right[name][some]) for name, of in logits.items()]
            loss = sum(losses, start=covers.new_zeros(()))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            pace.step()
    network.eval().requires_grad_(False)


def read(networks: tuple[nn.Module, ...], images: np.ndarray) -> dict[str, np.ndarray]:
    """Read the factors of covers (N, H, W, 3) uint8: their places in `FACTORS`, (N,) int each.

    Derived in: book/04_mode_collapse
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in FACTORS}
    with torch.inference_mode():
        for start in range(0, len(images), 256):
            covers = to_tensor(images[start : start + 256]).to(device_of(networks[0]))
            for network in networks:
                for name, logits in network(covers).items():
                    found[name].append(logits.argmax(1).cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in found.items()}
