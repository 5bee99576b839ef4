import numpy as np
import pytest

from covers_lib.evaluation import compare, evaluate, measure_pack
from covers_lib.features import extract
from covers_lib.networks import Generator
from covers_lib.pack import prepare


@pytest.fixture(scope="module")
def real(pack):
    return measure_pack(pack, n=100)


def test_reference_and_other_are_disjoint_training_covers(pack, real):
    assert len(real.reference.deep) == len(real.other.deep) == 100
    assert len(real.held_out.deep) == len(pack.held_out)
    rows = np.concatenate([real.training, real.held_out.middle])
    assert len(np.unique(rows.round(6), axis=0)) == len(rows)


def test_other_real_covers_are_at_the_floor(real):
    found = compare(real, real.other)
    assert found.fd == found.fd_floor and found.kid == found.kid_floor
    assert found.recall > 0.5 and found.coverage > 0.5 and found.precision > 0.5


def test_repeated_covers_lose_recall_and_coverage_and_support(pack, real):
    rng = np.random.default_rng(0)
    few = pack.images[pack.training[:4]][rng.integers(4, size=100)].astype(float)
    noisy = (few + rng.normal(0, 1, few.shape)).clip(0, 255).astype(np.uint8)
    found, healthy = compare(real, extract(noisy)), compare(real, real.other)
    assert found.recall < 0.5 * healthy.recall
    assert found.coverage < 0.5 * healthy.coverage
    assert found.support == pytest.approx(4, rel=0.5)
    assert found.fd > 1.5 * found.fd_floor


def test_copies_of_training_covers_are_memorised(real):
    assert compare(real, real.reference).memorised == 1
    assert compare(real, real.held_out).memorised <= 0.1


def test_an_untrained_generator_is_far_off(pack):
    found = evaluate(Generator(32, 8, 4), pack, n=40)
    assert found.n_real == found.n_fake == 40
    assert found.kid > 10 * abs(found.kid_floor)


def test_a_small_pack_measures_with_what_it_has(pack):
    assert evaluate(Generator(32, 8, 4), pack, n=10_000).n_real == len(pack.training) // 2


def test_a_pack_that_is_too_small_is_refused(tmp_path):
    small = prepare("synthetic", 32, tmp_path / "pack", n=20, progress=False)
    with pytest.raises(ValueError, match="too small to measure against: it needs 64 training"):
        evaluate(Generator(32, 8, 4), small)
