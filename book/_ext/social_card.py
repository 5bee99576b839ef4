from covers_lib import images

"""Draw the picture that is shown where somebody shares a link to the book."""

from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
CARD = ROOT / "book" / "_static" / "vendor" / "card.png"
NAME = "beyond-real"
WEIGHTS = ROOT / "covers_lib" / "pretrained" / f"{NAME}.safetensors"
DARK = "#14181d"


def draw_card(path: Path) -> None:
    """Write the card: covers that nobody picked, and the title; 1200 by 630 pixels."""
    import matplotlib.pyplot as plt  # here: torch takes seconds to load, and a card is seldom drawn

    from covers_lib import pretrained
    from covers_lib.gan.sampling import generate_images

    covers = generate_images(pretrained.load_pretrained(NAME), 60, seed=0)
    figure = plt.figure(figsize=(12, 6.3), facecolor=DARK)
    axes = figure.add_axes((0, 130 / 630, 1, 500 / 630))
    axes.imshow(images.grid(covers, columns=12, gap=0), interpolation="lanczos")
    axes.axis("off")
    figure.text(0.04, 0.095, "Album Covers by GANs", color="white", fontsize=40, weight="bold")
    figure.text(0.04, 0.035, "A book whose chapters run. These covers: made by one of its networks.",
                color="#9fb6b8", fontsize=21)  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, facecolor=DARK)
    plt.close(figure)


def draw_if_old(app: Sphinx) -> None:
    """Draw the card, unless it is newer than the network's weights."""
    if not CARD.exists() or CARD.stat().st_mtime < WEIGHTS.stat().st_mtime:
        draw_card(CARD)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", draw_if_old)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
