"""A pad for live notebooks: covers over two directions at once, to click on."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from covers_lib.explore.controls import Picture, say

SIDE = 5  # covers in a row
COVER = 64  # pixels of a cover on the pad, at most


def square(covers: np.ndarray) -> np.ndarray:
    """Lay SIDE² covers (N, H, W, 3) uint8 out in a square without gaps, larger ones made small."""
    size = covers.shape[1]
    rows = covers.reshape(SIDE, SIDE, size, size, 3).swapaxes(1, 2)
    sheet = Image.fromarray(rows.reshape(SIDE * size, SIDE * size, 3))
    return np.asarray(sheet.reduce(max(1, size // COVER)))


class Pad(widgets.VBox):
    """SIDE x SIDE covers along two of some sliders, across and up; a click moves both sliders.

    `latent` gives the latent vector (1, latent) for a list of the sliders' values, and `covers`
    makes pictures (N, size, size, 3) uint8 of latent vectors (N, latent). The two sliders are
    shown under the pad: by keyboard, they are the way to use it.
    """

    def __init__(
        self,
        sliders: Sequence[widgets.FloatSlider],
        latent: Callable[[list[float]], Tensor],
        covers: Callable[[Tensor], np.ndarray],
    ):
        self.sliders, self.latent, self.covers = sliders, latent, covers
        self.shown: Tensor | None = None
        names = [(slider.description, k) for k, slider in enumerate(sliders)]
        self.across = widgets.Dropdown(options=names, value=0, description="Across")
        self.up = widgets.Dropdown(options=names, value=1, description="Up")
        self.chosen = widgets.HBox([self.across, self.up])
        self.picture, self.mark = Picture("Covers over two directions"), widgets.HTML()
        self.buttons = [self.button(at) for at in range(SIDE * SIDE)]
        self.surface = widgets.GridBox([self.picture, self.mark, self.cells()])
        for layer in self.surface.children:  # one over another
            layer.layout.grid_area = "1 / 1 / 2 / 2"
        self.chosen.add_class("latent-axes")
        self.surface.add_class("latent-pad")
        self.mark.add_class("latent-mark")
        super().__init__()
        self.choose()
        self.across.observe(lambda change: self.swap(change, self.up), "value")
        self.up.observe(lambda change: self.swap(change, self.across), "value")
        for slider in sliders:
            slider.observe(self.move_mark, "value")

    def button(self, at: int) -> widgets.Button:
        """Make the button that lies over one cover."""
        button = widgets.Button(style={"button_color": "transparent"})
        button.tabbable = False  # the two sliders do the same with fewer stops of the Tab key
        button.on_click(lambda _button: self.click(at))
        return button

    def cells(self) -> widgets.GridBox:
        """Lay the buttons out as the covers lie."""
        shares = f"repeat({SIDE}, 1fr)"
        return widgets.GridBox(
            self.buttons, layout={"grid_template_columns": shares, "grid_template_rows": shares}
        )

    def swap(self, change: dict, other: widgets.Dropdown) -> None:
        """Keep the two axes different: the other takes the direction that this one left."""
        if other.value == change["new"]:
            other.value = change["old"]
        self.choose()

    def choose(self) -> None:
        """Show the two chosen sliders, and on each cover what a click sets them to."""
        across, up = self.axes()
        self.children = [self.chosen, self.surface, across, up]
        for button, (right, above) in zip(self.buttons, self.values(), strict=True):
            say(button, f"{across.description} {right:g}, {up.description} {above:g}")
        self.move_mark()

    def axes(self) -> tuple[widgets.FloatSlider, widgets.FloatSlider]:
        """Return the sliders that the pad moves: across, up."""
        return self.sliders[self.across.value], self.sliders[self.up.value]

    def values(self) -> list[tuple[float, float]]:
        """Return both sliders' values for each cover, row by row from the top."""
        across, up = (np.linspace(axis.min, axis.max, SIDE).tolist() for axis in self.axes())
        return [(right, above) for above in reversed(up) for right in across]

    def click(self, at: int) -> None:
        """Move both sliders to a cover."""
        for axis, value in zip(self.axes(), self.values()[at], strict=True):
            axis.value = value

    def move_mark(self, _change: dict | None = None) -> None:
        """Put the mark where the two sliders are: the outer covers' middles are their ends."""
        right, above = (
            (0.5 + (axis.value - axis.min) / (axis.max - axis.min) * (SIDE - 1)) / SIDE
            for axis in self.axes()
        )
        self.mark.value = f'<i style="left:{right:.1%};top:{1 - above:.1%}"></i>'

    def draw(self) -> None:
        """Make the covers, unless they are those that the pad shows."""
        values = [slider.value for slider in self.sliders]
        places = []
        for right, above in self.values():
            values[self.across.value], values[self.up.value] = right, above
            places.append(self.latent(values))
        z = torch.cat(places)
        if self.shown is None or not torch.equal(z, self.shown):
            self.picture.show(square(self.covers(z)))
            self.shown = z
