import torch

from covers_lib import latents, recipes
from covers_lib.hooks import Snapshots, stop_signal
from covers_lib.training import build, train


def test_snapshots_keep_the_averaged_generators_covers_at_some_steps():
    gan = build(recipes.get("dcgan", size=32, width=4, latent=8, batch=4))
    snapshots = Snapshots(latents.sample(3, 8, seed=0), [1, 3])
    train(gan, lambda k: torch.zeros(4, 3, 32, 32), 4, [snapshots])
    assert list(snapshots) == [1, 3]
    assert snapshots[1].shape == (3, 3, 32, 32)
    assert not torch.equal(snapshots[1], snapshots[3])


def test_no_signal_no_stop():
    with stop_signal() as stopped:
        assert not stopped.is_set()
