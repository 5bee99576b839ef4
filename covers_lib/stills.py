"""Pretrained generators in a page: live in the built book, and a still picture elsewhere."""

from html import escape

from IPython.display import HTML

from covers_lib import figures
from covers_lib.image_files import data_uri, encoded
from covers_lib.pretrained import load_pretrained
from covers_lib.runs import generate_images

COVERS, COLUMNS = 16, 4  # a square, as the cover that takes its place


def explorer(*names: str, seed: int = 31) -> HTML:
    """Put pretrained generators into a page: live in the built book, a still picture elsewhere.

    The first is the one to begin with; `seed` names its first cover. A live notebook, where the
    page's own generator does not run, shows the still: 16 covers of the first generator.

    Raises `InputError` for a name that is not known.

    Derived in: book/06_interpolation
    """
    generator = load_pretrained(names[0])
    sheet = figures.grid(generate_images(generator, COVERS, seed), COLUMNS)
    address = data_uri(encoded(sheet, "jpeg", quality=88), "jpeg")
    return HTML(
        f'<latent-explorer model="{escape(names[0])}" models="{escape(",".join(names))}" '
        f'seed="{seed}"><img src="{address}" width="{sheet.shape[1]}" '
        f'height="{sheet.shape[0]}" alt="{COVERS} generated covers in a grid">'
        f"<p>A still picture: {COVERS} covers by {escape(names[0])}, not picked. The built book, "
        "with JavaScript, makes covers here.</p></latent-explorer>"
    )
