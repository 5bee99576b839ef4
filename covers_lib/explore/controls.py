"""Small parts of live widgets: a picture, a slider, one end of a morph; and how they look."""

from collections.abc import Callable

import ipywidgets as widgets
import numpy as np
from traitlets import Unicode

from covers_lib.images import encode

SEEDS = 2**31
FAR = 4.0  # how far a slider goes either way; a latent vector of 128 numbers is about 11 long

# The variables are those of Jupyter's themes; elsewhere, what is inherited serves.
LOOK = """<style>
.latent-explorer {flex-flow: row wrap; gap: 12px 28px; align-items: flex-start; padding: 4px}
.latent-explorer, .latent-explorer .widget-box {overflow: visible; min-width: 0}
.latent-explorer .latent-view {flex: 1 1 200px; max-width: 320px}
.latent-explorer .latent-controls {flex: 1 1 240px; max-width: 400px; gap: 8px}
.latent-explorer .widget-inline-hbox {width: auto; margin: 1px 0}
.latent-explorer img {image-rendering: pixelated; border-radius: 3px; margin: 0}
.latent-explorer .latent-view img {width: 100%; max-width: none}
.latent-explorer .latent-ends {justify-content: space-between; gap: 8px}
.latent-explorer .latent-end {flex: 0 1 190px; flex-flow: row wrap; gap: 6px 8px}
.latent-explorer .latent-end:last-child {flex-direction: row-reverse}
.latent-explorer .latent-end .widget-vbox {flex: 0 1 116px; min-width: 108px}
.latent-explorer .latent-end img {width: 64px; height: 64px; flex: none}
.latent-explorer .latent-end .widget-label {width: auto}
.latent-explorer .latent-end input {width: 4.5em; flex: 1 1 auto}
.latent-explorer .latent-end button {width: auto; height: auto; white-space: normal; margin: 1px 0}
.latent-explorer .latent-morph, .latent-explorer .latent-axes {flex-wrap: wrap; gap: 4px 12px}
.latent-explorer .latent-morph .widget-label {width: auto}
.latent-explorer .latent-axes .widget-label {width: auto}
.latent-explorer .latent-morph .widget-hslider {flex: 1 1 180px}
.latent-explorer .latent-morph .widget-toggle-button {width: auto}
.latent-explorer .latent-controls .widget-hslider {height: auto; flex-wrap: wrap}
.latent-explorer .latent-controls .slider-container {min-width: 100px}
.latent-explorer .widget-textarea {flex-direction: column; align-items: stretch}
.latent-explorer .widget-textarea .widget-label {width: auto; text-align: left}
.latent-explorer .latent-axes .widget-dropdown {flex: 1 1 110px}
.latent-explorer .latent-axes select {min-width: 0}
.latent-explorer .widget-toggle-buttons .widget-toggle-button {width: auto; flex: 1 1 auto}
.latent-explorer .latent-pad {max-width: 320px}
.latent-explorer .latent-pad img {width: 100%; height: 100%; max-width: none}
.latent-explorer .latent-pad button {height: 100%; width: 100%; margin: 0; cursor: crosshair}
.latent-explorer .latent-mark {position: relative; height: auto; margin: 0}
.latent-explorer .latent-mark i {position: absolute; width: 14px; height: 14px; margin: -9px;
  border: 2px solid #fff; border-radius: 50%; box-shadow: 0 0 0 2px #000}
.latent-explorer .latent-pad, .latent-explorer textarea {margin: 4px 0}
.latent-explorer textarea {font-family: var(--jp-code-font-family, monospace); font-size: 12px}
.latent-explorer p {margin: 0 0 6px; line-height: 1.5; overflow-wrap: anywhere}
.latent-explorer p a {text-decoration: underline !important}
.latent-explorer :focus-visible {outline: 2px solid var(--jp-brand-color1, currentColor);
  outline-offset: 1px}
</style>"""


def say(widget: widgets.DOMWidget, words: str) -> widgets.DOMWidget:
    """Put the words beside a widget that show where the mouse rests, which screen readers say."""
    # Set, and not an argument: ipywidgets 7, which Colab has, knows it for some widgets alone.
    widget.tooltip = words
    return widget


def slider(name: str) -> widgets.FloatSlider:
    """Make a slider along a direction, which rests at 0."""
    made = widgets.FloatSlider(description=name, min=-FAR, max=FAR, step=0.1, readout_format=".1f")
    made.style.description_width = "8em"  # else names of directions are cut
    return say(made, f"How far along {name}")


class Picture(widgets.Image):
    """A picture on the page, pixel by pixel: `value` is its PNG file."""

    # ipywidgets 8 shows no picture that has a tooltip, unless it finds an empty description too.
    description = Unicode("").tag(sync=True)

    def __init__(self, words: str):
        super().__init__(format="png")
        say(self, words)

    def show(self, image: np.ndarray) -> None:
        """Show (H, W, 3) uint8."""
        self.value = encode(image, "png")


class Player(widgets.HBox):
    """A button that moves a slider to its end, step by step.

    ipywidgets' own Play does it out of sight: its buttons have no names that screen readers say.
    `play` is that one, `button` what a person presses.
    """

    def __init__(self, slider: widgets.IntSlider):
        self.slider = slider
        self.play = widgets.Play(
            max=slider.max, step=2, interval=80, show_repeat=False, layout={"display": "none"}
        )
        widgets.jslink((self.play, "value"), (slider, "value"))
        self.running = "playing" if self.play.has_trait("playing") else "_playing"  # ipywidgets 7
        self.button = widgets.ToggleButton(description="Play")
        self.button.observe(self.start_or_stop, "value")
        self.play.observe(self.follow, self.running)
        super().__init__([self.button, self.play])

    def start_or_stop(self, change: dict) -> None:
        """Play from where the slider stands, or from its start if that is its end; or stop."""
        if change["new"] and self.slider.value == self.slider.max:
            self.slider.value = self.slider.min
        setattr(self.play, self.running, change["new"])

    def follow(self, change: dict) -> None:
        """Let the button up when the end is reached."""
        self.button.value = change["new"]


class End(widgets.HBox):
    """One end of a morph: a cover, its seed, and a button that asks for another."""

    def __init__(self, place: str, seed: int):
        self.picture = Picture(f"The {place} cover")
        self.seed = widgets.BoundedIntText(seed, min=0, max=SEEDS - 1, description="Seed")
        self.another = widgets.Button(description="Another cover")
        self.shown: int | None = None
        say(self.seed, f"The seed of the {place} cover")
        say(self.another, f"Another {place} cover")
        super().__init__([self.picture, widgets.VBox([self.seed, self.another])])
        self.add_class("latent-end")

    def draw(self, cover: Callable[[int], np.ndarray]) -> None:
        """Show the cover of the seed, unless it is there."""
        if self.shown != self.seed.value:
            self.shown = self.seed.value
            self.picture.show(cover(self.shown))

    def next_seed(self, taken: int) -> None:
        """Take the next seed that is not `taken`."""
        seed = (self.seed.value + 1) % SEEDS
        self.seed.value = seed if seed != taken else (seed + 1) % SEEDS
