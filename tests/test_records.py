import json
import os
import re
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import pytest

from covers_lib import records
from covers_lib.data.pack import prepare
from covers_lib.gan import recipes
from covers_lib.runs import monitor
from covers_lib.toys import digits, points, ring

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(str(Path(__file__).parents[1] / "experiments"))
    import factor_modes
    import grid
    import held_out
    import plans

BASES = {"ring": ring.RING, "digits": digits.DIGITS}
toys = pytest.mark.parametrize("toy", BASES)


def unchanged(recipe: recipes.Recipe, kept: dict) -> bool:
    """Tell whether the library's recipe is still that of a record, in what both know.

    The average's memory is left out: records of the first edition tell it in steps.
    """
    both = kept.keys() & vars(recipe).keys()
    made = json.loads(json.dumps({key: getattr(recipe, key) for key in both}))
    return made == {key: kept[key] for key in both}


def found(game: dict, when: str) -> list[int]:
    return [row["found"] for row in game[when]]


@toys
def test_a_record_of_modes_says_how_it_was_made(toy):
    record = records.read(f"modes/{toy}")
    assert re.match(rf"python (benchmarks|experiments)/modes.py {toy}", record["command"])
    assert record["machine"] and record["versions"]["torch"]
    assert list(record["games"]) == ["WGAN-GP", "discriminator ahead", "even game"]
    for game in record["games"].values():
        for when in ("equal_steps", "equal_time"):
            assert [row["seed"] for row in game[when]] == [0, 1, 2, 3, 4]
        assert all(row["steps"] == game["settings"]["steps"] for row in game["equal_steps"])


@toys
def test_only_loss_and_penalty_differ_where_losses_are_compared(toy):
    games = records.read(f"modes/{toy}")["games"]
    ahead, wasserstein = (games[name]["settings"] for name in ("discriminator ahead", "WGAN-GP"))
    assert {key for key in ahead if ahead[key] != wasserstein[key]} == {"loss", "penalty"}
    kept = {key: getattr(BASES[toy], key) for key in ahead}
    assert ahead == json.loads(json.dumps(kept)), "the recipe is no longer this one"


@toys
def test_the_others_had_as_much_time(toy):
    games = records.read(f"modes/{toy}")["games"]
    for name in ("discriminator ahead", "even game"):
        for other, ours in zip(
            games[name]["equal_time"], games["WGAN-GP"]["equal_steps"], strict=True
        ):
            assert other["cpu_seconds"] >= ours["cpu_seconds"]


def test_on_the_ring_the_loss_decides_on_every_seed():
    games = records.read("modes/ring")["games"]
    assert max(found(games["discriminator ahead"], "equal_steps")) <= 4
    assert min(found(games["WGAN-GP"], "equal_steps")) >= 7


def test_in_the_page_the_loss_decides_on_nine_of_ten_seeds():
    games = records.read("modes/page")["games"]
    assert games.keys() == {"bce", "saturating", "wasserstein", "relativistic"}
    found = {}
    for loss, game in games.items():
        settings = ring.page_settings()["games"]["bce" if loss == "saturating" else loss]
        wanted = json.loads(json.dumps(settings)) | {"loss": loss}
        assert game["settings"] == wanted, "the settings are no longer these"
        assert [run["seed"] for run in game["runs"]] == list(range(10))
        assert max(run["cpu_seconds"] for run in game["runs"]) < 60
        found[loss] = [run["found"] for run in game["runs"]]
    assert sum(modes <= 4 for modes in found["bce"]) >= 9
    assert sum(modes >= 7 for modes in found["wasserstein"]) >= 9


def test_on_digits_the_wasserstein_loss_keeps_more_modes():
    record = records.read("modes/digits")
    ahead, wasserstein = (record["games"][name] for name in ("discriminator ahead", "WGAN-GP"))
    assert median(found(wasserstein, "equal_steps")) > median(found(ahead, "equal_steps"))
    assert median(found(wasserstein, "equal_steps")) > median(found(ahead, "equal_time"))
    assert record["real"]["found"] == 1_000 and 0 < record["classifier_error"] < 0.02


