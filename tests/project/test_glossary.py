"""The glossary: in order, each term once, and every link to it leads to a term."""

import re
import unicodedata
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
ENTRIES = re.search(r"```{glossary}\n(.*?)\n```", (BOOK / "glossary.md").read_text(), re.DOTALL)[1]
TERMS = [line for line in ENTRIES.splitlines() if line and line[0] != " "]
PAGES = [path for path in sorted(BOOK.glob("*.md")) if path.stem != "glossary"]


def anchor(term: str) -> str:
    """What a link to a term ends in, as Sphinx makes it."""
    plain = unicodedata.normalize("NFKD", term).encode("ascii", "ignore").decode()
    return "term-" + re.sub(r"[^a-zA-Z0-9._]+", "-", plain)


def test_terms_are_in_order_and_each_is_there_once():
    groups = [group.splitlines()[0] for group in ENTRIES.split("\n\n")]
    assert groups == sorted(groups, key=str.casefold)
    assert len({term.casefold() for term in TERMS}) == len(TERMS) > 50


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_lead_to_terms(path):
    linked = set(re.findall(r"glossary\.md#([^)\s]+)", path.read_text()))
    assert linked <= {anchor(term) for term in TERMS}
