"""Losses of GANs, as pure functions of logits or scores."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "bce_discriminator",
    "bce_generator",
    "gradient_penalty",
    "relativistic_discriminator",
    "relativistic_generator",
    "wasserstein_critic",
    "wasserstein_generator",
    "with_slopes",
]

Network = Callable[[Tensor], Tensor]


def bce_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Binary cross-entropy of a discriminator that should say 1 to real and 0 to fake.

    Takes logits (N,), gives a scalar: mean of -log σ(D(x)) plus mean of -log(1 - σ(D(G(z)))),
    computed from logits by softplus so that it stays finite. Goodfellow et al. 2014,
    https://arxiv.org/abs/1406.2661, equation 1.

    Derived in: book/03_dcgan
    """
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def bce_generator(fake_logits: Tensor) -> Tensor:
    """Non-saturating loss of the generator: mean of -log σ(D(G(z))).

    Takes logits (N,), gives a scalar. Goodfellow et al. 2014, section 3.

    Derived in: book/03_dcgan
    """
    return F.softplus(-fake_logits).mean()


def wasserstein_critic(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Negative of the critic's estimate of the Wasserstein distance: mean D(G(z)) - mean D(x).

    Takes scores (N,), gives a scalar. Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875.

    Derived in: book/05_wgan_gp
    """
    return fake_scores.mean() - real_scores.mean()


def wasserstein_generator(fake_scores: Tensor) -> Tensor:
    """Loss of the generator under a critic: minus the mean score of its fakes.

    Takes scores (N,), gives a scalar. Arjovsky et al. 2017.

    Derived in: book/05_wgan_gp
    """
    return -fake_scores.mean()


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Loss of a discriminator that compares: mean of softplus(-(D(x) - D(G(z)))), pair by pair.

    Takes logits (N,) of real and of fake samples, the i-th with the i-th; gives a scalar. It asks
    how much more real a real sample looks than a fake. Jolicoeur-Martineau 2018,
    https://arxiv.org/abs/1807.00734; Huang et al. 2024, https://arxiv.org/abs/2501.05441.

    Derived in: book/07_beyond
    """
    return F.softplus(fake_logits - real_logits).mean()


def relativistic_generator(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """Loss of the generator against such a discriminator: mean of softplus(-(D(G(z)) - D(x))).

    Takes logits (N,) of fakes, and of the real samples that they are compared with; gives a scalar.

    Derived in: book/07_beyond
    """
    return F.softplus(real_logits - fake_logits).mean()


def gradient_penalty(
    critic: Network, real: Tensor, fake: Tensor, epsilon: Tensor | None = None
) -> Tensor:
    """Mean of (‖∇D(x̂)‖ - 1)², with x̂ drawn uniformly on the line from a fake to a real sample.

    `real` and `fake` are (N, …) of one shape; each sample has its own ε in [0, 1), drawn here
    unless `epsilon` (N,) is given; the norm runs over all values of a sample. The result is a
    scalar, to be multiplied by λ; its gradient reaches the critic, never the generator. The critic
    must not mix the samples of a batch (no BatchNorm). Gulrajani et al. 2017,
    https://arxiv.org/abs/1704.00028, equation 3.

    Derived in: book/05_wgan_gp
    """
    if epsilon is None:
        epsilon = torch.rand(len(real), device=real.device, dtype=real.dtype)
    epsilon = epsilon.view(-1, *[1] * (real.ndim - 1))  # (N, 1, 1, 1): one a sample
    between = epsilon * real.detach() + (1 - epsilon) * fake.detach()
    gradient = torch.func.grad(lambda x: critic(x).sum())(between)  # (N, …), of each own score
    norm = gradient.flatten(1).norm(dim=1)  # (N,); `norm` has gradient 0 at 0, a sqrt has NaN
    return ((norm - 1) ** 2).mean()


def with_slopes(critic: Network, samples: Tensor) -> tuple[Tensor, Tensor]:
    """Judge samples (N, …), and tell how steep the critic is at each.

    Gives logits and ‖∇D(x)‖², (N,) each, of one pass. γ/2 times the mean of ‖∇D‖² over real samples
    is the penalty R1, over fakes R2: they hold the critic flat where the samples are. Gradients of
    the result reach the critic, never the generator. The critic must not mix the samples of a batch
    (no BatchNorm). Mescheder et al. 2018, https://arxiv.org/abs/1801.04406, section 4.1.

    Derived in: book/07_beyond
    """

    def total(x: Tensor) -> tuple[Tensor, Tensor]:
        logits = critic(x)
        return logits.sum(), logits

    gradient, logits = torch.func.grad(total, has_aux=True)(samples.detach())  # (N, …), (N,)
    return logits, gradient.flatten(1).square().sum(1)


# What a recipe's `loss` names: the discriminator's or critic's loss, and the generator's. The
# relativistic one of the generator takes the logits of real samples, too.
LOSSES: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "bce": (bce_discriminator, bce_generator),
    "wasserstein": (wasserstein_critic, wasserstein_generator),
    "relativistic": (relativistic_discriminator, relativistic_generator),
}
