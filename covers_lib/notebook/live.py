"""Watching a GAN train: covers and curves that renew themselves in a notebook."""

import io
import os
import time
from collections.abc import Callable

from IPython import get_ipython
from IPython.display import DisplayHandle, Image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from covers_lib import images
from covers_lib.errors import InputError
from covers_lib.gan import latents
from covers_lib.gan.sampling import generate
from covers_lib.gan.training import GAN, Metrics
from covers_lib.images import to_images
from covers_lib.notebook import figures
from covers_lib.runs.hooks import Snapshots

SHARE = 20  # a picture is drawn when training has lasted so many times longer than drawing takes


Values = dict[str, float | Tensor]


def losses(gan: GAN, metrics: Metrics) -> Values:
    """Return both losses, each by the name of its network.

    Derived in: book/03_dcgan
    """
    return {"discriminator": metrics["d_loss"], "generator": metrics["g_loss"]}


class LiveFigure:
    """Show how training goes, in one picture that is renewed in place every few seconds.

    A hook of `train` and `train_run`: at the left the averaged generator's covers of `n` fixed
    latents, at the right the losses, or the `curves` given: by the name of an axis, a function of
    the GAN and its metrics that gives each curve's value by its label, every ten steps. The last
    picture is drawn when the cell ends, and is what a built page keeps; with `TQDM_DISABLE` in the
    environment it is the only one. Outside a notebook nothing is shown, and `draw` gives the
    picture as a PNG file's bytes.

    Derived in: book/03_dcgan
    """

    def __init__(
        self,
        n: int = 36,
        seconds: float = 3.0,
        seed: int = 0,
        curves: dict[str, Callable[[GAN, Metrics], Values]] | None = None,
    ):
        self.n, self.seconds, self.seed = n, seconds, seed
        self.curves = curves or {"loss": losses}
        self.gan: GAN | None = None
        self.rows: list[tuple[int, list[Values]]] = []
        self.shell, self.next = get_ipython(), 0.0
        self.handle: DisplayHandle | None = None
        self.still = "TQDM_DISABLE" in os.environ

    def __call__(self, gan: GAN, metrics: Metrics) -> None:
        if self.gan is not gan:
            self.gan, self.rows = gan, []
        if gan.step % 10 == 0 or not self.rows:  # tensors: an accelerator must wait to be read
            self.rows.append((gan.step, [of(gan, metrics) for of in self.curves.values()]))
        if self.shell is None or not gan.accelerator.is_main_process:
            return
        if self.handle is None:
            self.begin()
        elif not self.still and time.perf_counter() > self.next:
            self.show()

    def begin(self) -> None:
        """Take a place on the page, and see to the last picture."""
        self.handle = handle = DisplayHandle()
        handle.display(self.picture())
        self.next = time.perf_counter() + self.seconds
        self.shell.events.register("post_run_cell", self.finish)

    def finish(self, _result=None) -> None:
        """Draw the last picture when the cell ends, however it ends."""
        self.shell.events.unregister("post_run_cell", self.finish)
        self.show()
        self.handle = None  # the next cell has a place of its own

    def show(self) -> None:
        """Renew the picture on the page."""
        start = time.perf_counter()
        if self.handle is not None:
            self.handle.update(self.picture())
        now = time.perf_counter()
        self.next = now + max(self.seconds, SHARE * (now - start))

    @property
    def watched(self) -> GAN:
        """The GAN, once it has taken a step."""
        if self.gan is None:
            raise InputError("there is nothing to draw yet: give this to `train` as a hook first")
        return self.gan

    def picture(self) -> Image:
        """Make the picture for the page, with words for those who cannot see it."""
        drawn = ", ".join(self.curves)
        alt = f"{self.n} covers at step {self.watched.step}, and the curves until then: {drawn}"
        # IPython 7, which Colab has, knows no `alt`: the words go where an `alt` would put them.
        return Image(self.draw(), format="png", metadata={"alt": alt})

    def draw(self) -> bytes:
        """Draw the covers and the curves of now."""
        figure = Figure(figsize=(9, 4), dpi=100, layout="constrained")
        FigureCanvasAgg(figure)  # not pyplot's: no window, and nothing to close
        parts = figure.add_gridspec(len(self.curves), 2)
        left = figure.add_subplot(parts[:, 0])
        gan = self.watched
        z = latents.sample(self.n, gan.recipe.latent, self.seed)
        covers = to_images(generate(gan.average.module, z))
        figures.draw(left, images.grid(covers), f"step {gan.step:,}")
        self.rows = [
            (step, [{label: float(value) for label, value in of.items()} for of in values])
            for step, values in self.rows
        ]
        steps = [step for step, _ in self.rows]
        for place, name in enumerate(self.curves):
            values = [of[place] for _, of in self.rows]
            right = figure.add_subplot(parts[place, 1])
            for label in values[0]:
                right.plot(steps, [float(of[label]) for of in values], label=label, linewidth=1)
            right.set_ylabel(name)
            right.grid(alpha=0.3)
            columns = len(values[0])
            right.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns, frameon=False)
        right.set_xlabel("generator steps")
        file = io.BytesIO()
        figure.savefig(file, format="png")
        return file.getvalue()


def evolution(snapshots: Snapshots, width: float = 9) -> None:
    """Show how the covers of the same latents change: a row a step, a column a latent.

    Derived in: book/03_dcgan
    """
    rows = {f"step {step:,}": to_images(covers) for step, covers in snapshots.items()}
    figures.strips(rows, width)
