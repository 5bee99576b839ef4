from dataclasses import asdict, replace

import numpy as np
import pytest

from covers_lib.data.pack import prepare
from covers_lib.evaluation import evaluate
from covers_lib.evaluation.evaluate import compare, examine, measure_pack
from covers_lib.evaluation.features import extract
from covers_lib.gan.networks import Generator


@pytest.fixture(scope="module")
def real(pack):
    return measure_pack(pack, n=100)


def test_reference_and_other_are_disjoint_training_covers(pack, real):
    assert len(real.reference.deep) == len(real.other.deep) == 100
    assert len(real.held_out.deep) == len(pack.held_out)
    rows = np.concatenate([real.training, real.held_out.middle])
    assert len(np.unique(rows.round(6), axis=0)) == len(rows)


def test_places_are_those_of_the_features(pack, real):
    again = extract(pack.images[real.places[[0, 150]]]).middle
    np.testing.assert_allclose(again, real.training[[0, 150]], atol=1e-4)


def test_other_real_covers_are_at_the_floor(real):
    found = asdict(compare(real, real.other))
    for name in ("fd", "fd_middle", "kid", "precision", "recall", "density", "coverage", "vendi",
                 "support"):  # fmt: skip
        assert found[name] == found[f"{name}_floor"], name
    assert found["kid_deviation"] == found["kid_floor_deviation"] > 0
    assert found["recall"] > 0.5 and found["coverage"] > 0.5 and found["precision"] > 0.5
    assert found["n_training"] == 200


def test_the_floor_is_of_as_many_covers_as_there_are_fakes(real):
    few, many = compare(real, real.other.take(slice(40))), compare(real, real.other)
    assert few.fd_floor > 1.2 * many.fd_floor, "the distance falls with the number"
    assert few.vendi_floor < many.vendi_floor


def test_floors_are_measured_once(real, monkeypatch):
    real, measured = replace(real, floors={}), []
    once = evaluate.measure
    monkeypatch.setattr(evaluate, "measure", lambda *sets: measured.append(1) or once(*sets))
    for _ in range(3):
        compare(real, real.reference)
    assert len(measured) == 3 + 1


def test_only_inception_gives_what_is_called_fid(real):
    found = compare(real, real.other)
    assert (found.metric, found.extractor) == ("FD-Lite0", "EfficientNet-Lite0")
    found = compare(replace(real, extractor="inception"), real.other)
    assert (found.metric, found.extractor) == ("FID", "Inception-v3")
    assert "299" in found.resizer


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


@pytest.fixture(scope="module")
def generator():
    return Generator(32, 8, 4).eval()


@pytest.fixture(scope="module")
def examined(generator, pack):
    return examine(generator, pack, n=40, seed=3)


def test_an_untrained_generator_is_far_off(examined):
    found = examined.evaluation
    assert found.n_real == found.n_fake == 40
    assert found.kid > 10 * abs(found.kid_floor)


def test_an_examination_keeps_what_the_figures_come_from(examined, pack):
    assert examined.samples.shape == (40, 32, 32, 3) and examined.seed == 3
    assert set(examined.closest.training) <= set(pack.training)
    middle = extract(examined.samples).middle
    for one, place, distance in zip(*examined.closest, strict=True):
        training = extract(pack.images[[place]]).middle[0]
        assert np.linalg.norm(middle[one] - training) == pytest.approx(distance, rel=1e-3)
    pairs = 40 * 39 / 2 / examined.evaluation.support
    assert len(examined.twins) == pytest.approx(pairs) and examined.copy_below > 0


def test_the_same_seed_measures_the_same(generator, pack, examined):
    assert examine(generator, pack, n=40, seed=3).evaluation == examined.evaluation
    assert examine(generator, pack, n=40, seed=4).evaluation != examined.evaluation


def test_an_unknown_extractor_is_refused(pack):
    with pytest.raises(ValueError, match="no extractor vgg: choose one of lite0, inception"):
        examine(Generator(32, 8, 4), pack, n=40, extractor="vgg")


def test_a_small_pack_measures_with_what_it_has(pack):
    assert examine(Generator(32, 8, 4), pack, n=10_000).evaluation.n_real == len(pack.training) // 2


def test_a_pack_that_is_too_small_is_refused(tmp_path):
    small = prepare("synthetic", 32, tmp_path / "pack", n=20, progress=False)
    with pytest.raises(ValueError, match="too small to measure against: it needs 64 training"):
        examine(Generator(32, 8, 4), small)
