import numpy as np
import pytest
import torch

from covers_lib.data.pack import prepare
from covers_lib.evaluation import factor_reader
from covers_lib.evaluation.factor_reader import FACTORS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    out = tmp_path_factory.mktemp("packs") / "drawn"
    return prepare("synthetic", 32, out, n=600, progress=False)


@pytest.fixture(scope="module")
def reader(drawn):
    return factor_reader.learn(drawn)


def test_factors_are_read_far_better_than_by_guessing(reader):
    # Of 540 covers little is learned but colours; chance is 1 of 16.
    assert reader.size == 32
    assert reader.accuracy["palette"] > 0.6
    assert reader.accuracy["layout"] > 0.25


def test_the_accuracy_is_what_a_recount_gives(reader, drawn):
    found = factor_reader.read(reader.networks, drawn.images[drawn.held_out])
    known = factor_reader.labels(drawn)
    for name, values in FACTORS.items():
        right = known[name][drawn.held_out]
        assert reader.accuracy[name] == pytest.approx((found[name] == right).mean())
        table = reader.confusion[name]
        assert table.sum(1).tolist() == np.bincount(right, minlength=len(values)).tolist()
        assert table.sum(0).tolist() == np.bincount(found[name], minlength=len(values)).tolist()


def test_each_cover_is_read_alone(reader, drawn):
    together = factor_reader.read(reader.networks, drawn.images[:300])
    alone = factor_reader.read(reader.networks, drawn.images[290:300])
    assert all((together[name][290:] == alone[name]).mean() > 0.9 for name in FACTORS)


def test_a_reader_is_the_same_for_a_seed_and_leaves_torch_s_state_alone(tmp_path):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=330, progress=False)
    before = torch.get_rng_state()
    tables = [factor_reader.learn(pack, seed).confusion for seed in (4, 4, 5)]
    assert torch.equal(torch.get_rng_state(), before)
    same, other = ([(tables[0][f] == t[f]).all() for f in FACTORS] for t in tables[1:])
    assert all(same) and not all(other)


def test_other_sizes_are_read_too():
    covers = np.zeros((3, 64, 64, 3), np.uint8)
    networks = tuple(make().eval() for make in factor_reader.NETWORKS)
    found = factor_reader.read(networks, covers)
    assert {name: len(of) for name, of in found.items()} == dict.fromkeys(FACTORS, 3)


def test_a_pack_without_factors_is_refused(tmp_path, picture):
    for index in range(3):
        picture(f"{index}.png")
    pack = prepare(str(tmp_path), 32, tmp_path / "pack", progress=False)
    with pytest.raises(ValueError, match="does not tell the factors of its covers as they are"):
        factor_reader.learn(pack)


def test_a_small_pack_is_refused(tmp_path):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=100, progress=False)
    with pytest.raises(ValueError, match="too small to learn factors from: it needs 64 training"):
        factor_reader.learn(pack)
