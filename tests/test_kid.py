import pytest
import torch

from covers_lib import kid
from covers_lib.lite0 import load_lite0, quick_lite0
from covers_lib.networks import Generator
from covers_lib.pack import Pack


def test_it_is_the_same_each_time_and_touches_nothing_random(pack, monkeypatch):
    monkeypatch.setattr(kid, "COVERS", 40)
    for load in (load_lite0, quick_lite0):
        load.cache_clear()  # so that its weights are drawn and loaded within
    generator, before = Generator(32, latent=8, width=4), torch.get_rng_state()
    generator.train()
    running = generator.first[2].running_mean.clone()
    values = {kid.judge(pack, latent=8)(generator) for _ in range(2)}
    assert len(values) == 1 and values.pop() > 0.1
    assert torch.equal(torch.get_rng_state(), before)
    assert generator.training and torch.equal(generator.first[2].running_mean, running)


def test_a_pack_that_is_too_small_is_refused(pack):
    small = Pack(pack.path)
    kid.check(small, 100)
    small.training = small.training[:31]
    kid.check(small, 0)
    with pytest.raises(ValueError, match="has 31 training covers, and KID needs 32"):
        kid.check(small, 100)
