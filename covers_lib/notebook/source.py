"""The library's own source, shown inside a chapter: what is read is what runs."""

import inspect
from collections.abc import Callable
from difflib import unified_diff
from textwrap import dedent

from IPython.display import Markdown


def show_source(*things: Callable | type) -> Markdown:
    """Show the source of functions and classes, highlighted, in Jupyter, Colab and the built page.

    Docstrings are cut to their first line: the chapter says the rest.

    Derived in: book/02_preprocessing
    """
    return Markdown("\n\n".join(f"```python\n{listing(thing)}\n```" for thing in things))


def listing(thing: Callable | type) -> str:
    """Return the source of a function or class, its docstring cut to the first line."""
    source = dedent(inspect.getsource(thing)).rstrip()
    docstring = thing.__doc__
    if docstring and "\n" in docstring:
        source = source.replace(f'"""{docstring}"""', f'"""{docstring.splitlines()[0]}"""', 1)
    return source


def show_difference(before: str, after: str) -> Markdown:
    """Show what changes from one text to another, line by line, as a coloured diff.

    Lines of `before` that go begin with -, lines of `after` that come with +; all others stay.

    Derived in: book/05_wgan_gp
    """
    lines = unified_diff(before.splitlines(), after.splitlines(), n=1_000, lineterm="")
    return Markdown("\n".join(["```diff", *list(lines)[3:], "```"]))  # without names and place
