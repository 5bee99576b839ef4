import io
import os
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from PIL import Image

from covers_lib.errors import InputError
from covers_lib.gan import latents, recipes
from covers_lib.gan.training import build, train
from covers_lib.notebook import live
from covers_lib.notebook.live import LiveFigure, evolution
from covers_lib.runs.hooks import Snapshots

ROOT = Path(__file__).parents[2]
TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4)

TRAIN = """
import torch
from covers_lib.gan import build, recipes, train
from covers_lib.notebook import LiveFigure

torch.set_num_threads(1)
gan = build(recipes.get("dcgan", size=32, width=4, latent=8, batch=4))
live = LiveFigure(n=4, seconds=0.01)
train(gan, lambda k: torch.zeros(4, 3, 32, 32), 25, [live])
"""
GO_ON = "train(gan, lambda k: torch.zeros(4, 3, 32, 32), 40, [live])"
FAIL = GO_ON.replace("40, [live]", "60, [live, lambda gan, _: 1 / 0 if gan.step == 45 else None]")


def real(k):
    return torch.zeros(4, 3, 32, 32)


def executed(monkeypatch, still):
    """Run three cells, the last of which fails; give each one's outputs, and what was sent."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    if still:
        monkeypatch.setenv("TQDM_DISABLE", "1")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (TRAIN, GO_ON, FAIL)]
    )
    sent = []

    class Client(NotebookClient):
        def process_message(self, message, cell, index):
            sent.append((index, message["header"]["msg_type"]))
            return super().process_message(message, cell, index)

    Client(notebook, allow_errors=True, kernel_name="python3", timeout=60).execute()
    return [cell.outputs for cell in notebook.cells], sent


@pytest.mark.slow
@pytest.mark.parametrize("still", [False, True])
def test_a_page_keeps_one_picture_a_cell_the_last(monkeypatch, still):
    outputs, sent = executed(monkeypatch, still)
    pictures = [[out for out in cell if out.output_type == "display_data"] for cell in outputs]
    assert [len(cell) for cell in pictures] == [1, 1, 1]
    assert [len(cell) for cell in outputs] == [1, 1, 2], "and the error of the third"
    for (picture,), step in zip(pictures, (25, 40, 45), strict=True):
        assert picture.metadata["image/png"]["alt"].startswith(f"4 covers at step {step}, and the ")
        assert picture.data["image/png"]
    renewals = [kind for index, kind in sent if index == 0 and kind == "update_display_data"]
    assert len(renewals) == 1 if still else len(renewals) >= 1


def test_outside_a_notebook_it_draws_when_asked(capsys):
    live = LiveFigure(n=5)
    train(build(TINY), real, 12, [live])
    with Image.open(io.BytesIO(live.draw())) as picture:
        assert picture.size == (900, 400)
    assert [int(row[0]) for row in live.rows] == [1, 10]
    assert capsys.readouterr().out == ""


def test_it_draws_the_curves_that_it_is_given(monkeypatch):
    figures = []
    canvas = live.FigureCanvasAgg
    monkeypatch.setattr(live, "FigureCanvasAgg", lambda f: figures.append(f) or canvas(f))
    steps = {"steps": lambda gan, _: {"done": gan.step, "to come": 20 - gan.step}}
    figure = LiveFigure(n=2, curves=steps | {"distance": lambda _, found: {"D": -found["d_loss"]}})
    train(build(TINY), real, 20, [figure])
    figure.draw()
    _, above, below = figures[0].axes
    assert [line.get_label() for line in above.get_lines()] == ["done", "to come"]
    assert [line.get_label() for line in below.get_lines()] == ["D"]
    assert above.get_lines()[1].get_xydata().tolist() == [[1, 19], [10, 10], [20, 0]]
    assert (above.get_ylabel(), below.get_ylabel()) == ("steps", "distance")


def test_another_run_has_curves_of_its_own():
    live = LiveFigure(n=2)
    for _ in range(2):
        train(build(TINY), real, 2, [live])
    assert len(live.rows) == 1


def test_watching_changes_nothing():
    watched, plain = build(TINY), build(TINY)
    live = LiveFigure(n=2)
    train(watched, real, 3, [live, lambda gan, metrics: live.draw() and None])
    train(plain, real, 3)
    pairs = zip(watched.average.parameters(), plain.average.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_snapshots_become_rows(monkeypatch):
    rows = {}
    monkeypatch.setattr(live.figures, "strips", lambda given, width: rows.update(given))
    snapshots = Snapshots(latents.sample(3, 8, seed=0), [1, 2])
    train(build(TINY), real, 2, [snapshots])
    evolution(snapshots)
    assert list(rows) == ["step 1", "step 2"] and rows["step 1"].shape == (3, 32, 32, 3)


def test_a_figure_that_has_seen_no_step_says_so():
    with pytest.raises(InputError, match="nothing to draw yet: give this to `train` as a hook"):
        LiveFigure().draw()
