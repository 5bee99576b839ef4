import ast

import pytest

from covers_lib.gan import losses, networks, training
from covers_lib.notebook.source import listing, show_difference, show_source


@pytest.mark.parametrize(
    "thing",
    [losses.gradient_penalty, networks.Generator, training.train, training.discriminator_step],
)
def test_a_listing_is_the_code_with_a_short_docstring(thing):
    (node,) = ast.parse(listing(thing)).body
    assert node.name == thing.__name__
    assert ast.get_docstring(node) == thing.__doc__.splitlines()[0].strip()


def test_sources_are_highlighted_python():
    text = show_source(losses.bce_discriminator, losses.bce_generator).data
    assert text.count("```python\n") == 2
    assert "def bce_discriminator" in text and "def bce_generator" in text


def test_a_difference_marks_what_goes_and_what_comes():
    text = show_difference("same\nold\nend", "same\nnew\nend").data
    assert text.splitlines() == ["```diff", " same", "-old", "+new", " end", "```"]


def test_a_long_difference_leaves_nothing_out():
    before = listing(training.discriminator_step)
    shown = show_difference(before, before.replace("gan", "game")).data.splitlines()[1:-1]
    assert [line[1:] for line in shown if line[0] != "+"] == before.splitlines()
