"""The progress bar of everything that takes long."""

from collections.abc import Iterable

from tqdm.auto import tqdm


def bar(items: Iterable | None = None, shown: bool = True, **options) -> tqdm:
    """Wrap `items` in tqdm's progress bar, as a terminal or a notebook shows it.

    `TQDM_DISABLE=1` in the environment hides every bar, as in the printed book; tqdm heeds that
    only where `disable` is not given.

    Derived in: book/02_preprocessing
    """
    return tqdm(items, **options) if shown else tqdm(items, disable=True, **options)
