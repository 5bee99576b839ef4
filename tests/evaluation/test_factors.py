import numpy as np
import pytest

from covers_lib import synthetic
from covers_lib.data.pack import prepare
from covers_lib.evaluation import factor_reader, factors
from covers_lib.evaluation.factor_reader import FACTORS, Reader

pytestmark = pytest.mark.slow

TEXTURES = FACTORS["texture"]


def reader_that_errs(share: float, covers: int = 500) -> Reader:
    """A reader of textures that takes `share` of the covers of each for another, evenly."""
    wrong = round(covers / 5 * share / 4)
    table = np.full((5, 5), wrong)
    np.fill_diagonal(table, covers // 5 - 4 * wrong)
    return Reader((), 32, {"texture": table})


def count(counts, reader):
    return factors.count_factor(np.array(counts), "texture", reader)


def test_equal_shares_lack_nothing():
    even = count([100] * 5, reader_that_errs(0))
    assert even.rare == [] and even.kl == pytest.approx(0)
    assert even.n == 500 and even.accuracy == 1
    assert even.shares == even.real == dict.fromkeys(TEXTURES, 0.2)


def test_one_value_alone_diverges_by_the_logarithm():
    one = count([0, 0, 500, 0, 0], reader_that_errs(0))
    assert one.rare == [name for name in TEXTURES if name != TEXTURES[2]]
    assert one.kl == pytest.approx(np.log(5))


def test_a_value_that_is_only_misread_is_rare():
    # One of five is misread as each other: a value that never occurs is read in 5 % all the same.
    reader = reader_that_errs(0.2)
    assert reader.accuracy["texture"] == pytest.approx(0.8)
    assert count([25, 119, 119, 119, 118], reader).rare == [TEXTURES[0]]


def test_few_covers_or_a_poor_reader_name_nothing():
    assert count([2, 10, 10, 10, 10], reader_that_errs(0)).rare == []
    assert count([85, 104, 104, 104, 103], reader_that_errs(0.72)).rare == []


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    out = tmp_path_factory.mktemp("packs") / "drawn"
    return factor_reader.learn(prepare("synthetic", 32, out, n=600, progress=False))


@pytest.fixture(scope="module")
def covers():
    """Covers that the reader has not seen, and their palettes."""
    palettes = [synthetic.factors(index, 1).palette for index in range(400)]
    return np.stack([synthetic.draw(index, 1, 32) for index in range(400)]), np.array(palettes)


def test_covers_that_the_reader_has_not_seen_lack_nothing(learned, covers):
    counted = factors.count_factors(learned, covers[0])
    assert list(counted) == list(FACTORS)
    for name, factor in counted.items():
        assert factor.rare == [], name
        assert factor.kl < 0.35 and factor.n == 400
        assert sum(factor.shares.values()) == pytest.approx(1)


def test_the_factor_that_collapsed_is_told(learned, covers):
    images, palettes = covers
    kept = images[np.isin(palettes, list(synthetic.PALETTES)[:4])]
    counted = factors.count_factors(learned, kept)
    assert max(counted, key=lambda name: counted[name].kl) == "palette"
    floor = factors.count_factors(learned, images)
    assert counted["palette"].kl > 3 * floor["palette"].kl


def test_one_cover_again_and_again_lacks_nearly_everything(learned, covers):
    counted = factors.count_factors(learned, np.repeat(covers[0][:1], 64, 0))
    for name, factor in counted.items():
        assert sorted(factor.shares.values())[-2:] == [0, 1], name
        shown = max(factor.shares, key=factor.shares.get)
        held_out, values = learned.confusion[name].sum(), len(FACTORS[name])
        real = (factor.real[shown] * held_out + 0.5) / (held_out + values / 2)
        assert factor.kl == pytest.approx(-np.log(real))


def test_too_few_covers_or_another_size_are_refused(learned):
    for shape, given in (((31, 32, 32, 3), "31 of 32 px"), ((40, 64, 64, 3), "40 of 64 px")):
        with pytest.raises(ValueError, match=f"^give 32 covers of 32 px or more, not {given}$"):
            factors.count_factors(learned, np.zeros(shape, np.uint8))
