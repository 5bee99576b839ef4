import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covers_lib import records, synthetic
from covers_lib.data import statistics
from covers_lib.data.pack import prepare


def flat(red, green, blue, size=16):
    return np.full((1, size, size, 3), (red, green, blue), np.uint8)


def halves(left, right, size=16):
    image = flat(*right, size=size)
    image[:, :, : size // 2] = left
    return image


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_flat_cover_has_its_lightness_and_nothing_else(colour):
    cover = flat(*colour)
    luma = np.dot(colour, (0.299, 0.587, 0.114)) / 255
    assert statistics.brightness(cover)[0] == pytest.approx(luma, abs=1e-5)
    assert statistics.contrast(cover)[0] == pytest.approx(0, abs=1e-5)
    assert statistics.detail(cover).max() < 1e-5
    assert statistics.symmetry(cover)[0] == 1


def test_contrast_is_greatest_for_black_beside_white():
    assert statistics.contrast(halves((0, 0, 0), (255, 255, 255)))[0] == pytest.approx(0.5)


def test_greys_are_colourless_and_pure_colours_are_not():
    assert statistics.colourfulness(halves((9, 9, 9), (200, 200, 200)))[0] == pytest.approx(0)
    # Flat red: opponents 1 and 1/2, no spread.
    red = statistics.colourfulness(flat(255, 0, 0))[0]
    assert red == pytest.approx(0.3 * np.hypot(1, 0.5), rel=1e-5)
    # Half red, half green: the first opponent is ±1, the second 1/2 in both.
    both = statistics.colourfulness(halves((255, 0, 0), (0, 255, 0)))[0]
    assert both == pytest.approx(1 + 0.3 * 0.5, rel=1e-5)


def test_detail_is_where_the_edge_is():
    where = statistics.detail(halves((0, 0, 0), (255, 255, 255)))[0]
    assert where.shape == (16, 16)
    np.testing.assert_allclose(where[:, 7:9], 0.5, rtol=1e-5)  # central differences
    assert where[:, :6].max() == where[:, 10:].max() == 0


def test_symmetry_of_a_mirrored_and_of_an_opposite_half():
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), np.uint8)
    image[:, :, 8:] = image[:, :, 7::-1]
    assert statistics.symmetry(image)[0] == pytest.approx(1, abs=1e-5)
    assert statistics.symmetry(halves((0, 0, 0), (255, 255, 255)))[0] == pytest.approx(-1)


def test_components_are_orthonormal_and_give_the_covers_back():
    images = np.stack([synthetic.draw(index, size=16) for index in range(30)])
    components, share = statistics.principal_components(images)
    assert components.shape == (30, 16 * 16 * 3) and share.sum() == pytest.approx(1)
    np.testing.assert_allclose(components @ components.T, np.eye(30), atol=1e-4)
    assert (np.diff(share) <= 1e-7).all()
    centred = images.reshape(30, -1) / 255 - images.reshape(30, -1).mean(0) / 255
    variance = (centred @ components[0]) ** 2
    assert variance.sum() / (centred**2).sum() == pytest.approx(share[0], rel=1e-4)
    np.testing.assert_allclose(centred @ components.T @ components, centred, atol=1e-4)


def test_shrinking_averages():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    assert statistics.shrink(image, 2)[0, :, :, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]


@pytest.mark.slow
def test_the_record_of_real_covers_says_what_their_pack_gives(covers_dir, tmp_path):
    stored = records.read("statistics/real-64")
    assert any("covers prepare" in command for command in stored["commands"])
    pack = prepare(str(covers_dir), stored["size"], tmp_path / "pack", progress=False)
    if pack.digest != stored["pack"]:
        pytest.skip("these are other covers than the record's")
    measured = statistics.of_pack(pack, stored["covers"])
    assert measured.keys() <= stored.keys()
    for name, values in measured["quantiles"].items():
        assert values == pytest.approx(stored["quantiles"][name], abs=2e-4), name
    np.testing.assert_allclose(measured["detail_map"], stored["detail_map"], atol=2e-4)
    assert measured["variance_held"] == pytest.approx(stored["variance_held"], abs=2e-4)
