from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import torch
from conftest import loaded
from scipy.stats import kstest
from torch import nn

from covers_lib.gan import devices, recipes, training
from covers_lib.gan.losses import bce_discriminator, gradient_penalty
from covers_lib.gan.networks import Norm, Up
from covers_lib.images import SIZES

plain = loaded(Path(__file__).parents[2] / "benchmarks" / "plain.py")

TINY = {"size": 32, "width": 4, "latent": 8, "batch": 4}

# Every recipe and every choice that a recipe has. The article's shapes, but thin.
THIN = {"maps": (8, 8, 4), "size": 32}
GAMES = {
    "dcgan": recipes.get("dcgan", **TINY),
    "wgan-gp": recipes.get("wgan-gp", **TINY),
    "beyond": recipes.get("beyond", **TINY, lazy=1),
    "article-dcgan": recipes.get("article-dcgan", **TINY | THIN),
    "article-wgan-gp": recipes.get("article-wgan-gp", **TINY | THIN),
    "dcgan-collapse": recipes.get("dcgan-collapse", **TINY),
}
LOSS = get_type_hints(recipes.Recipe)["loss"]


def real_batches(k):
    return torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(k)) * 2 - 1


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def gradients(network):
    return [p.grad for p in network.parameters()]


def assert_takes_a_step(recipe):
    gan = training.build(recipe)
    before = weights(gan.generator), weights(gan.discriminator)
    seen = []
    covers = torch.rand(4, 3, recipe.size, recipe.size) * 2 - 1
    training.train(gan, lambda k: covers, 1, [lambda gan, metrics: seen.append(metrics)])
    assert gan.step == 1
    expected = {"d_loss", "g_loss", "real", "fake"}
    expected |= {name for name in ("penalty", "r1", "r2") if getattr(recipe, name)}
    assert set(seen[0]) == expected
    assert all(value.dtype == torch.float32 and value.isfinite() for value in seen[0].values())
    for network, old in zip((gan.generator, gan.discriminator), before, strict=True):
        assert weights(network).isfinite().all() and not torch.equal(weights(network), old)


CHOICES = {
    "size": SIZES,
    "loss": get_args(LOSS),
    "norm": get_args(Norm),
    "up": get_args(Up),
    "precision": ("fp32", "bf16"),
}


def pairwise() -> list[dict]:
    """As few variants as a greedy choice takes, so that every two choices meet in one of them."""
    every = [dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values())]
    missing = {pair for variant in every for pair in combinations(variant.items(), 2)}
    chosen = []
    while missing:
        best = max(every, key=lambda one: len(missing & set(combinations(one.items(), 2))))
        missing -= set(combinations(best.items(), 2))
        chosen.append(best)
    return chosen


@pytest.mark.parametrize("variant", pairwise(), ids=lambda one: "-".join(map(str, one.values())))
def test_one_step_of_every_size_loss_and_variant(variant):
    variant = dict(variant)
    if variant["norm"] != "batch":
        penalties = {"wasserstein": {"penalty": 10.0}, "relativistic": {"r1": 1.0, "r2": 1.0}}
        variant |= penalties.get(variant["loss"], {})
    assert_takes_a_step(recipes.get("dcgan", **TINY | {"width": 2} | variant))


@pytest.mark.parametrize("name", GAMES)
def test_one_step_of_every_recipe(name):
    assert GAMES.keys() == recipes.RECIPES.keys()
    assert_takes_a_step(GAMES[name])


def test_the_critic_takes_its_steps_on_fresh_batches():
    gan = training.build(recipes.get("wgan-gp", **TINY, n_critic=5))
    taken = []
    training.train(gan, lambda k: taken.append(k) or real_batches(k), 3)
    assert taken == list(range(15))


def test_a_discriminator_step_leaves_the_generator_alone():
    gan = training.build(recipes.get("dcgan", **TINY))
    before = weights(gan.generator)
    training.discriminator_step(gan, real_batches(0))
    assert torch.equal(weights(gan.generator), before)
    assert all(p.grad is None for p in gan.generator.parameters())


def test_a_generator_step_leaves_the_discriminator_alone():
    gan = training.build(recipes.get("dcgan", **TINY))
    before = weights(gan.discriminator)
    training.generator_step(gan, gan.share(real_batches(0)))
    assert torch.equal(weights(gan.discriminator), before)
    assert all(p.grad is None and p.requires_grad for p in gan.discriminator.parameters())


def test_the_discriminators_gradient_is_that_of_its_loss():
    gan, twin = (training.build(recipes.get("dcgan", **TINY)) for _ in range(2))
    real = real_batches(0)
    training.discriminator_step(gan, real)
    with torch.no_grad():
        fake = twin.generator(twin.latents(4))
    bce_discriminator(twin.discriminator(real), twin.discriminator(fake)).backward()
    for mine, expected in zip(
        gan.discriminator.parameters(), twin.discriminator.parameters(), strict=True
    ):
        torch.testing.assert_close(mine.grad, expected.grad)


