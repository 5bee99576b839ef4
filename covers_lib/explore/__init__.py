"""What a latent space holds: directions, projection, the file for the browser.

The notebook's widget and the page's elements need more packages: they are
`covers_lib.explore.widget` and `covers_lib.explore.page`.
"""

from covers_lib.explore.directions import closed_form
from covers_lib.explore.onnx_file import export
from covers_lib.explore.projection import nearest_of, objective, project

__all__ = [
    "closed_form",
    "export",
    "nearest_of",
    "objective",
    "project",
]
