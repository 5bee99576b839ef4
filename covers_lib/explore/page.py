"""What is live in the built book, and a still elsewhere: pretrained generators, GANs of points."""

from html import escape
from io import BytesIO

from IPython.display import HTML
from matplotlib.figure import Figure

from covers_lib import images, records
from covers_lib.gan.sampling import generate_images
from covers_lib.images import GREY, RED, data_uri, encode
from covers_lib.pretrained import load_pretrained
from covers_lib.toys.ring import ring_batches

__all__ = [
    "explorer",
    "ring_trainer",
]

COVERS, COLUMNS = 16, 4  # a square, as the cover that takes its place
RING_GAMES = {
    "bce": "standard loss",
    "saturating": "saturating loss",
    "wasserstein": "WGAN-GP",
    "relativistic": "pairs, R1 and R2",
}


def explorer(*names: str, seed: int = 31) -> HTML:
    """Put pretrained generators into a page: live in the built book, a still picture elsewhere.

    The first is the one to begin with; `seed` names its first cover. A live notebook, where the
    page's own generator does not run, shows the still: 16 covers of the first generator.

    Raises `InputError` for a name that is not known.

    Derived in: book/06_interpolation
    """
    generator = load_pretrained(names[0])
    sheet = images.grid(generate_images(generator, COVERS, seed), COLUMNS)
    address = data_uri(encode(sheet, "jpeg", quality=88), "jpeg")
    return HTML(
        f'<latent-explorer model="{escape(names[0])}" models="{escape(",".join(names))}" '
        f'seed="{seed}"><img src="{address}" width="{sheet.shape[1]}" '
        f'height="{sheet.shape[0]}" alt="{COVERS} generated covers in a grid">'
        f"<p>A still picture: {COVERS} covers by {escape(names[0])}, not picked. The built book, "
        "with JavaScript, makes covers here.</p></latent-explorer>"
    )


def ring_trainer(*losses: str, small: bool = False, **settings: float | str) -> HTML:
    """Put GANs of points into a page: they train in the built book; a still picture elsewhere.

    One game for each of the `losses`, "bce", "saturating", "wasserstein" or "relativistic", side by
    side. `settings` are those to begin with, where they are not the usual ones: `data`, `seed`,
    `critic` (its steps), `penalty` (λ), `gamma`, `lr`; and `id`, if a page holds several. A `small`
    one has no settings to change, and plays by itself once it is seen.
    """
    told = {"games": ",".join(losses), **settings}
    attributes = [f'{name}="{escape(str(value))}"' for name, value in told.items()]
    attributes += ["small autoplay"] if small else []
    stored = records.read("modes/page")["games"]
    games = {RING_GAMES[loss]: stored[loss] for loss in losses}
    found = (f"{game['runs'][0]['found']} of 8 by {name}" for name, game in games.items())
    image = data_uri(ring_still(games), "png")
    return HTML(
        f'<ring-trainer {" ".join(attributes)}><img src="{image}" alt="Eight grey clusters on a '
        f'ring with generated points in red, which reach {" and ".join(found)}">'
        "<p>A still picture, from a stored record. In the built book, with JavaScript, these GANs "
        "train here, in the page.</p></ring-trainer>"
    )


def ring_still(games: dict[str, dict]) -> bytes:
    """Draw games of the record "modes/page" as they end, each under its name: a PNG."""
    figure = Figure(figsize=(3.5 * len(games), 3.8), layout="tight")
    real = ring_batches(400, seed=1)(0)
    panels = figure.subplots(1, len(games), squeeze=False)[0]
    for axes, (name, game) in zip(panels, games.items(), strict=True):
        points, run = game["points"], game["runs"][0]
        axes.scatter(*real.T, s=3, color=GREY)
        axes.scatter(points[::2], points[1::2], s=3, color=RED)
        axes.set(title=f"{name}: {run['found']} of 8 modes", xticks=[], yticks=[])
        axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    file = BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()
