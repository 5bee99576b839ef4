"""The progress bar of everything that takes long."""

import os
from collections.abc import Iterable

from tqdm.auto import tqdm


def bar(items: Iterable | None = None, shown: bool = True, **options) -> tqdm:
    """Wrap `items` in tqdm's progress bar, as a terminal or a notebook shows it.

    `TQDM_DISABLE` in the environment hides every bar, as in the printed book; tqdm itself heeds it
    in terminals only.
    """
    return tqdm(items, disable=not shown or "TQDM_DISABLE" in os.environ, **options)