@pytest.mark.slow
def test_a_seed_of_the_ring_comes_out_as_recorded():
    game = records.read("modes/ring")["games"]["discriminator ahead"]
    gan = ring.train_on_ring(replace(ring.RING, seed=1))
    count = ring.count_modes(points.draw_samples(gan, records.read("modes/ring")["samples"]))
    # Another processor rounds otherwise, and a thousand steps later a point or two lie elsewhere.
    assert count.found == pytest.approx(game["equal_steps"][1]["found"], abs=1)


def read_collapse(kind: str) -> dict:
    return records.read(f"collapse/{kind}-32")


@pytest.mark.parametrize("kind", ["synthetic", "real", "remedies"])
def test_a_record_of_collapse_says_how_it_was_made(kind):
    record = read_collapse(kind)
    assert re.match(r"python (benchmarks|experiments)/collapse.py", record["command"])
    for title, game in record["games"].items():
        recipe, runs = game["recipe"], game["runs"]
        assert len(runs) >= 3 and [run["seed"] for run in runs] == list(range(len(runs)))
        assert {run["images"] for run in runs} == {recipe["steps"] * recipe["batch"]}
        if title == recipe["name"]:
            changed = {key: recipe[key] for key in ("size", "width", "steps", "batch")}
            assert unchanged(recipes.get(title, **changed), recipe)


def test_the_recipe_that_should_collapse_does_and_the_healthy_one_does_not():
    games = read_collapse("synthetic")["games"]
    support = {
        name: [run["generator"]["support"] for run in games[name]["runs"]]
        for name in ("dcgan", "dcgan-collapse")
    }
    quarter = median(support["dcgan"]) / 4
    assert len(support["dcgan"]) == len(support["dcgan-collapse"]) == 5
    assert sum(value < quarter for value in support["dcgan-collapse"]) >= 4
    assert min(support["dcgan"]) > quarter


@pytest.mark.parametrize("kind", ["synthetic", "real"])
def test_what_sees_a_collapse_is_recorded_seeing_it_and_what_misses_it_missing_it(kind):
    games = read_collapse(kind)["games"]

    def values(name: str, key: str) -> list[float]:
        return [run["generator"][key] for run in games[name]["runs"]]

    for healthy, collapsed in zip(
        values("dcgan", "vendi"), values("dcgan-collapse", "vendi"), strict=True
    ):
        assert collapsed < healthy / 3
    assert min(values("dcgan-collapse", "distance")) > 0.75 * max(values("dcgan", "distance"))
    if kind == "real":
        assert min(values("dcgan-collapse", "precision")) > max(values("dcgan", "precision"))


def test_an_unknown_measurement_names_the_known_ones():
    with pytest.raises(ValueError, match="no record modes/x: choose one of .*modes/ring"):
        records.read("modes/x")


def test_a_record_of_rivals_says_how_it_was_made():
    record = records.read("rivals/synthetic-32")
    assert re.match(r"python (benchmarks|experiments)/rivals.py", record["command"])
    assert record["machine"] and record["versions"]["torch"]
    assert list(record["games"]) == ["wgan-gp", "dcgan"]
    for name, game in record["games"].items():
        changed = {key: game["recipe"][key] for key in ("size", "width", "steps", "batch")}
        assert name == "wgan-gp" or unchanged(recipes.get(name, **changed), game["recipe"])
        for when in ("equal_images", "equal_time"):
            assert [row["seed"] for row in game[when]] == [0, 1, 2]


def test_rivals_had_as_many_images_and_as_much_time():
    games = records.read("rivals/synthetic-32")["games"]
    ours, theirs = games["wgan-gp"], games["dcgan"]
    for row, other in zip(ours["equal_images"], theirs["equal_images"], strict=True):
        assert row["images"] == pytest.approx(other["images"], rel=0.01)
    for row, other in zip(ours["equal_time"], theirs["equal_time"], strict=True):
        assert other["cpu_seconds"] >= row["cpu_seconds"]


def test_a_picture_of_rivals_has_a_row_a_seed():
    assert records.picture("rivals/synthetic-32").shape == (6 * 34 - 2, 12 * 34 - 2, 3)


