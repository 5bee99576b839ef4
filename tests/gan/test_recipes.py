import json
from dataclasses import asdict, fields, replace

import pytest

from covers_lib.errors import InputError
from covers_lib.gan import recipes
from covers_lib.gan.devices import pick_device


def test_recipes_are_those_of_the_papers():
    dcgan, wgan = recipes.get("dcgan"), recipes.get("wgan-gp")
    assert (dcgan.loss, dcgan.lr, dcgan.betas) == ("bce", 2e-4, (0.5, 0.999))
    assert (wgan.loss, wgan.norm, wgan.penalty, wgan.n_critic) == ("wasserstein", "none", 10, 1)
    assert (wgan.betas, wgan.d_lr / wgan.lr) == ((0, 0.9), pytest.approx(3))


def test_what_is_done_beyond_wgan_gp():
    beyond = recipes.get("beyond")
    assert (beyond.loss, beyond.norm, beyond.n_critic) == ("relativistic", "none", 1)
    assert beyond.r1 == beyond.r2 > 0 == beyond.penalty
    assert beyond.augment


def test_the_recipe_that_collapses_is_a_dcgan_without_one_thing():
    collapsing = recipes.get("dcgan-collapse")
    healthy = replace(collapsing, name="dcgan", generator_norm="batch", norm="batch")
    assert healthy == recipes.get("dcgan")
    networks = collapsing.generator(), collapsing.discriminator()
    layers = {type(layer).__name__ for network in networks for layer in network.modules()}
    assert "BatchNorm2d" not in layers


def test_recipes_of_the_article():
    dcgan, wgan = recipes.get("article-dcgan"), recipes.get("article-wgan-gp")
    for recipe in (dcgan, wgan):
        assert (recipe.size, recipe.latent, recipe.batch, recipe.slope) == (128, 200, 64, 0.2)
        assert recipe.maps == (1024, 512, 512, 256, 128)
    assert (dcgan.loss, dcgan.norm, dcgan.lr, dcgan.betas) == ("bce", "batch", 2e-4, (0.9, 0.999))
    assert (wgan.loss, wgan.norm, wgan.lr, wgan.betas) == (
        "wasserstein",
        "instance",
        1e-4,
        (0, 0.9),
    )
    assert (wgan.penalty, wgan.n_critic) == (10, 5)


def test_a_recipe_of_one_size_refuses_another_and_says_what_to_do():
    wanted = "article-dcgan makes covers of 128 px, not 64: prepare a pack with --size 128"
    with pytest.raises(ValueError, match=f"^{wanted}$"):
        replace(recipes.get("article-dcgan"), size=64)


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_comes_back_from_json(name):
    recipe = recipes.get(name)
    assert recipes.Recipe(**json.loads(json.dumps(asdict(recipe)))) == recipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 48}, "size must be a power of two from 32 to 256, not 48"),
        ({"loss": "hinge"}, "loss must be one of bce, wasserstein, relativistic, not hinge"),
        ({"norm": "group"}, "norm must be one of batch, none, instance, layer, not group"),
        ({"init": "xavier"}, "init must be one of dcgan, he, not xavier"),
        (
            {"generator_norm": "layer"},
            "generator_norm must be one of batch, none, instance, not layer",
        ),
        ({"generator_init": ""}, "generator_init must be one of dcgan, he, not "),
        ({"up": "bilinear"}, "up must be one of transposed, nearest, not bilinear"),
        ({"precision": "fp16"}, "precision must be one of fp32, bf16, not fp16"),
        ({"batch": 0}, "batch must be 1 or more, not 0"),
        ({"steps": 0}, "steps must be 1 or more, not 0"),
        ({"lr": 0.0}, "lr must be above 0, not 0.0"),
        ({"penalty": -1.0}, "penalty must be 0 or more, not -1.0"),
        ({"lazy": 0}, "lazy must be 1 or more, not 0"),
        ({"r1": -1.0}, "r1 must be 0 or more, not -1.0"),
        ({"r2": float("nan")}, "r2 must be 0 or more, not nan"),
        ({"augment": ("flip",)}, "augment must be of colour, translation, cutout, not flip"),
        ({"augment": "cutout"}, "augment must be of colour, translation, cutout, not c"),
        ({"betas": (0.5, 1.0)}, "betas must be two numbers from 0 to below 1, not 0.5, 1.0"),
        ({"betas": (0.5,)}, "betas must be two numbers from 0 to below 1, not 0.5"),
        ({"ema_covers": -1}, "ema_covers must be 0 or more, not -1"),
        ({"d_lr": 0.0}, "d_lr must be above 0, not 0.0"),
        ({"d_lr": float("nan")}, "d_lr must be above 0, not nan"),
        ({"n_critics": 2}, "a recipe has no setting n_critics: it has name, size"),
    ],
)
def test_impossible_settings_are_refused_in_a_sentence(changes, message):
    with pytest.raises(InputError, match=f"^{message}"):
        recipes.get("dcgan", **changes)


