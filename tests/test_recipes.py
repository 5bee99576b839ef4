import pytest

from covers_lib import recipes
from covers_lib.networks import pick_device


def test_recipes_are_those_of_the_papers():
    dcgan, wgan = recipes.get("dcgan"), recipes.get("wgan-gp")
    assert (dcgan.loss, dcgan.lr, dcgan.betas) == ("bce", 2e-4, (0.5, 0.999))
    assert (wgan.loss, wgan.norm, wgan.penalty, wgan.n_critic) == ("wasserstein", "none", 10, 5)
    assert (wgan.lr, wgan.betas) == (1e-4, (0, 0.9))


def test_settings_can_be_changed():
    assert recipes.get("dcgan", size=128, seed=3).size == 128


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(ValueError, match="no recipe dgan: choose one of dcgan, wgan-gp"):
        recipes.get("dgan")


def test_a_penalty_with_batchnorm_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="without BatchNorm, which mixes the samples"):
        recipes.get("wgan-gp", norm="batch")


@pytest.mark.parametrize("name", ["ci", "cpu", "gpu"])
def test_a_preset_by_name(monkeypatch, name):
    monkeypatch.setenv("COVERS_PRESET", name)
    assert recipes.preset().name == name


def test_a_preset_for_this_machine(monkeypatch):
    monkeypatch.delenv("COVERS_PRESET", raising=False)
    assert recipes.preset().name == ("cpu" if pick_device().type == "cpu" else "gpu")


def test_an_unknown_preset(monkeypatch):
    monkeypatch.setenv("COVERS_PRESET", "fast")
    with pytest.raises(ValueError, match="COVERS_PRESET is fast: set it to one of ci, cpu, gpu"):
        recipes.preset()