@pytest.mark.parametrize("name", ["race-real-32", "ablation-real-32"])
def test_a_record_of_quality_says_how_it_was_made(name):
    told = records.read(f"quality/{name}")
    assert (
        told["threads"] == 1
        and "CPU time" in told["clock"]
        and told["covers"] == monitor.KID_COVERS
    )
    for run in told["runs"].values():
        made, kept = recipes.from_json(run["recipe"]), run["recipe"]
        stayed = json.loads(json.dumps({key: getattr(made, key) for key in kept}))
        assert stayed == kept | {"ema": pytest.approx(kept["ema"])}
        images = made.n_critic * made.batch
        assert all(row["images"] == row["step"] * images for row in run["curve"])
        seconds = [row["seconds"] for row in run["curve"]]
        assert seconds == sorted(seconds)
        assert all(row["kid"] > told["floor"] for row in run["curve"])


def test_the_race_is_judged_by_its_curves():
    race = records.read("quality/race-real-32")
    curves = {name: run["curve"] for name, run in race["runs"].items()}
    assert race["target"] == min(row["kid"] for row in curves["wgan-gp"])
    for name, seconds in race["reached"].items():
        reached = [row["seconds"] for row in curves[name] if row["kid"] <= race["target"]]
        assert seconds == (reached[0] if reached else None)


def test_the_races_recipes_are_the_librarys():
    for name, run in records.read("quality/race-real-32")["runs"].items():
        changed = {key: run["recipe"][key] for key in ("size", "width", "batch", "steps", "seed")}
        assert name == "wgan-gp" or unchanged(recipes.get(name, **changed), run["recipe"])


PLANS = {plan.record: plan for plan in plans.PLANS.values()} | {
    factor_modes.PLAN.record: factor_modes.PLAN
}
GRIDS = [name for name in PLANS if (records.FOLDER / f"{name}.json").is_file()]
every_grid = pytest.mark.parametrize("name", GRIDS)


def key(cell: dict) -> tuple:
    return cell["row"], cell["column"], cell["seed"]


@every_grid
def test_a_grid_is_the_plans_and_its_cells_had_as_much_time(name):
    record, plan = records.read(name), PLANS[name]
    assert re.match(r"python experiments/(grid|factor_modes)\.py", record["command"])
    assert record["clock"].startswith("CPU time") and record["versions"]["torch"]
    assert record["moments"][-1] == 60 * plan.minutes
    cells = record["cells"]
    first = cells[0]["recipe"]
    shared = {key: first[key] for key in ("size", "steps")} | {"width": 32}
    planned = {
        (cell.row, cell.column, cell.recipe.seed): cell
        for cell in plan.cells(shared, range(10), None)
    }
    assert len({key(cell) for cell in cells}) == len(cells)
    for cell in cells:
        recipe = json.loads(json.dumps(asdict(planned[key(cell)].recipe)))
        assert cell["recipe"] == recipe, "the plan, or the library's recipe, is no longer this one"
        assert cell["images"] == cell["steps"] * recipe["n_critic"] * recipe["batch"]
        if cell["finite"]:
            late = [row["seconds"] - due for row, due in zip(
                cell["curve"], record["moments"], strict=True)]  # fmt: skip
            assert all(-1 <= seconds <= 20 for seconds in late), "a step may be long, a run not"


@every_grid
def test_a_cell_of_a_grid_has_its_covers(name):
    for cell in records.read(name)["cells"]:
        covers, size = records.strip(name, cell), cell["recipe"]["size"]
        assert covers.shape == (size, 16 * size, 3)


@pytest.fixture(scope="module")
def real_pack(tmp_path_factory):
    """The pack of the covers that the grids ran on."""
    if "COVERS_DIR" not in os.environ:
        pytest.skip("COVERS_DIR names no covers")
    out = tmp_path_factory.mktemp("packs") / "real"
    return prepare(os.environ["COVERS_DIR"], 32, out, progress=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in GRIDS if "real-32" in name])
def test_what_counts_as_trained_can_be_measured_again(name, real_pack):
    record = records.read(name)
    if real_pack.digest != record["pack"]:
        pytest.skip("these are other covers than those of the record")
    real = held_out.reference(real_pack, record["half"])
    found = grid.anchors(real_pack, real)
    assert len(real.reference.deep) == record["n"]
    for kind in ("floor", "four_by_four"):
        for measure, value in record[kind].items():
            assert found[kind][measure] == pytest.approx(value, rel=0.01, abs=0.01), measure
    assert grid.least(found)["kid"] == pytest.approx(record["trained"]["kid"], rel=0.01)
