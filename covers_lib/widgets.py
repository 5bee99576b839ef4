"""ipywidgets for live notebooks: a generator's covers under a slider."""

import io

import ipywidgets as widgets
import numpy as np
import torch
from PIL import Image

from covers_lib import latents
from covers_lib.networks import Generator, generate
from covers_lib.pack import to_images

SIDE = 256  # pixels on the page


def png(image: np.ndarray, side: int) -> bytes:
    """Encode a picture (H, W, 3) uint8 as a PNG file of `side` pixels, without smoothing."""
    file = io.BytesIO()
    Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST).save(file, "png")
    return file.getvalue()


class InterpolationExplorer(widgets.VBox):
    """Two covers by their seeds, and a slider from one to the other along slerp.

    The covers between are made when a seed changes, and the slider picks one of them in the
    browser: so it moves at once, and still moves on a page without a kernel.

    Derived in: book/06_interpolation
    """

    def __init__(self, generator: Generator, first: int = 1, second: int = 2, frames: int = 17):
        self.generator = generator
        self.first = widgets.BoundedIntText(first, min=0, max=2**31 - 1, description="From seed")
        self.second = widgets.BoundedIntText(second, min=0, max=2**31 - 1, description="To seed")
        self.another = widgets.Button(description="Two other covers")
        self.slider = widgets.IntSlider(0, 0, frames - 1, description="Between", readout=False)
        self.slider.layout.width = "100%"
        self.pictures = [
            widgets.Image(format="png", width=SIDE, height=SIDE) for _ in range(frames)
        ]
        self.stack = widgets.Stack(self.pictures, selected_index=0)
        widgets.jslink((self.slider, "value"), (self.stack, "selected_index"))
        for seed in (self.first, self.second):
            seed.observe(self.refresh, "value")
        self.another.on_click(self.pick_others)
        self.refresh()
        super().__init__([self.stack, self.slider, self.first, self.second, self.another])
        self.layout.max_width = "340px"

    def refresh(self, _change: dict | None = None) -> None:
        """Make the covers between the two seeds."""
        a, b = latents.of_seeds([self.first.value, self.second.value], self.generator.latent)
        times = torch.linspace(0, 1, len(self.pictures))
        covers = to_images(generate(self.generator, latents.slerp(a, b, times)))
        for picture, cover in zip(self.pictures, covers, strict=True):
            picture.value = png(cover, SIDE)

    def pick_others(self, _button: widgets.Button | None = None) -> None:
        """Go on from the second cover to a new one."""
        self.first.value, self.second.value = self.second.value, self.second.value + 1