@pytest.mark.parametrize("name", GAMES)
def test_gradients_are_those_of_a_plain_step(name):
    ours, other = training.build(GAMES[name]), plain.build(GAMES[name])
    training.discriminator_step(ours, ours.share(real_batches(0)))
    plain.discriminator_step(other, real_batches(0))
    assert_near(gradients(ours.discriminator), gradients(other.discriminator))
    # Adam makes much of the rounding of small gradients: the generators meet one critic.
    other.discriminator.load_state_dict(ours.discriminator.state_dict())
    training.generator_step(ours, ours.share(real_batches(0)))
    plain.generator_step(other, real_batches(0))
    assert_near(gradients(ours.generator), gradients(other.generator))


def assert_near(found, expected):
    """Compare tensors as wholes, to 1e-5 of the largest value of all."""
    largest = max(value.abs().max() for value in expected)
    for mine, other in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-5 * largest.item())


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "beyond"])
def test_seeds_reproduce_and_differ(name):
    def trained(seed):
        gan = training.build(replace(GAMES[name], seed=seed))
        training.train(gan, real_batches, 3)
        return weights(gan.generator)

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_every_penalty_draws_new_epsilons_by_the_seed():
    def drawn(seed):
        gan, seen = training.build(recipes.get("wgan-gp", **TINY | {"batch": 64}, seed=seed)), []
        gan.penalty = lambda judge, real, fake, epsilon: seen.append(epsilon) or real.sum() * 0
        for k in range(10):
            training.discriminator_step(gan, gan.share(real_batches(k).repeat(16, 1, 1, 1)))
        return torch.cat(seen)

    epsilon = drawn(0)
    assert torch.equal(epsilon, drawn(0)) and not torch.equal(epsilon, drawn(1))
    assert epsilon.min() >= 0 and epsilon.max() < 1 and epsilon.unique().numel() > 600
    assert kstest(epsilon, "uniform").pvalue > 1e-6


def test_the_discriminator_sees_augmented_covers_in_the_steps_of_both_networks():
    gan, seen = training.build(GAMES["beyond"]), []
    gan.discriminator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    real = real_batches(0)
    training.discriminator_step(gan, real)
    training.generator_step(gan, real)
    assert [len(covers) for covers in seen] == [4] * 4  # real, fake, then fake, real
    for covers in (seen[0], seen[3]):
        assert all(not torch.allclose(one, other) for one, other in zip(covers, real, strict=True))
    assert not torch.allclose(seen[0], seen[3]), "drawn anew"


def test_without_augmentation_the_judge_is_the_discriminator_and_nothing_is_drawn():
    gan = training.build(replace(GAMES["beyond"], augment=()))
    before = gan.rng.get_state()
    torch.testing.assert_close(gan.judge(4)(real_batches(0)), gan.logits(real_batches(0)))
    assert torch.equal(gan.rng.get_state(), before)


def test_lazy_penalties_come_seldom_and_weigh_more():
    lazy, eager = (training.build(replace(GAMES["beyond"], lazy=every)) for every in (3, 1))
    told = []
    training.train(lazy, real_batches, 6, [lambda gan, metrics: told.append("r1" in metrics)])
    assert told == [False, False, True, False, False, True]
    thrice = training.build(replace(GAMES["beyond"], r1=0.3, r2=0.3))
    lazy = training.build(replace(GAMES["beyond"], lazy=3))
    lazy.step = 2
    for gan in (lazy, thrice, eager):
        training.discriminator_step(gan, gan.share(real_batches(0)))
    assert_near(gradients(lazy.discriminator), gradients(thrice.discriminator))
    assert not torch.allclose(
        *(gan.discriminator.features[0].weight.grad for gan in (lazy, eager)), rtol=1e-4
    )


@pytest.mark.parametrize("changes", [{"r1": 2.0}, {"r2": 2.0}])
def test_one_of_the_penalties_alone(changes):
    gan = training.build(
        replace(GAMES["beyond"], **{"r1": 0.0, "r2": 0.0, "augment": ()} | changes)
    )
    seen, with_slopes = [], gan.with_slopes
    gan.with_slopes = lambda judge, covers: seen.append(covers) or with_slopes(judge, covers)
    real = real_batches(0)
    told = training.discriminator_step(gan, real)
    assert len(seen) == 1 and torch.equal(seen[0], real) == ("r1" in changes)
    assert {"r1", "r2"} & told.keys() == changes.keys()


@pytest.mark.parametrize("name", GAMES)
def test_bf16_is_near_fp32(name):
    losses = []
    for precision in ("fp32", "bf16"):
        gan = training.build(replace(GAMES[name], precision=precision))
        losses.append(training.discriminator_step(gan, gan.share(real_batches(0))))
        assert gan.logits(real_batches(0)).dtype == gan.fakes(4).dtype == torch.float32
        assert all(p.dtype == p.grad.dtype == torch.float32 for p in gan.discriminator.parameters())
    full, half = losses
    for key in full:
        torch.testing.assert_close(half[key], full[key], rtol=0.03, atol=0.02)


