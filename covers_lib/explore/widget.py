"""ipywidgets for live notebooks: a generator's covers, explored."""

import html
from pathlib import Path
from time import perf_counter

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from covers_lib import pretrained
from covers_lib.errors import InputError
from covers_lib.explore.controls import LOOK, End, Picture, Player, say, slider
from covers_lib.explore.debounce import Latest
from covers_lib.explore.directions import named
from covers_lib.explore.pad import Pad
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate, generate_images
from covers_lib.images import data_uri, to_images

__all__ = [
    "LatentExplorer",
]

IMPORTS = """<code>import torch<br>from covers_lib import latents, pretrained<br>
from covers_lib.directions import closed_form</code>"""


def opened(weights: Generator | str | Path) -> tuple[Generator, list[str | None]]:
    """Return the generator that is meant, and its directions' names where they have some."""
    if isinstance(weights, Generator):
        return weights, []
    if not isinstance(weights, str | Path):
        raise InputError(
            "an explorer needs a generator, the folder of a run or the name of a pretrained "
            f"generator, not {type(weights).__name__}"
        )
    return pretrained.load(weights), pretrained.direction_names(weights)


def save_new(data: bytes, folder: Path) -> Path:
    """Write a file `cover-N.png` with the first number that is free."""
    n = 1
    while True:
        path = folder / f"cover-{n}.png"
        try:
            with path.open("xb") as file:
                file.write(data)
            return path
        except FileExistsError:
            n += 1


def link(data: bytes, name: str) -> str:
    """Return a link with a PNG file inside it: it works where kernel files are out of reach."""
    return f'<a download="{name}" href="{data_uri(data, "png")}">Download it</a>'


WIDGET = "application/vnd.jupyter.widget-view+json"
STILL = (
    "A still picture: Jupyter shows no widgets here. Install ipywidgets in the environment that "
    "runs Jupyter, start Jupyter again, and run this cell once more."
)


