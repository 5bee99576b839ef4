import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from covers_lib.gan.losses import (
    bce_discriminator,
    bce_generator,
    gradient_penalty,
    relativistic_discriminator,
    relativistic_generator,
    wasserstein_critic,
    wasserstein_generator,
    with_slopes,
)
from covers_lib.gan.networks import Discriminator

pairs = st.lists(st.tuples(*[st.floats(-50, 50, width=32)] * 2), min_size=1, max_size=8).map(
    lambda rows: torch.tensor(rows).unbind(1)
)
logits = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=8).map(torch.tensor)


@given(logits, logits)
@settings(deadline=None)
def test_bce_equals_cross_entropy_of_the_sigmoid(real, fake):
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    expected = entropy(real, torch.ones_like(real)) + entropy(fake, torch.zeros_like(fake))
    torch.testing.assert_close(bce_discriminator(real, fake), expected)
    torch.testing.assert_close(bce_generator(fake), entropy(fake, torch.ones_like(fake)))


def test_bce_of_a_discriminator_that_guesses():
    zeros = torch.zeros(4)
    assert bce_discriminator(zeros, zeros).item() == pytest.approx(2 * math.log(2))


def test_bce_stays_finite():
    far = torch.tensor([1e4])
    assert torch.isfinite(bce_discriminator(-far, far))
    assert bce_generator(-far).item() == pytest.approx(1e4)


def test_generator_does_not_saturate():
    logit = torch.tensor([-20.0], requires_grad=True)  # an obvious fake
    bce_generator(logit).backward()
    assert logit.grad.item() == pytest.approx(-1)


@given(logits, logits)
@settings(deadline=None)
def test_wasserstein_is_a_difference_of_means(real, fake):
    torch.testing.assert_close(wasserstein_critic(real, fake), fake.mean() - real.mean())
    torch.testing.assert_close(wasserstein_generator(fake), -fake.mean())


@given(pairs)
@settings(deadline=None)
def test_a_relativistic_game_compares_pairs(pair):
    real, fake = pair
    told = [math.log1p(math.exp(-abs(gap))) + max(-gap, 0) for gap in (real - fake).tolist()]
    expected = pytest.approx(sum(told) / len(told), rel=1e-4, abs=1e-6)
    assert relativistic_discriminator(real, fake).item() == expected
    # The generator wants what the discriminator does not, and only differences count.
    torch.testing.assert_close(
        relativistic_generator(fake, real), relativistic_discriminator(fake, real)
    )
    torch.testing.assert_close(
        relativistic_generator(fake - 3, real - 3), relativistic_generator(fake, real)
    )


def test_a_relativistic_game_of_a_discriminator_that_guesses():
    zeros = torch.zeros(4)
    for loss in (relativistic_discriminator, relativistic_generator):
        assert loss(zeros, zeros).item() == pytest.approx(math.log(2))


def test_a_relativistic_game_stays_finite_and_goes_on():
    real, fake = torch.tensor([1e4]), torch.tensor([-1e4], requires_grad=True)  # an obvious fake
    assert relativistic_discriminator(real, fake) == 0
    loss = relativistic_generator(fake, real)
    loss.backward()
    assert loss.item() == 2e4 and fake.grad.item() == -1


def test_relativistic_losses_equal_finite_differences():
    pair = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
    for loss in (relativistic_discriminator, relativistic_generator):
        assert torch.autograd.gradcheck(lambda pair, loss=loss: loss(*pair), pair)


shapes = given(
    n=st.integers(1, 5),
    side=st.integers(1, 6),
    scale=st.floats(0.01, 30),
    seed=st.integers(0, 2**31),
)


@shapes
@settings(max_examples=40, deadline=None)
def test_slopes_of_a_linear_critic(n, side, scale, seed):
    rng = torch.Generator().manual_seed(seed)
    weight = scale * torch.randn(3 * side * side, generator=rng, dtype=torch.float64)
    samples = torch.randn(n, 3, side, side, generator=rng, dtype=torch.float64)
    logits, slopes = with_slopes(lambda x: x.flatten(1) @ weight, samples)
    torch.testing.assert_close(logits, samples.flatten(1) @ weight)
    torch.testing.assert_close(slopes, weight.norm().square().expand(n))


def test_each_sample_has_its_own_slope():
    samples = torch.randn(5, 3, 4, 4, dtype=torch.float64)
    logits, slopes = with_slopes(lambda x: (x**2).flatten(1).sum(1), samples)
    torch.testing.assert_close(logits, samples.square().sum((1, 2, 3)))
    torch.testing.assert_close(slopes, 4 * samples.square().sum((1, 2, 3)))


