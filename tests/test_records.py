import json

import pytest

from covers_lib import kid, recipes, records


@pytest.mark.parametrize("name", records.names())
def test_a_record_says_how_it_was_made(name):
    run = records.stored(name)
    recipe = run.record["recipe"]
    changed = {key: recipe[key] for key in ("size", "width", "steps", "seed")}
    made = recipes.get(recipe["name"], **changed)
    kept = json.loads(json.dumps({name: vars(made)[name] for name in recipe}))
    assert kept == recipe, "the recipe is no longer this one"
    assert run.record["images"] == run.record["steps"] * recipe["n_critic"] * recipe["batch"]
    assert any(command.startswith("covers evaluate") for command in run.commands)
    side = 8 * (recipe["size"] + 2) - 2
    assert run.samples.shape == (side, side, 3)


@pytest.mark.parametrize("name", records.names())
def test_measures_stand_beside_their_floor(name):
    run = records.stored(name)
    assert run.measures["fd_floor"] == pytest.approx(run.floor["fd"])
    assert run.measures["fd"] > run.floor["fd"] and run.measures["kid"] > run.floor["kid"]
    assert run.measures["memorised"] < 0.02
    described = run.describe().data
    assert f"{run.measures['fd']:.0f}" in described and f"{run.floor['fd']:.0f}" in described


def test_an_unknown_record_names_the_known_ones():
    with pytest.raises(ValueError, match="no record x: choose one of dcgan-real-64"):
        records.stored("x")


@pytest.mark.parametrize("name", ["race-real-32", "ablation-real-32"])
def test_a_record_of_quality_says_how_it_was_made(name):
    told = records.quality(name)
    assert told["threads"] == 1 and "CPU time" in told["clock"] and told["covers"] == kid.COVERS
    for run in told["runs"].values():
        made, kept = vars(recipes.Recipe(**run["recipe"])), run["recipe"]
        assert json.loads(json.dumps(made)) == kept, "the recipe is no longer this one"
        images = made["n_critic"] * made["batch"]
        assert all(row["images"] == row["step"] * images for row in run["curve"])
        seconds = [row["seconds"] for row in run["curve"]]
        assert seconds == sorted(seconds)
        assert all(row["kid"] > told["floor"] for row in run["curve"])


def test_the_race_is_judged_by_its_curves():
    race = records.quality("race-real-32")
    curves = {name: run["curve"] for name, run in race["runs"].items()}
    assert race["target"] == min(row["kid"] for row in curves["wgan-gp"])
    for name, seconds in race["reached"].items():
        reached = [row["seconds"] for row in curves[name] if row["kid"] <= race["target"]]
        assert seconds == (reached[0] if reached else None)


def test_the_races_recipes_are_the_librarys():
    for name, run in records.quality("race-real-32")["runs"].items():
        changed = {key: run["recipe"][key] for key in ("size", "width", "batch", "steps", "seed")}
        made = json.loads(json.dumps(vars(recipes.get(name, **changed))))
        assert {key: made[key] for key in run["recipe"]} == run["recipe"]
