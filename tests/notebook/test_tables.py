import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from covers_lib import pretrained, records
from covers_lib.notebook import tables

MEASURED = {key: 2.0 for key in tables.MEASURES}


def stored(step: int) -> dict:
    curve = [
        {"step": s, "seconds": 60 * s, "images": 64 * s, "fd": 9.0 - s, "kid": 1.0, "recall": 0.1,
         "coverage": 0.2}
        for s in (1, 2, 3)
    ]  # fmt: skip
    evaluation = MEASURED | {f"{key}_floor": 1.0 for key in tables.MEASURES}
    evaluation |= {
        "support": None,
        "support_floor": 2.0,
        "extractor": "Net",
        "n_fake": 5,
        "n_real": 4,
    }
    return {
        "recipe": {"name": "dcgan", "size": 64, "width": 32, "maps": [], "n_critic": 5,
                   "lr": 0.001},
        "rates": [{"step": 0, "lr": 0.002}, {"step": 1, "lr": 0.001}] if step == 2 else [],
        "step": step,
        "images": 64 * step, "cpu_seconds": 60 * step,
        "pack": "a" * 64, "pack_covers": 1_234, "curve": curve, "floor": curve[0],
        "evaluation": evaluation,
        "deviation": {"fd": 3.0, "kid": 0.25}, "memorised": {"share": 0.004},
        "date": "2026-01-01", "machine": "a processor; a system",
    }  # fmt: skip


@pytest.fixture
def two(tmp_path, monkeypatch):
    for name, step in (("one", 2), ("other", 3)):
        (tmp_path / f"{name}.json").write_text(json.dumps(stored(step)))
        (tmp_path / f"{name}.safetensors").touch()
    monkeypatch.setattr(pretrained, "HERE", tmp_path)
    return ["one", "other"]


@pytest.mark.parametrize("table", [tables.table, lambda names: tables.table_at(names, 3)])
def test_runs_of_several_packs_are_not_set_side_by_side(two, table):
    """The floor at the right would be that of one of them alone."""
    path = pretrained.HERE / "other.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pack": "b" * 64}))
    with pytest.raises(ValueError, match="give long runs on one pack, .* not one, other"):
        table(two)
    with pytest.raises(ValueError, match="give long runs on one pack, .* not none"):
        table([])


def test_the_table_stands_beside_its_floor(two):
    lines = tables.table(two).data.splitlines()
    assert lines[0] == "| | one | other | the pack's covers |"
    assert "| Fréchet distance (FD-Lite0) | 2 ± 3 | 2 ± 3 | 1 |" in lines
    assert "| KID-Lite0 | 2.000 ± 0.250 | 2.000 ± 0.250 | 1.000 |" in lines
    assert "| support, by the birthday test | none alike | none alike | over 1 |" in lines
    assert "| images seen | 128 | 192 | |" in lines
    assert "| copies of training covers | 0.004 | 0.004 | |" in lines
    assert lines[-1].startswith("1,234 training covers of 64 px. Measured with Net on 5 generated")


def test_the_overview_has_a_row_a_run(two):
    lines = tables.overview().data.splitlines()
    assert len(lines) == 4
    assert " | 0.001 | 3 |" in lines[3]
    assert lines[2] == "| one | width 32 | 5 : 1 | 0.002, 0.001 | 2 | 128 | 2 | 2 | 2.00 |"


def test_runs_side_by_side_at_one_moment(two):
    lines = tables.table_at(two, 2.5).data.splitlines()
    assert lines[2] == "| one | 2 | 128 | 2 | 7 | 1.000 | 0.10 | 0.20 |"
    assert lines[4] == "| the pack's covers | | | | 8 | 1.000 | 0.10 | 0.20 |"
    assert "| one | 3 | 192 | 3 |" in tables.table_at(two, 192, over="images").data
    with pytest.raises(ValueError, match="one was first measured later than after 0.5 minutes"):
        tables.table_at(two, 0.5)


@pytest.mark.parametrize(("over", "last"), [("minutes", 3), ("images", 192)])
def test_curves_mark_the_stored_moment(two, over, last):
    figure = tables.curves(two, over)
    axes = figure.axes[0]
    curves = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert [line.get_label() for line in curves] == two
    assert all(line.get_xdata()[-1] == last for line in curves)
    marked = [line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert marked == [7.0, 6.0]
    plt.close(figure)


def test_an_unknown_name_is_refused(two):
    with pytest.raises(ValueError, match="no pretrained generator third"):
        tables.table(["one", "third"])


@pytest.mark.parametrize(
    ("value", "deviation", "told"),
    [(None, None, "none alike"), (900.0, 5.0, "over 500"), (40.0, 6.0, "40 ± 6"),
     (9.0, 96.0, "under 200"), (9.0, None, "9")],
)  # fmt: skip
def test_a_support_that_its_deviation_swallows_is_a_bound(value, deviation, told):
    assert tables.shown(value, deviation, ",.0f", most=500.0) == told


def test_a_measure_that_is_no_support_keeps_its_deviation():
    assert tables.shown(0.01, 0.02, ".2f", most=float("inf")) == "0.01 ± 0.02"


def test_sheets_say_how_long_each_generator_trained(two):
    for name in two:
        Image.new("RGB", (8, 8)).save(pretrained.HERE / f"{name}.samples.jpg")
    sheets = tables.sheets(two)
    assert list(sheets) == ["one, 2 CPU minutes", "other, 3 CPU minutes"]
    assert all(sheet.shape == (1, 8, 8, 3) for sheet in sheets.values())


def test_growth_says_the_minutes_of_each_row(two):
    for name in two:
        Image.fromarray(np.zeros((6, 16, 3), np.uint8)).save(pretrained.HERE / f"{name}.growth.jpg")
        told = json.loads((pretrained.HERE / f"{name}.json").read_text())
        (pretrained.HERE / f"{name}.json").write_text(json.dumps(told | {"strip_steps": [1, 2, 3]}))
    figure = tables.growth(two)
    for axes in figure.axes:
        assert [label.get_text() for label in axes.get_yticklabels()] == ["1 min", "2 min", "3 min"]
        assert list(axes.get_yticks()) == [1, 3, 5]
    plt.close(figure)


def test_what_others_found_is_cited_as_the_bibliography_has_it():
    told = records.read("published/losses")
    bibliography = (Path(__file__).parents[2] / "book" / "references.bib").read_text()
    for key, paper in told["papers"].items():
        entry = bibliography.split(f"{{{key},", 1)[1].split("\n@", 1)[0]
        assert re.search(r"url\s*=\s*\{(.*?)\}", entry)[1] == paper["url"]
        assert re.search(r"year\s*=\s*\{(\d+)\}", entry)[1] in paper["name"]
    used = {row["source"] for row in told["rows"] + told["claims"]}
    assert used == set(told["papers"])
    lines = tables.published().data.splitlines()
    assert sum(line.startswith("| [") for line in lines) == len(told["rows"])
    assert any("MNIST | best FID of a large search (low is good) | 6.8 | 20.3 |" in line
               for line in lines)  # fmt: skip
