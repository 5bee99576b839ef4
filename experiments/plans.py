"""What the grids compare: rows (ways to build and set a game), columns (losses), seeds, minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from odd_networks import (
    fully_connected_generator,
    more_convolutions,
    networks_of,
    tanh_everywhere,
)
from torch import nn

from covers_lib.gan import recipes
from covers_lib.gan.recipes import Recipe

Networks = Callable[[Recipe], tuple[nn.Module, nn.Module]]
Changes = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One run: its place in the grid, its recipe with the seed, and what builds its networks."""

    row: str
    column: str
    recipe: Recipe
    networks: Networks = networks_of


@dataclass(frozen=True)
class Plan:
    """A grid: `columns` name recipes, each with changes; `rows` change them further.

    A row gives changes of settings, which may depend on the recipe, and may bring networks of its
    own, or stand in some columns only. A run lasts `minutes` of CPU time and is measured at so many
    `moments`, the last included, against the `half` of the held-out covers.
    """

    record: str
    minutes: float
    moments: int
    seeds: Sequence[int]
    half: str
    columns: dict[str, tuple[str, Changes]]
    rows: dict[str, "Row"]

    def cells(
        self, shared: Changes, seeds: Sequence[int] | None, rows: Sequence[str] | None
    ) -> list[Cell]:
        """Return the cells in the order in which they are played: seed by seed, row by row."""
        return [
            Cell(
                title,
                column,
                recipes.get(name, **{**shared, "seed": seed, **changes, **row.changes(base)}),
                row.networks,
            )
            for seed in seeds or self.seeds
            for title, row in self.rows.items()
            if not rows or title in rows
            for column, (name, changes) in self.columns.items()
            if not row.columns or column in row.columns
            for base in [replace(recipes.get(name), **changes)]
        ]


@dataclass(frozen=True)
class Row:
    """Changes of a recipe, or a function from a recipe to its changes; and what builds networks."""

    settings: Changes | Callable[[Recipe], Changes]
    networks: Networks = networks_of
    columns: Sequence[str] = ()

    def changes(self, recipe: Recipe) -> Changes:
        """Return what this row changes in a recipe."""
        return self.settings(recipe) if callable(self.settings) else self.settings


# Part of the grid around the best pilot of wgan-gp: He in the critic, batches of 16, one critic
# step at three times the generator's rate. One thing is changed at a time.
PILOT: Changes = {
    "generator_init": "dcgan", "init": "he", "norm": "none", "batch": 16, "n_critic": 1,
    "lr": 2e-4, "d_lr": 6e-4, "betas": (0.0, 0.9),
}  # fmt: skip
FIRST_EDITION: Changes = {
    "init": "dcgan", "batch": 64, "n_critic": 5, "lr": 1e-4, "d_lr": None,
}  # fmt: skip
WGAN = ("wgan-gp",)
OTHERS = ("dcgan", "beyond")

SETTINGS = Plan(
    "settings/real-32",
    4,
    4,
    (0, 1, 2),
    "choosing",
    {"wgan-gp": ("wgan-gp", PILOT), "dcgan": ("dcgan", {}), "beyond": ("beyond", {})},
    {
        "pilot": Row({}, columns=WGAN),
        "first edition": Row(FIRST_EDITION, columns=WGAN),
        "weights: 0.02": Row({"init": "dcgan"}, columns=WGAN),
        "weights: He in both": Row({"generator_init": "he"}, columns=WGAN),
        "weights: LayerNorm, 0.02": Row({"norm": "layer", "init": "dcgan"}, columns=WGAN),
        "batch: 64": Row({"batch": 64}, columns=WGAN),
        "critic: five steps, no rate of its own": Row({"n_critic": 5, "d_lr": None}, columns=WGAN),
        "critic: one step, no rate of its own": Row({"d_lr": None}, columns=WGAN),
        "rate: half": Row({"lr": 1e-4, "d_lr": 3e-4}, columns=WGAN),
        "rate: double": Row({"lr": 4e-4, "d_lr": 1.2e-3}, columns=WGAN),
        "batch 64, 0.02": Row({"batch": 64, "init": "dcgan"}, columns=OTHERS),
        "batch 16, 0.02": Row({"batch": 16, "init": "dcgan"}, columns=OTHERS),
        "batch 64, He": Row({"batch": 64, "init": "he"}, columns=OTHERS),
        "batch 16, He": Row({"batch": 16, "init": "he"}, columns=OTHERS),
    },
)

RIVALS = Plan(
    "rivals/real-32",
    10,
    5,
    (0, 1, 2),
    "judging",
    {"dcgan": ("dcgan", {}), "wgan-gp": ("wgan-gp", {}), "beyond": ("beyond", {})},
    {"the recipe": Row({})},
)

# The optimiser of DCGAN for both, so that the loss and its penalty are all that differs.
NO_NORM: Changes = {"width": 16, "batch": 32, "generator_norm": "none", "norm": "none"}
DCGAN_OPTIMISER: Changes = {"n_critic": 1, "lr": 2e-4, "d_lr": None, "betas": (0.5, 0.999)}

WITHOUT_NORM = Plan(
    "collapse/without-norm-real-32",
    4,
    2,
    (0, 1, 2),
    "all",
    {
        "bce": ("dcgan", NO_NORM | DCGAN_OPTIMISER),
        "wgan-gp": ("wgan-gp", NO_NORM | DCGAN_OPTIMISER),
    },
    {
        "0.02": Row({"generator_init": "dcgan", "init": "dcgan"}),
        "He in both": Row({"generator_init": "he", "init": "he"}),
        "He in the discriminator": Row({"generator_init": "dcgan", "init": "he"}),
    },
)

NOWHERE: Changes = {"generator_norm": "none", "norm": "none"}

ROBUSTNESS = Plan(
    "robustness/real-32",
    3,
    1,
    (0, 1),
    "all",
    {
        "bce": ("dcgan", {}),
        "wgan-gp": ("wgan-gp", {}),
        "relativistic": ("beyond", {"augment": ()}),  # the loss and its penalties alone
    },
    {
        "standard": Row({}),
        "no BatchNorm in the generator": Row({"generator_norm": "none"}),
        "no BatchNorm, 0.02": Row(NOWHERE | {"generator_init": "dcgan", "init": "dcgan"}),
        "no BatchNorm, He": Row(NOWHERE | {"generator_init": "he", "init": "he"}),
        "constant width": Row({"maps": (128, 128, 128)}),
        "tanh everywhere": Row({}, tanh_everywhere),
        "fully connected generator": Row({}, fully_connected_generator),
        "one more convolution a block": Row({}, more_convolutions),
        "five discriminator steps": Row({"n_critic": 5}),
        "five times the rate": Row(
            lambda recipe: {"lr": 5 * recipe.lr, "d_lr": recipe.d_lr and 5 * recipe.d_lr}
        ),
        "Adam's β₁ 0.9": Row(lambda recipe: {"betas": (0.9, max(0.9, recipe.betas[1]))}),
        "batch 8": Row({"batch": 8}),
    },
)

PLANS = {
    "settings": SETTINGS,
    "rivals": RIVALS,
    "without-norm": WITHOUT_NORM,
    "robustness": ROBUSTNESS,
}