class LatentExplorer(widgets.HBox):
    """Explore a generator's covers in a live notebook: a morph of two, directions, a pad.

    `weights` is a generator, the folder of a run, or the name of a pretrained generator; `first`
    and `second` are the seeds of the two covers. The morph goes along slerp, and each slider adds
    one of the directions of `closed_form`. `latent` (1, latent) is the vector whose cover is shown,
    and `expression` the Python that makes it. While a slider moves, the kernel draws its newest
    value and drops those before. PNG files are saved in the folder where the kernel runs.

    Raises `InputError` for weights that are none of these.

    Derived in: book/06_interpolation
    """

    def __init__(self, weights: Generator | str | Path, first: int = 1, second: int = 2):
        self.generator, given = opened(weights)
        self.name = (
            "generator" if isinstance(weights, Generator) else f"pretrained.load({str(weights)!r})"
        )
        names, self.directions = named(self.generator, given)
        self.sliders = [slider(name) for name in names]
        self.first, self.second = End("first", first), End("second", second)
        self.morph = widgets.IntSlider(description="Morph", max=100)
        self.player = Player(self.morph)
        self.pad = Pad(self.sliders, self.latent_at, self.covers)
        self.cover, self.latency = Picture("The generated cover"), widgets.HTML()
        self.save, self.saved = widgets.Button(description="Save PNG"), widgets.HTML()
        self.reset = widgets.Button(description="Reset")
        self.text = widgets.Textarea(description="The latent vector", rows=4)
        self.tabs = widgets.ToggleButtons(options=["Directions", "Pad", "Keep"])
        self.tabs.style.button_width = "auto"
        super().__init__(self.columns())
        self.connect()
        self.draw(perf_counter())

    _ipython_display_ = None  # ipywidgets 7 shows itself by this, ahead of what follows

    def _repr_mimebundle_(self, **_kwargs) -> dict:
        """Return the widget, and its cover with a sentence for where widgets are not shown."""
        address = data_uri(self.cover.value, "png")
        return {
            "text/plain": STILL,
            "text/html": f'<img src="{address}" width="256" alt="A generated cover" '
            f'style="image-rendering: pixelated"><p>{STILL}</p>',
            WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
        }

    def columns(self) -> list[widgets.Widget]:
        """Lay the controls out: the cover, and what changes it."""
        say(self.player.button, "Play the morph from the first cover to the second")
        say(self.morph, "From the first cover to the second, in percent")
        say(self.reset, "Put all directions back to 0")
        say(self.save, "Write the cover to a file")
        say(self.text, "The latent vector, as Python to copy")
        self.tabs.tooltips = ["One slider a direction", "Two directions at once", "Save and copy"]
        python = widgets.HTML(f"<p>The latent vector in Python, to copy. It needs<br>{IMPORTS}</p>")
        self.panels = [
            widgets.VBox([*self.sliders, self.reset]),
            self.pad,
            widgets.VBox([self.save, self.saved, python, self.text]),
        ]
        view = widgets.VBox([self.cover, self.latency])
        ends = widgets.HBox([self.first, self.second])
        morph = widgets.HBox([self.player, self.morph])
        controls = widgets.VBox([ends, morph, self.tabs, *self.panels])
        named = {"explorer": self, "view": view, "controls": controls, "ends": ends, "morph": morph}
        for name, part in named.items():
            part.add_class(f"latent-{name}")
        return [widgets.HTML(LOOK, layout={"display": "none"}), view, controls]

    def connect(self) -> None:
        """Let the controls do what they say."""
        self.newest = Latest(self.draw, pause=0.005)
        self.quiet = Latest(lambda _asked: self.pad.draw(), pause=0.2)
        for control in (self.first.seed, self.second.seed, self.morph, *self.sliders):
            control.observe(self.newest.request, "value")
        for axis in (self.pad.across, self.pad.up):
            axis.observe(self.quiet.request, "value")
        self.first.another.on_click(lambda _button: self.first.next_seed(self.second.seed.value))
        self.second.another.on_click(lambda _button: self.second.next_seed(self.first.seed.value))
        self.tabs.observe(self.open_panel, "index")
        self.reset.on_click(self.put_back)
        self.save.on_click(self.save_cover)
        self.open_panel()

    def open_panel(self, _change: dict | None = None) -> None:
        """Show the panel that was chosen."""
        for k, panel in enumerate(self.panels):
            panel.layout.display = None if k == self.tabs.index else "none"
        if self.panels[self.tabs.index] is self.pad:
            self.quiet.request()

    def put_back(self, _button: widgets.Button) -> None:
        """Put every direction back to 0."""
        for direction in self.sliders:
            direction.value = 0.0

    def save_cover(self, _button: widgets.Button) -> None:
        """Write the cover to a file, and say where it is."""
        self.draw(perf_counter())  # a newer value may be waiting
        try:
            path = save_new(self.cover.value, Path.cwd())
            words, name = f"Saved as {html.escape(str(path))}.", path.name
        except OSError as error:
            words, name = f"Not saved in {Path.cwd()}: {error.strerror}.", "cover.png"
        self.saved.value = f"<p>{words} {link(self.cover.value, name)}</p>"

    def covers(self, z: Tensor) -> np.ndarray:
        """Make covers (N, size, size, 3) uint8 of latent vectors (N, latent)."""
        return to_images(generate(self.generator, z))

    def moves(self, values: list[float]) -> dict[int, float]:
        """Return the directions that move something, and how far."""
        return {k: round(value, 2) for k, value in enumerate(values) if round(value, 2)}

    def latent_at(self, values: list[float]) -> Tensor:
        """Return the latent vector (1, latent) for values of the directions' sliders."""
        seeds = [self.first.seed.value, self.second.seed.value]
        a, b = latents.of_seeds(seeds, self.generator.latent)
        z = latents.slerp(a, b, torch.tensor([self.morph.value / 100]))
        moves = self.moves(values)
        if not moves:
            return z
        return z + torch.tensor(list(moves.values())) @ self.directions[list(moves)]

    @property
    def latent(self) -> Tensor:
        """The latent vector (1, latent) that the controls stand at."""
        return self.latent_at([direction.value for direction in self.sliders])

    @property
    def expression(self) -> str:
        """Python for the latent vector, with torch, latents, pretrained and closed_form at hand."""
        seeds = [self.first.seed.value, self.second.seed.value]
        ends = f"*latents.of_seeds({seeds}, {self.generator.latent})"
        z = f"latents.slerp({ends}, torch.tensor([{self.morph.value / 100}]))"
        moves = self.moves([direction.value for direction in self.sliders])
        if not moves:
            return z
        found = f"closed_form({self.name}, {len(self.directions)})"
        return f"{z} + torch.tensor({list(moves.values())}) @ {found}[{list(moves)}]"

    def draw(self, asked: float) -> None:
        """Show what the controls stand at, which was asked for at a time of `perf_counter`."""
        self.cover.show(self.covers(self.latent)[0])
        for end in (self.first, self.second):
            end.draw(lambda seed: generate_images(self.generator, 1, seed)[0])
        self.latency.value = f"made in {(perf_counter() - asked) * 1000:.0f} ms"
        self.text.value = self.expression
        if self.panels[self.tabs.index] is self.pad:
            self.quiet.request()
