import json

import pytest

from covers_lib import recipes, records


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
