"""What the long runs measure, side by side: tables, and curves of how they grew."""

from collections.abc import Sequence
from math import inf, isfinite

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from covers_lib import pretrained, records
from covers_lib.errors import InputError
from covers_lib.images import GREY, RED, TEAL

__all__ = [
    "COLORS",
    "curves",
    "growth",
    "overview",
    "published",
    "sheets",
    "table",
    "table_at",
]

# What the table shows, in order: the key of a measure, its name, its format.
MEASURES = {
    "fd": ("Fréchet distance (FD-Lite0)", ".0f"),
    "kid": ("KID-Lite0", "z.3f"),
    "recall": ("recall", ".2f"),
    "coverage": ("coverage", ".2f"),
    "vendi": ("Vendi score", ".1f"),
    "support": ("support, by the birthday test", ",.0f"),
}

# One colour a recipe, in every figure.
COLORS = {"dcgan": RED, "wgan-gp": TEAL, "beyond": "#7a4fa3", "article-wgan-gp": GREY}

# What the curves show, each in a panel of its own.
CURVES = {"fd": "FD-Lite0", "kid": "KID-Lite0", "recall": "recall", "coverage": "coverage"}


def overview() -> Markdown:
    """Put every long run in one table, with its settings.

    Derived in: book/results
    """
    head = "| run | networks | critic | rate | steps | images | minutes | FD-Lite0 | KID-Lite0 |"
    rows = [head, "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"]
    for name in pretrained.recorded():
        run = pretrained.record(name)
        recipe, found = run["recipe"], run["evaluation"]
        wide = ", ".join(map(str, recipe["maps"])) or f"width {recipe['width']}"
        rates = [row["lr"] for row in run["rates"]] or [recipe["lr"]]
        rows.append(
            f"| {name} | {wide} | {recipe['n_critic']} : 1 | {', '.join(map(str, rates))} | "
            f"{run['step']:,} | {run['images']:,} | {run['cpu_seconds'] / 60:.0f} | "
            f"{found['fd']:.0f} | {found['kid']:.2f} |"
        )
    return Markdown("\n".join(rows))


def table(names: Sequence[str]) -> Markdown:
    """Put long runs side by side; at the right, the pack's own covers, measured the same way.

    Behind a measure stands its deviation over three draws.

    Raises `InputError` for a name that is not known, for none, or for runs of several packs.

    Derived in: book/03_dcgan
    """
    runs = records_of_one_pack(names)
    facts = {
        "generator steps": [f"{run['step']:,}" for run in runs],
        "images seen": [f"{run['images']:,}" for run in runs],
        "CPU minutes": [f"{run['cpu_seconds'] / 60:.0f}" for run in runs],
    }
    rows = [f"| {name} | {' | '.join(values)} | |" for name, values in facts.items()]
    measured = runs[0]["evaluation"]
    for key, (name, form) in MEASURES.items():
        most = ten_alike(measured["n_fake"]) if key == "support" else inf
        values = [
            shown(run["evaluation"][key], run["deviation"].get(key), form, most) for run in runs
        ]
        floor = shown(measured[f"{key}_floor"], None, form, most)
        rows.append(f"| {name} | {' | '.join(values)} | {floor} |")
    copied = [f"{run['memorised']['share']:.3f}" for run in runs]
    rows.append(f"| copies of training covers | {' | '.join(copied)} | |")
    head = f"| | {' | '.join(names)} | the pack's covers |"
    rule = "| --- |" + " ---: |" * (len(runs) + 1)
    note = (
        f"{runs[0]['pack_covers']:,} training covers of {runs[0]['recipe']['size']} px. Measured "
        f"with {measured['extractor']} on {measured['n_fake']:,} generated and "
        f"{measured['n_real']:,} of the pack's covers; at the right, others of the pack take the "
        "place of the generated. ± is the deviation over three draws of covers: where it is as "
        "large as the figure, the figure says little. The support rests on the pairs that are "
        "alike: it is not given where they are fewer than ten, and only as a bound where its "
        "deviation is larger than half of it. A copy is nearer to a training cover than 99% of "
        "held-out covers are. "
        f"Recorded on {runs[0]['date']}: {runs[0]['machine'].split(';')[0]}."
    )
    return Markdown("\n".join([head, rule, *rows, "", note]))


def table_at(names: Sequence[str], moment: float, over: str = "minutes") -> Markdown:
    """Put long runs side by side after so many CPU `minutes` of training, or `images` seen.

    Of each run it is the last moment measured by then, against the pack's held-out covers.

    Raises `InputError` for a name that is not known, for none, for runs of several packs, or for a
    moment before all that were measured.

    Derived in: book/results
    """
    rows = [f"| | steps | images | minutes | {' | '.join(CURVES.values())} |"]
    rows.append("| --- |" + " ---: |" * (3 + len(CURVES)))
    runs = records_of_one_pack(names)
    for name, run in zip(names, runs, strict=True):
        by_then = [row for row in run["curve"] if places(row)[over] <= moment * 1.01]  # a step late
        if not by_then:
            raise InputError(f"{name} was first measured later than after {moment:g} {over}")
        row = by_then[-1]
        measured = " | ".join(format(row[key], MEASURES[key][1]) for key in CURVES)
        rows.append(
            f"| {name} | {row['step']:,} | {row['images']:,} | {row['seconds'] / 60:.0f} | "
            f"{measured} |"
        )
    floor = " | ".join(format(runs[0]["floor"][key], MEASURES[key][1]) for key in CURVES)
    rows.append(f"| the pack's covers | | | | {floor} |")
    return Markdown("\n".join(rows))


