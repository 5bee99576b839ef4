import json

import pytest

from covers_lib.gan import recipes
from covers_lib.runs.folder import Run, open_run


@pytest.fixture
def run(pack, tmp_path):
    run = open_run(tmp_path / "run", recipes.get("dcgan", size=32), pack)
    for step in (4, 8, 12):
        (run.path / "checkpoints" / f"{step:08d}").mkdir(parents=True)
    return run


def names(run):
    return [int(path.name) for path in run.checkpoints]


def test_a_run_that_was_not_evaluated_has_no_best(run):
    run.note({"step": 4, "seconds": 1, "d_loss": 0.5})
    run.name_best()
    assert run.best is None and not (run.path / "best.json").exists()


def test_the_best_is_the_first_with_the_lowest_kid(run):
    for step, kid in ((4, 0.3), (8, 0.2), (12, 0.2)):
        run.note({"step": step, "seconds": 1, "kid": kid})
    run.name_best()
    assert json.loads((run.path / "best.json").read_text()) == {"step": 8, "kid": 0.2}
    assert int(run.best.name) == 8 and run.best_kid == 0.2
    assert names(run) == [8, 12]


def test_a_best_checkpoint_that_was_deleted_gives_way(run):
    for step, kid in ((4, 0.3), (6, 0.1)):
        run.note({"step": step, "seconds": 1, "kid": kid})
    run.name_best()
    assert int(run.best.name) == 4 and names(run) == [4, 8, 12]
    run.best.rmdir()
    assert run.best is None and run.best_kid == float("inf")


def test_beginning_anew_leaves_nothing_but_a_new_recipe(run, pack):
    (run.path / "record.json").write_text("{}")
    anew = open_run(run.path, recipes.get("dcgan", size=32, width=8), pack, resume=False)
    assert [path.name for path in anew.path.iterdir()] == ["recipe.json"]
    assert Run(run.path).recipe.width == 8


def test_a_run_from_before_a_setting_was_there_goes_on(run, pack):
    settings = json.loads((run.path / "recipe.json").read_text())
    old = {key: value for key, value in settings.items() if key not in ("r1", "r2", "augment")}
    (run.path / "recipe.json").write_text(json.dumps(old))
    again = open_run(run.path, recipes.get("dcgan", size=32), pack)
    assert len(again.checkpoints) == 3 and again.recipe == run.recipe
    with pytest.raises(ValueError, match=r"another run \(augment \(\) there, \('cutout',\)"):
        open_run(run.path, recipes.get("dcgan", size=32, augment=("cutout",)), pack)
