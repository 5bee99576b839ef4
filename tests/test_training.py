from dataclasses import replace

import pytest
import torch

from covers_lib import recipes, training
from covers_lib.losses import bce_discriminator

TINY = {"size": 32, "width": 4, "latent": 8, "batch": 4}


def real_batches(k):
    return torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(k)) * 2 - 1


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("name", recipes.RECIPES)
@pytest.mark.parametrize("size", [32, 64, 128])
def test_one_step_of_every_recipe_and_size(name, size):
    gan = training.build(recipes.get(name, **TINY | {"size": size}))
    before = weights(gan.generator), weights(gan.discriminator)
    seen = []
    covers = torch.rand(4, 3, size, size) * 2 - 1
    training.train(gan, lambda k: covers, 1, [lambda gan, metrics: seen.append(metrics)])
    assert gan.step == 1
    assert all(torch.isfinite(value) for value in seen[0].values())
    assert {"d_loss", "g_loss", "real", "fake"} <= set(seen[0])
    assert ("penalty" in seen[0]) == (name == "wgan-gp")
    assert not torch.equal(weights(gan.generator), before[0])
    assert not torch.equal(weights(gan.discriminator), before[1])


def test_the_critic_takes_its_steps_on_fresh_batches():
    gan = training.build(recipes.get("wgan-gp", **TINY))
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
    training.generator_step(gan)
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


def test_seeds_reproduce_and_differ():
    def trained(seed):
        gan = training.build(recipes.get("dcgan", **TINY, seed=seed))
        training.train(gan, real_batches, 3)
        return weights(gan.generator)

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_building_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    training.build(recipes.get("dcgan", **TINY))
    assert torch.rand(1) == expected


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