def test_the_averages_memory_is_the_same_in_covers_at_each_batch():
    memories = {batch: recipes.get("dcgan", batch=batch) for batch in (1, 16, 64, 1_000)}
    assert memories[64].ema == pytest.approx(0.999)
    for batch, recipe in memories.items():
        assert batch / (1 - recipe.ema) == pytest.approx(recipe.ema_covers)


@pytest.mark.parametrize("memory", [0, 10, 64])
def test_an_average_of_no_more_than_a_batch_is_the_generator_itself(memory):
    assert recipes.get("dcgan", batch=64, ema_covers=memory).ema == 0


@pytest.mark.parametrize(("batch", "decay"), [(64, 0.999), (16, 0.99), (32, 0.0)])
def test_a_recipe_of_the_first_edition_is_read(batch, decay):
    settings = asdict(recipes.get("dcgan", batch=batch))
    for later in ("ema_covers", "d_lr", "init", "generator_init"):
        del settings[later]
    recipe = recipes.from_json(json.loads(json.dumps(settings | {"ema": decay})))
    assert recipe.ema == pytest.approx(decay)
    assert (recipe.d_lr, recipe.init, recipe.generator_init) == (None, "dcgan", "dcgan")


def test_settings_can_be_changed():
    assert recipes.get("dcgan", size=128, seed=3).size == 128


@pytest.mark.parametrize("name", [field.name for field in fields(recipes.Recipe)])
def test_every_setting_can_be_written_as_text(name):
    for recipe in recipes.RECIPES.values():
        value = getattr(recipe, name)
        word = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        if isinstance(value, bool) or value is None:
            word = word.lower()
        assert recipes.parse_setting(f"{name}={word}") == (name, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr", "write a setting as NAME=VALUE, such as lr=0.0002, not lr"),
        ("rate=1", "a recipe has no setting rate: it has name"),
        ("lr=fast", "lr must be a number, not fast"),
        ("lr=none", "lr must be a number, not none"),
        ("n_critic=1.5", "n_critic must be a whole number, not 1.5"),
        ("compile=yes", "compile must be true or false, not yes"),
        ("maps=8,x", "maps must be a whole number, several with commas between, not 8,x"),
    ],
)
def test_a_setting_that_is_no_setting(text, message):
    with pytest.raises(InputError, match=f"^{message}"):
        recipes.parse_setting(text)


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(
        ValueError, match="no recipe dgan: choose one of dcgan, wgan-gp, beyond, article-dcgan"
    ):
        recipes.get("dgan")


@pytest.mark.parametrize("changes", [{"penalty": 10.0}, {"r1": 1.0}, {"r2": 1.0}])
def test_a_penalty_with_batchnorm_is_refused_with_the_reason(changes):
    with pytest.raises(ValueError, match="without BatchNorm, which mixes the samples"):
        recipes.get("dcgan", **changes)


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
