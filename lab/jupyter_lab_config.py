"""JupyterLab on this book, for `make lab`: chapters are notebooks, and saving one adds nothing."""

import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
c = get_config()  # noqa: F821


def without_language(model: dict, **_kwargs) -> None:
    """Leave out of a file what JupyterLab adds about the language: it differs by machine."""
    if model["type"] == "notebook" and model["content"]:
        model["content"]["metadata"].pop("language_info", None)


# This file is read twice, by the server and by JupyterLab: the second time is no news.
warnings.filterwarnings("ignore", message="Overriding existing pre_save_hook")

c.ServerApp.root_dir = str(HERE.parent)
c.LabApp.app_settings_dir = str(HERE)  # overrides.json
c.FileContentsManager.pre_save_hook = without_language
