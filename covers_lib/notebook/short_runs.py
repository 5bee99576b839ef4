"""What the grids of short runs found: tables with their spread, counts, and sheets of covers."""

from collections.abc import Sequence
from statistics import median

import matplotlib.pyplot as plt
from IPython.display import Markdown
from matplotlib.figure import Figure

from covers_lib import records
from covers_lib.images import RED, TEAL

__all__ = [
    "sheet",
    "table",
]

# What a table shows of the last moment of each run: the key, its name, its format.
MEASURES = {
    "fd": ("FD-Lite0", ".0f"),
    "kid": ("KID-Lite0", "z.2f"),
    "coverage": ("coverage", "z.2f"),
    "vendi": ("Vendi score", ".1f"),
}


def table(name: str, columns: Sequence[str], measures: Sequence[str] = tuple(MEASURES)) -> Markdown:
    """Return the rows of a grid as a table: the median over seeds, and the range behind it.

    `columns` are those of the grid that are shown. A run whose loss was no number has no measures.

    Derived in: book/results
    """
    record = records.read(name)
    titles = [MEASURES[key][0] for key in measures]
    lines = [f"| | generator steps | {' | '.join(titles)} | seeds |"]
    lines.append("| --- |" + " ---: |" * (2 + len(titles)))
    cells = [cell for cell in record["cells"] if cell["column"] in columns]
    for row in dict.fromkeys(cell["row"] for cell in cells):
        for column in columns:
            runs = [cell for cell in cells if (cell["row"], cell["column"]) == (row, column)]
            if runs:
                told = [spread(runs, key, MEASURES[key][1]) for key in measures]
                steps = round(int(median(run["steps"] for run in runs)), -1)
                title = row if len(columns) == 1 else f"{row}, {column}"
                lines.append(f"| {title} | {steps:,} | {' | '.join(told)} | {len(runs)} |")
    floor = [format(record["floor"][key], MEASURES[key][1]) for key in measures]
    lines.append(f"| real-vs-real baseline | | {' | '.join(floor)} | |")
    minutes = record["moments"][-1] / 60
    note = (
        f"{minutes:g} CPU minutes a run; median and, behind it, the range over seeds. Measured on "
        f"{record['n']} covers of each kind, the moving average's. Recorded by "
        f"`{record['command'].split(' --pack')[0]}`, {record['date']}: "
        f"{record['machine'].split(',')[0]}."
    )
    return Markdown("\n".join([*lines, "", note]))


def spread(runs: list[dict], key: str, form: str) -> str:
    """Write the median of a measure at the end of some runs, and its range."""
    values = [run["curve"][-1][key] for run in runs if run["finite"]]
    if not values:
        return "no number"
    if len(values) == 1:
        return format(values[0], form)
    low, high = format(min(values), form), format(max(values), form)
    return f"{format(median(values), form)} ({low}–{high})"


def is_trained(cell: dict, least: dict) -> bool:
    """Return whether a run counts as trained: closer than `kid`, and as various as `vendi`."""
    if not cell["finite"]:
        return False
    last = cell["curve"][-1]
    return last["kid"] <= least["kid"] and last["vendi"] >= least["vendi"]


def counts(name: str) -> dict[str, tuple[int, int]]:
    """Return for each column of a grid how many of its runs count as trained, and of how many."""
    record = records.read(name)
    found: dict[str, tuple[int, int]] = {}
    for cell in record["cells"]:
        trained, runs = found.get(cell["column"], (0, 0))
        found[cell["column"]] = trained + is_trained(cell, record["trained"]), runs + 1
    return found


def sheet(name: str, seed: int = 0, shown: int = 8, width: float = 10) -> Figure:
    """Draw the first covers of each run of a seed, rows by columns; a frame says if it trained.

    Green: it counts as trained; red: it does not.
    """
    record = records.read(name)
    cells = {
        (cell["row"], cell["column"]): cell for cell in record["cells"] if cell["seed"] == seed
    }
    rows, columns = (list(dict.fromkeys(key[place] for key in cells)) for place in (0, 1))
    height = width / len(columns) / shown * 1.35 * len(rows)
    figure, panels = plt.subplots(
        len(rows), len(columns), figsize=(width, height), squeeze=False, layout="constrained"
    )
    for line, row in zip(panels, rows, strict=True):
        for axes, column in zip(line, columns, strict=True):
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
            if cell := cells.get((row, column)):
                covers = records.strip(name, cell)
                axes.imshow(covers[:, : shown * len(covers)], interpolation="nearest")
                axes.spines[:].set(
                    visible=True,
                    linewidth=2.5,
                    edgecolor=TEAL if is_trained(cell, record["trained"]) else RED,
                )
        line[0].set_ylabel(row, rotation=0, ha="right", va="center")
    for axes, column in zip(panels[0], columns, strict=True):
        axes.set_title(column)
    return figure