def records_of_one_pack(names: Sequence[str]) -> list[dict]:
    """Return the records of long runs on one pack: what real covers get is then the same for all.

    Raises `InputError` for a name that is not known, for none, or for runs of several packs.
    """
    runs = [pretrained.record(name) for name in names]
    if len({run["pack"] for run in runs}) != 1:
        given = ", ".join(names) or "none"
        raise InputError(f"give long runs on one pack, to be set side by side, not {given}")
    return runs


def published() -> Markdown:
    """Return what others measured of the two losses as a table, each row with its source.

    Derived in: book/results
    """
    told = records.read("published/losses")
    rows = ["| source | data | measure | standard loss | WGAN-GP | other |"]
    rows.append("| --- | --- | --- | ---: | ---: | ---: |")
    for row in told["rows"]:
        paper = told["papers"][row["source"]]
        values = ["" if row[key] is None else f"{row[key]:g}" for key in ("standard", "wgan_gp")]
        others = ", ".join(f"{name} {value:g}" for name, value in row.get("others", {}).items())
        rows.append(
            f"| [{paper['name']}]({paper['url']}), {row['where']} | {row['data']} | "
            f"{row['measure']} ({row['better']} is good) | {' | '.join(values)} | {others} |"
        )
    for row in told["claims"]:
        paper = told["papers"][row["source"]]
        rows += ["", f"[{paper['name']}]({paper['url']}), {row['where']}: {row['claim']}"]
    return Markdown("\n".join(rows))


def sheets(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the first 64 covers of each long run, (1, H, W, 3) uint8, by its name and its minutes.

    Raises `InputError` for a name that is not known.

    Derived in: book/results
    """
    return {
        f"{name}, {pretrained.record(name)['cpu_seconds'] / 60:.0f} CPU minutes": (
            pretrained.samples(name)[None]
        )
        for name in names
    }


def growth(names: Sequence[str], width: float = 12) -> Figure:
    """Draw how the covers of eight latent vectors grew, a row for each moment, with its minutes.

    Raises `InputError` for a name that is not known.

    Derived in: book/results
    """
    pictures = {name: pretrained.growth(name) for name in names}
    tallest = max(len(picture) / picture.shape[1] for picture in pictures.values())
    size = (width, width / len(names) * tallest)
    figure, panels = plt.subplots(1, len(names), figsize=size, squeeze=False)
    for axes, (name, picture) in zip(panels[0], pictures.items(), strict=True):
        run = pretrained.record(name)
        minutes = {row["step"]: row["seconds"] / 60 for row in run["curve"]}
        labels = [f"{minutes[step]:.0f} min" for step in run["strip_steps"]]
        row = len(picture) / len(labels)  # pixels
        axes.imshow(picture, interpolation="nearest")
        axes.set_yticks([row * (place + 0.5) for place in range(len(labels))], labels)
        axes.set(xticks=[], title=name)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    figure.tight_layout()
    return figure


def places(row: dict) -> dict[str, float]:
    """Return where a moment lies, over each of what curves are drawn over."""
    return {"minutes": row["seconds"] / 60, "images": row["images"]}


def ten_alike(n: int) -> float:
    """Return the support of which ten pairs of `n` covers are alike; of larger ones, fewer are."""
    return n * (n - 1) / 2 / 10


def shown(value: float | None, deviation: float | None, form: str, most: float) -> str:
    """Write a measure, with its deviation where there is one; of one above `most`, only that.

    A support, which alone has a `most`, is a bound where its deviation is larger than half of it.
    """
    if value is None:
        return "none alike"
    if value > most:
        return f"over {most:{form}}"
    if isfinite(most) and deviation is not None and deviation > value / 2:
        return f"under {float(f'{value + 2 * deviation:.1g}'):{form}}"
    return format(value, form) + (f" ± {deviation:{form}}" if deviation is not None else "")


def curves(names: Sequence[str], over: str = "minutes") -> Figure:
    """Draw how long runs grew, over CPU `minutes` of training or over `images` seen.

    Each moment is measured against the pack's held-out covers; a thin line is what as many of its
    training covers get, and a thick dot the moment that is stored.

    Raises `InputError` for a name that is not known.

    Derived in: book/05_wgan_gp
    """
    runs = {name: pretrained.record(name) for name in names}
    figure, panels = plt.subplots(2, 2, figsize=(8, 5.4), sharex=True)
    for axes, (key, title) in zip(panels.flat, CURVES.items(), strict=True):
        for name, run in runs.items():
            moments = [places(row)[over] for row in run["curve"]]
            values = [row[key] for row in run["curve"]]
            color = COLORS.get(run["recipe"]["name"])
            (line,) = axes.plot(moments, values, marker=".", label=name, color=color)
            axes.axhline(run["floor"][key], color="black", linewidth=0.5)
            stored = [row["step"] for row in run["curve"]].index(run["step"])
            axes.plot(moments[stored], values[stored], "o", color=line.get_color(), markersize=8)
        axes.set(title=title)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    for axes in panels[1]:
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))  # 150k: longer labels would touch
        axes.set_xlabel({"minutes": "CPU minutes of training", "images": "images seen"}[over])
    panels[1, 0].legend(loc="center right")  # between the runs and the pack's covers
    figure.tight_layout()
    return figure