def test_slopes_equal_those_of_autograd_and_so_do_their_gradients():
    critic, samples = Discriminator(32, 4, norm="instance"), torch.randn(4, 3, 32, 32)
    leaf = samples.clone().requires_grad_()
    expected = critic(leaf)
    (slope,) = torch.autograd.grad(expected.sum(), leaf, create_graph=True)
    logits, slopes = with_slopes(critic, samples)
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(slopes, slope.square().sum((1, 2, 3)))
    weights = list(critic.parameters())
    torch.testing.assert_close(
        torch.autograd.grad(logits.mean() + slopes.mean(), weights),
        torch.autograd.grad(expected.mean() + slope.square().sum() / 4, weights),
    )


def test_gradients_of_logits_and_slopes_equal_finite_differences():
    rng = torch.Generator().manual_seed(0)
    weight = torch.randn(12, 5, generator=rng, dtype=torch.float64, requires_grad=True)
    samples = torch.randn(3, 12, generator=rng, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda w: with_slopes(lambda x: torch.tanh(x @ w).sum(1), samples), weight
    )


def test_slopes_train_the_critic_and_not_the_generator():
    critic, fake = Discriminator(32, 4, norm="none"), torch.randn(4, 3, 32, 32, requires_grad=True)
    logits, slopes = with_slopes(critic, fake)
    (logits.sum() + slopes.sum()).backward()
    assert fake.grad is None
    assert all(p.grad.abs().sum() > 0 for p in critic.parameters())


@shapes
@settings(max_examples=40, deadline=None)
def test_penalty_of_a_linear_critic(n, side, scale, seed):
    rng = torch.Generator().manual_seed(seed)
    weight = scale * torch.randn(3 * side * side, generator=rng, dtype=torch.float64)
    real, fake = torch.randn(2, n, 3, side, side, generator=rng, dtype=torch.float64)
    penalty = gradient_penalty(lambda x: x.flatten(1) @ weight, real, fake)
    torch.testing.assert_close(penalty, (weight.norm() - 1) ** 2)


@pytest.fixture
def points_between(monkeypatch):
    """Tell at which points a penalty looks, between 500 black and 500 white pictures."""
    grad, seen = torch.func.grad, []
    monkeypatch.setattr(torch.func, "grad", lambda f: lambda x: seen.append(x) or grad(f)(x))

    def look(epsilon=None):
        white, black = torch.ones(500, 3, 2, 2), torch.zeros(500, 3, 2, 2)
        gradient_penalty(lambda x: x.flatten(1).sum(1), white, black, epsilon)
        return seen[-1]

    return look


def test_penalty_draws_one_epsilon_a_sample_between_fake_and_real(points_between):
    epsilon = points_between()
    assert (epsilon == epsilon[:, :1, :1, :1]).all(), "one epsilon for all values of a sample"
    values = epsilon[:, 0, 0, 0]
    assert values.unique().numel() > 400, "an own epsilon for each sample"
    assert values.min() >= 0 and values.max() < 1
    assert kstest(values, "uniform").pvalue > 1e-6


def test_penalty_takes_an_epsilon_that_is_given(points_between):
    epsilon = torch.rand(500)
    assert torch.equal(points_between(epsilon)[:, 1, 1, 1], epsilon)


def test_penalty_equals_that_of_autograd():
    critic = Discriminator(32, 4, norm="instance")
    real, fake = torch.randn(2, 4, 3, 32, 32)
    epsilon = torch.rand(4)
    between = torch.lerp(fake, real, epsilon[:, None, None, None]).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    expected = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    penalty = gradient_penalty(critic, real, fake, epsilon)
    torch.testing.assert_close(penalty, expected)
    weights = [
        p for p in critic.parameters() if p is not critic.score[1].bias
    ]  # it adds a constant
    torch.testing.assert_close(
        torch.autograd.grad(penalty, weights, allow_unused=True),
        torch.autograd.grad(expected, weights, allow_unused=True),
    )


def test_penalty_trains_the_critic_and_not_the_generator():
    critic = Discriminator(32, 4, norm="none")
    fake = torch.randn(4, 3, 32, 32, requires_grad=True)
    gradient_penalty(critic, torch.randn(4, 3, 32, 32), fake).backward()
    assert fake.grad is None
    assert critic.features[0].weight.grad.abs().sum() > 0


def test_penalty_is_finite_where_the_gradient_is_zero():
    scale = torch.zeros(1, requires_grad=True)
    penalty = gradient_penalty(
        lambda x: (x * scale).flatten(1).sum(1), torch.randn(2, 3), torch.randn(2, 3)
    )
    penalty.backward()
    assert penalty.item() == 1
    assert torch.isfinite(scale.grad).all()


def test_penalty_equals_finite_differences():
    rng = torch.Generator().manual_seed(0)
    weight = torch.randn(12, 5, generator=rng, dtype=torch.float64, requires_grad=True)
    real, fake = torch.randn(2, 3, 12, generator=rng, dtype=torch.float64)

    epsilon = torch.rand(3, generator=rng, dtype=torch.float64)

    def penalty(w):
        return gradient_penalty(lambda x: torch.tanh(x @ w).sum(1), real, fake, epsilon)

    assert torch.autograd.gradcheck(penalty, weight)
