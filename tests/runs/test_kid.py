import pytest
import torch

from covers_lib.data.pack import Pack
from covers_lib.evaluation.lite0 import load_lite0, quick_lite0
from covers_lib.gan.networks import Generator
from covers_lib.runs import monitor


def test_it_is_the_same_each_time_and_touches_nothing_random(pack, monkeypatch):
    monkeypatch.setattr(monitor, "KID_COVERS", 40)
    for load in (load_lite0, quick_lite0):
        load.cache_clear()  # so that its weights are drawn and loaded within
    generator, before = Generator(32, latent=8, width=4), torch.get_rng_state()
    generator.train()
    running = generator.first[2].running_mean.clone()
    values = {monitor.kid_of(pack, latent=8)(generator) for _ in range(2)}
    assert len(values) == 1 and values.pop() > 0.1
    assert torch.equal(torch.get_rng_state(), before)
    assert generator.training and torch.equal(generator.first[2].running_mean, running)


def test_a_pack_that_is_too_small_is_refused(pack):
    small = Pack(pack.path)
    monitor.check_evaluations(small, 100)
    small.training = small.training[:31]
    monitor.check_evaluations(small, 0)
    with pytest.raises(ValueError, match="has 31 training covers, and KID needs 32"):
        monitor.check_evaluations(small, 100)