@pytest.mark.parametrize(("norm", "together"), [("none", True), ("instance", False)])
def test_pictures_lie_in_memory_as_the_discriminator_likes_it(norm, together):
    gan = training.build(replace(GAMES["wgan-gp"], norm=norm))
    packed = real_batches(0).to(memory_format=torch.channels_last)  # as packs give them
    real, fake = gan.share(packed), gan.fakes(4)
    for covers in (real, fake, gan.discriminator.features[:2](real), torch.cat([real, fake])):
        assert covers.is_contiguous(memory_format=devices.memory_format(norm))
        assert covers.is_contiguous(memory_format=torch.channels_last) == together


@pytest.mark.parametrize(("name", "passes"), [("dcgan", [4, 4]), ("wgan-gp", [8])])
def test_real_and_fake_go_through_together_unless_batchnorm_would_mix_them(name, passes):
    gan = training.build(replace(GAMES[name], penalty=0))
    seen = []
    gan.discriminator.register_forward_pre_hook(lambda module, inputs: seen.append(len(inputs[0])))
    training.discriminator_step(gan, real_batches(0))
    assert seen == passes


def test_a_compiled_penalty_has_the_same_gradients():
    critic = recipes.get("wgan-gp", **TINY).discriminator()
    real, fake = real_batches(0), real_batches(1)
    epsilon, found = torch.rand(4), []
    for penalty in (gradient_penalty, torch.compile(gradient_penalty, backend="aot_eager")):
        critic.zero_grad()
        penalty(critic, real, fake, epsilon).backward()
        found.append([p.grad for p in critic.parameters() if p.grad is not None])
    assert_near(*found)


@pytest.mark.parametrize("name", ["wgan-gp", "beyond"])
def test_a_compiled_gan_takes_the_same_step(monkeypatch, name):
    # aot_eager traces as inductor does, without minutes of compiling.
    compiler = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f: compiler(f, backend="aot_eager"))
    monkeypatch.setattr(nn.Module, "compile", lambda m: setattr(
        m, "_compiled_call_impl", compiler(m._call_impl, backend="aot_eager")))  # fmt: skip
    ours, compiled = (training.build(replace(GAMES[name], compile=c)) for c in (False, True))
    for gan in (ours, compiled):
        training.discriminator_step(gan, gan.share(real_batches(0)))
        training.generator_step(gan, gan.share(real_batches(0)))
    assert_near(gradients(compiled.discriminator), gradients(ours.discriminator))
    assert compiled.generator.state_dict().keys() == ours.generator.state_dict().keys()


def test_building_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    training.build(recipes.get("dcgan", **TINY))
    assert torch.rand(1) == expected


@pytest.mark.parametrize(("own", "expected"), [(None, 2e-4), (6e-4, 6e-4)])
def test_the_discriminator_may_have_a_rate_of_its_own(own, expected):
    gan = training.build(recipes.get("dcgan", **TINY, lr=2e-4, d_lr=own))
    rates = [optimizer.param_groups[0]["lr"] for optimizer in (gan.g_optimizer, gan.d_optimizer)]
    assert rates == [2e-4, expected]


def test_the_average_follows_the_generator():
    gan = training.build(recipes.get("dcgan", **TINY))
    history = []

    def remember(gan, metrics):
        history.append(weights(gan.generator))

    training.train(gan, real_batches, 4, [remember])
    expected = history[0]
    for count, current in enumerate(history[1:], start=1):
        expected = expected.lerp(current, 1 - min(gan.recipe.ema, (1 + count) / (10 + count)))
    torch.testing.assert_close(weights(gan.average.module), expected)


def test_batchnorm_statistics_are_averaged_too():
    gan = training.build(recipes.get("dcgan", **TINY))
    training.train(gan, real_batches, 3)
    norm, average = gan.generator.first[2], gan.average.module.first[2]
    assert not torch.equal(norm.running_mean, average.running_mean)
    assert average.num_batches_tracked == norm.num_batches_tracked


def test_a_hook_can_stop_and_every_hook_sees_every_step():
    gan = training.build(recipes.get("dcgan", **TINY))
    seen = []
    stop = [lambda gan, metrics: gan.step == 2, lambda gan, metrics: seen.append(gan.step)]
    training.train(gan, real_batches, 9, stop)
    assert gan.step == 2 and seen == [1, 2]


def test_a_discriminator_learns_to_tell_real_from_fake():
    recipe = replace(recipes.get("dcgan", **TINY), lr=1e-3)
    gan = training.build(recipe)
    white = torch.ones(4, 3, 32, 32)
    losses = [training.discriminator_step(gan, white)["d_loss"].item() for _ in range(40)]
    assert losses[-1] < 0.2 * losses[0]
