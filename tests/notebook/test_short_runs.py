import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image

from covers_lib import records
from covers_lib.notebook import short_runs
from covers_lib.notebook.figures import RED, TEAL


def cell(row: str, column: str, seed: int, kid: float, vendi: float, finite: bool = True) -> dict:
    last = {"seconds": 60, "step": 100, "fd": 100 * kid, "kid": kid, "coverage": 0.5}
    return {
        "row": row,
        "column": column,
        "seed": seed,
        "steps": 103,
        "finite": finite,
        "curve": [last | {"vendi": vendi}] if finite else [],
        "strip": f"{row}-{column}-{seed}.jpg",
    }


@pytest.fixture
def name(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    cells = [
        cell("plain", "old", 0, 2.0, 9.0),
        cell("plain", "new", 0, 0.9, 9.0),
        cell("odd", "old", 0, 0.5, 2.0),
        cell("odd", "new", 0, 1.0, 5.0),
        cell("plain", "old", 1, 0.0, 0.0, finite=False),
        cell("plain", "new", 1, 0.7, 9.0),
        cell("plain", "new", 2, 0.8, 9.0),
    ]
    record = {
        "command": "python experiments/grid.py robustness --pack PACK",
        "date": "2026-01-01",
        "machine": "a processor, 2 cores",
        "moments": [30.0, 60.0],
        "n": 340,
        "floor": {"fd": 50.0, "kid": 0.0, "coverage": 0.9, "vendi": 50.0},
        "trained": {"kid": 1.0, "vendi": 5.0},
        "cells": cells,
    }
    (tmp_path / "grid.json").write_text(json.dumps(record))
    (tmp_path / "grid").mkdir()
    for place, entry in enumerate(cells):
        strip = np.full((4, 4 * 16, 3), 30 * place, np.uint8)
        Image.fromarray(strip).save(tmp_path / "grid" / entry["strip"])
    return "grid"


def test_a_table_gives_median_and_range(name):
    lines = short_runs.table(name, ["old", "new"], ["kid", "vendi"]).data.splitlines()
    assert lines[0] == "| | generator steps | KID-Lite0 | Vendi score | seeds |"
    assert "| plain, new | 100 | 0.80 (0.70–0.90) | 9.0 (9.0–9.0) | 3 |" in lines
    assert "| odd, old | 100 | 0.50 | 2.0 | 1 |" in lines
    assert "| real-vs-real baseline | | 0.00 | 50.0 | |" in lines
    assert lines[-1].startswith("1 CPU minutes a run") and "340 covers" in lines[-1]


def test_a_run_without_a_number_is_no_measure(name):
    lines = short_runs.table(name, ["old"], ["kid"]).data.splitlines()
    assert "| plain | 100 | 2.00 | 2 |" in lines


def test_trained_is_near_enough_and_varied_enough(name):
    assert short_runs.counts(name) == {"old": (0, 3), "new": (4, 4)}


@pytest.mark.parametrize(
    ("kid", "vendi", "trained"), [(1.0, 5.0, True), (1.01, 5.0, False), (1.0, 4.9, False)]
)
def test_the_criterion_at_its_edges(kid, vendi, trained):
    least = {"kid": 1.0, "vendi": 5.0}
    assert short_runs.is_trained(cell("row", "column", 0, kid, vendi), least) is trained


def test_a_sheet_has_a_frame_that_says_who_trained(name):
    figure = short_runs.sheet(name)
    frames = {}
    for axes in figure.axes:
        if axes.images:
            frames[axes.get_subplotspec().rowspan.start, axes.get_subplotspec().colspan.start] = (
                axes.spines["left"].get_edgecolor()
            )
    red, green = to_rgba(RED), to_rgba(TEAL)
    assert frames == {(0, 0): red, (0, 1): green, (1, 0): red, (1, 1): green}
    assert [axes.get_title() for axes in figure.axes[:2]] == ["old", "new"]
    assert figure.axes[0].images[0].get_array().shape == (4, 8 * 4, 3)
    plt.close(figure)
