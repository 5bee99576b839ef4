"""The earth mover's distance of two sets of points: exactly, and as a critic alone estimates it."""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.optim import Adam

from covers_lib.errors import InputError
from covers_lib.gan.losses import Network, gradient_penalty, wasserstein_critic, with_slopes
from covers_lib.toys.points import point_network

WIDTH, RATE = 64, 1e-2
WEAK, RISING = 0.1, 0.6  # the penalty's first weight, and the part of the steps in which it rises


def exact_distance(real: Tensor, fake: Tensor) -> float:
    """Wasserstein-1 distance of two sets of as many points, (N, d): the mean length of a move.

    Each real point gives its grain to one fake, so that all moves together are as short as they
    can be: an assignment, found in O(N³), below a second for 1,000 points.

    Raises `InputError` for sets of different sizes.

    Derived in: book/05_wgan_gp
    """
    if real.shape != fake.shape:
        raise InputError(f"give as many fakes as real points, not {len(fake)} for {len(real)}")
    lengths = torch.cdist(real, fake).numpy()  # (N, N)
    return float(lengths[linear_sum_assignment(lengths)].mean())


def train_critic(
    real: Tensor,
    fake: Tensor,
    penalty: float = 50.0,
    clip: float = 0.0,
    steps: int = 600,
    seed: int = 0,
) -> nn.Module:
    """Train a critic on two fixed sets of as many points, (N, d) float32: a map to scores (N,).

    The gradient penalty keeps it nearly 1-Lipschitz (Gulrajani et al. 2017); or, with `clip` above
    0, each weight is cut to [-clip, clip] after each step in its place (Arjovsky et al. 2017).

    The penalty begins weak and rises to the weight `penalty`, and the learning rate falls to 0. At
    full weight from the start, slopes of -1 and 1 are both cheap and all between them dear, so that
    a critic of one dimension keeps the signs that it was born with. At the end a critic between two
    heaps W apart is 1 + W / (2 `penalty`) steep: that is how far its estimate is too high.

    Raises `InputError` for sets of different shapes.

    Derived in: book/05_wgan_gp
    """
    if real.shape != fake.shape:
        raise InputError(f"real and fake points must have one shape: {real.shape}, {fake.shape}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        critic = nn.Sequential(*point_network(real.shape[1], 1, WIDTH), nn.Flatten(0))
    rng = torch.Generator().manual_seed(seed)
    optimizer = Adam(critic.parameters(), RATE, (0.0, 0.9), fused=True)
    pace = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for step in range(steps):
        loss = wasserstein_critic(critic(real), critic(fake))
        if not clip:
            weight = WEAK * (penalty / WEAK) ** min(1, step / (RISING * steps))
            partners = fake[torch.randperm(len(fake), generator=rng)]  # (N, d)
            epsilon = torch.rand(len(real), generator=rng)  # (N,)
            loss = loss + weight * gradient_penalty(critic, real, partners, epsilon)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        pace.step()
        if clip:
            with torch.no_grad():
                for values in critic.parameters():
                    values.clamp_(-clip, clip)
    return critic.requires_grad_(False)


def estimate(critic: Network, real: Tensor, fake: Tensor) -> float:
    """Return mean D(x) - mean D(G(z)): the Wasserstein distance, if the critic is the best.

    A critic whose slope is nowhere above L gives at most L times the distance: so the estimate
    over its steepest slope is a lower bound (Kantorovich and Rubinstein's duality; Villani 2009,
    theorem 5.10).

    Derived in: book/05_wgan_gp
    """
    with torch.no_grad():
        return -wasserstein_critic(critic(real), critic(fake)).item()


def slopes(critic: Network, samples: Tensor) -> Tensor:
    """Return how steep a critic is at samples (N, …): ‖∇D(x)‖, (N,), of points or of covers.

    Derived in: book/05_wgan_gp
    """
    return with_slopes(critic, samples)[1].sqrt().detach()


def surface(critic: Network, reach: float, n: int = 81) -> tuple[np.ndarray, np.ndarray]:
    """Return a critic's scores on the square from -`reach` to `reach`, for a plot of contours.

    Gives the places (n,) along either axis, and the scores (n, n), a row for each height.

    Derived in: book/05_wgan_gp
    """
    places = torch.linspace(-reach, reach, n)
    heights, widths = torch.meshgrid(places, places, indexing="ij")
    with torch.no_grad():
        scores = critic(torch.stack([widths, heights], -1).view(-1, 2))
    return places.numpy(), scores.view(n, n).numpy()


def spiral(n: int, seed: int = 0) -> Tensor:
    """Draw points of a spiral (Swiss roll), (n, 2) float32, within about 2 of 0.

    Derived in: book/05_wgan_gp
    """
    rng = np.random.default_rng(seed)
    angle = 1.5 * np.pi * (1 + 2 * rng.random(n))  # from 1½π to 4½π
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * angle[:, None] / 7
    return torch.from_numpy(points + rng.normal(0, 0.03, points.shape)).float()
