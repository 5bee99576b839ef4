"""What an evaluation found, for people: a table in words, and a report in one file."""

from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np

from covers_lib import files
from covers_lib.data.pack import Pack
from covers_lib.errors import InputError
from covers_lib.evaluation.copies import CLOSEST
from covers_lib.evaluation.evaluate import Evaluation, Findings
from covers_lib.images import data_uri, encode

__all__ = [
    "rows",
]

GRID, PAIRS = 64, 8  # covers shown, and pairs of each kind at most
PAGE = resources.files(__package__) / "report.html"


class Row(NamedTuple):
    """One figure: its name, the generator's value and the floor as text, and what to make of it.

    `better` says which way is good; `bars` are the lengths of both bars, from 0 to 1.
    """

    name: str
    value: str
    floor: str
    better: str
    words: str
    bars: tuple[float, float]


def rows(found: Evaluation) -> list[Row]:
    """Put every figure of an evaluation beside its floor.

    Derived in: book/04_mode_collapse
    """

    def row(name: str, key: str, form: str, better: str, words: str, most: float = 0.0) -> Row:
        value, floor = getattr(found, key), getattr(found, f"{key}_floor")
        return row_of(name, value, floor, form, better, words, most)

    kid = row("KID", "kid", "z.3f", "lower", "the same with no bell shape assumed; real: about 0")
    kid = kid._replace(
        value=f"{kid.value} ± {found.kid_deviation:.3f}",
        floor=f"{kid.floor} ± {found.kid_floor_deviation:.3f}",
    )
    copied = f"share nearer to training covers than {1 - CLOSEST:.0%} of unseen"
    return [
        row(found.metric, "fd", ".4g", "lower", "how far the sets lie apart in what they show"),
        row(f"{found.metric}, middle", "fd_middle", ".4g", "lower",
            "apart in how they are drawn: sees blur and noise"),
        kid,
        row("precision", "precision", ".3f", "higher", "share that lies near a real cover", 1),
        row("density", "density", ".3f", "higher", "how many real covers each lies near, over 5"),
        row("recall", "recall", ".3f", "higher", "share of real covers that lie near one", 1),
        row("coverage", "coverage", ".3f", "higher", "share of real covers with one close by", 1),
        row("Vendi score", "vendi", ".1f", "higher", "how many wholly different covers they equal"),
        row("support", "support", ",.0f", "higher", "different covers it can make (birthday test)"),
        row_of("memorised", found.memorised, CLOSEST, ".3f", "lower", copied, 1),
    ]  # fmt: skip


def row_of(
    name: str,
    value: float | None,
    floor: float | None,
    form: str,
    better: str,
    words: str,
    most: float = 0.0,
) -> Row:
    """Make a row of two numbers; bars are relative to the larger, or to `most`.

    A support of None is one too large for the test to tell: a full bar.
    """
    known = [number for number in (value, floor) if number is not None]
    longest = max([most, *map(abs, known)]) or 1.0
    bars = [1.0 if x is None else min(max(x, 0) / longest, 1) for x in (value, floor)]
    shown = ["no two alike" if x is None else format(x, form) for x in (value, floor)]
    return Row(name, shown[0], shown[1], better, words, (bars[0], bars[1]))


def conditions(findings: Findings, pack: Pack) -> dict[str, str]:
    """Say what the figures hold for; none means anything without it."""
    found = findings.evaluation
    return {
        "Covers": f"{found.n_fake:,} generated, {found.n_real:,} real; floors: other real covers",
        "Training covers searched for copies": f"{found.n_training:,} of {len(pack.training):,}",
        "Extractor": found.extractor,
        "Resizer": found.resizer,
        "Seed": str(findings.seed),
        "Pack": f"{pack.digest} ({pack.size} px)",
    }


def table(findings: Findings, pack: Pack) -> str:
    """Set figures, floors and words out in aligned columns."""
    head = ("", "generated", "real covers", "better", "")
    cells = [head, *(row[:5] for row in rows(findings.evaluation))]
    widths = [max(len(line[place]) for line in cells) for place in range(5)]
    lines = [
        f"{name:{widths[0]}}  {value:>{widths[1]}}  {floor:>{widths[2]}}  {better:{widths[3]}}  "
        f"{words}".rstrip()
        for name, value, floor, better, words in cells
    ]
    facts = [f"{name}: {value}" for name, value in conditions(findings, pack).items()]
    return "\n".join([*lines, "", *facts])


def check(path: Path) -> None:
    """Raise `InputError` unless a report can be written at `path`."""
    if path.suffix.lower() != ".html":
        raise InputError(f"cannot write a report as {path}: end it in .html")
    files.check_place(path, "--report")


def write(path: Path, findings: Findings, pack: Pack, name: str) -> None:
    """Write the report of a generator called `name`, one page that holds its pictures.

    It holds samples that nobody picked, and training covers of the pack beside the samples closest
    to them. What was at `path` stays until the new file is whole.

    Raises `InputError` for another ending, or a folder that cannot be written.
    """
    check(path)
    content = page(**contents(findings, pack, name))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, content)


class Pair(NamedTuple):
    """Two pictures (H, W, 3) uint8 that belong together, and the words under them."""

    one: np.ndarray
    other: np.ndarray
    words: str


def contents(findings: Findings, pack: Pack, name: str) -> dict:
    """Choose what a report shows, whatever its form."""
    samples, n, twins = findings.samples, len(findings.samples), findings.twins
    near = (
        "Left a generated cover, right the training cover closest to it, with their distance. "
        f"Below {findings.copy_below:.3g} it counts as a copy: {1 - CLOSEST:.0%} of covers that "
        "it never saw lie farther from every training cover."
    )
    copies = [
        Pair(samples[i], pack.images[j], f"{distance:.3g}")
        for i, j, distance in zip(*findings.closest, strict=True)
    ]
    alike = (
        f"{len(twins):,} of {n * (n - 1) // 2:,} pairs of samples are alike. These are the nearest."
        if len(twins)
        else f"No two of {n:,} samples are alike: they are too few to tell the support."
    )
    pairs = [Pair(samples[i], samples[j], f"{i} and {j}") for i, j in twins[:PAIRS]]
    return {
        "name": name,
        "rows": rows(findings.evaluation),
        "samples": samples[:GRID],
        "sections": [("Closest to training covers", near, copies), ("Twins", alike, pairs)],
        "conditions": conditions(findings, pack),
    }


def page(samples: np.ndarray, **shown) -> str:
    """Make the report as an HTML page that holds its pictures, and asks for nothing."""
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(PAGE.read_text(encoding="utf-8"))
    return template.render(samples=samples, size=samples.shape[1], uri=lossless, **shown)


def lossless(picture: np.ndarray) -> str:
    """Return a picture (H, W, 3) uint8 as an address that holds the picture itself."""
    return data_uri(encode(picture, "webp", lossless=True), "webp")
