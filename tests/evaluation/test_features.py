import numpy as np
import pytest
import torch

from covers_lib import synthetic
from covers_lib.data.pack import Pack
from covers_lib.evaluation import features as module
from covers_lib.evaluation.features import EXTRACTORS, Extractor, Features, extract, of_pack


@pytest.fixture(scope="module")
def covers():
    return np.stack([synthetic.draw(index, size=64) for index in range(6)])


@pytest.fixture
def looked(monkeypatch, tmp_path):
    """Count the pictures that networks look at; keep features in a folder of their own."""
    counts = []

    def counting(on):
        def counted(device):
            look = on(device)
            return lambda images: counts.append(len(images)) or look(images)

        return counted

    lite0 = EXTRACTORS["lite0"]
    plain = Extractor(lite0.title, lite0.distance, lite0.resizer, counting(lite0.on))
    halves = Extractor("halves", "FD", "not at all", counting(lambda _: half_means))
    other = Extractor("halves", "FD", "in another way", counting(lambda _: half_means))
    monkeypatch.setattr(module, "EXTRACTORS", {"lite0": plain, "halves": halves, "other": other})
    monkeypatch.setenv("COVERS_HOME", str(tmp_path))
    return counts


def half_means(images):
    x = images.float() / 3  # thirds have no end in binary: rounding shows
    return x[:, :, :16].mean(3).flatten(1), x[:, :, 16:].mean(3).flatten(1)


def kept(folder):
    return sorted(folder.glob("features/*/*"))


def assert_equal(one, other):
    assert one.deep.dtype == other.deep.dtype == one.middle.dtype == other.middle.dtype == float
    np.testing.assert_array_equal(one.deep, other.deep)
    np.testing.assert_array_equal(one.middle, other.middle)


def test_shapes_and_dtype(covers):
    features = extract(covers, batch=4)
    assert features.deep.shape == (6, 1280) and features.middle.shape == (6, 112)
    assert features.deep.dtype == features.middle.dtype == np.float64


@pytest.mark.parametrize("batch", [1, 4])
def test_a_picture_has_its_features_in_any_batch(covers, batch):
    together, apart = extract(covers), extract(covers, batch=batch)
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(one).max())


def test_the_weights_are_those_of_a_trained_network(covers):
    # ImageNet features tell a cover with noise on it from another cover; random weights don't.
    noisy = (covers + np.random.default_rng(0).normal(0, 5, covers.shape)).clip(0, 255)
    clean, same = extract(covers).deep, extract(noisy.astype(np.uint8)).deep
    distances = np.linalg.norm(clean[:, None] - same[None], axis=2)
    assert (distances.argmin(1) == np.arange(6)).all()


def test_a_checkerboard_of_single_pixels_looks_grey():
    board = np.indices((512, 512)).sum(0)[..., None].repeat(3, 2) % 2 * 255
    pictures = np.stack([board, np.full_like(board, 128), np.full_like(board, 255)])
    board, grey, white = extract(pictures.astype(np.uint8)).deep
    assert np.linalg.norm(board - grey) < 0.1 * np.linalg.norm(white - grey)


def test_rows_can_be_chosen():
    features = Features(np.zeros((5, 1280)), np.arange(5.0)[:, None])
    assert features.take(slice(1, 3)).middle.ravel().tolist() == [1, 2]


def test_extractors_say_what_they_measure():
    assert list(EXTRACTORS) == ["lite0", "inception"]
    assert [one.distance for one in EXTRACTORS.values()] == ["FD-Lite0", "FID"]
    assert EXTRACTORS["lite0"].title == "EfficientNet-Lite0"
    assert all("antialiased" in one.resizer and "px" in one.resizer for one in EXTRACTORS.values())


def test_what_cannot_be_extracted_is_told(covers, pack):
    for call in (lambda: extract(covers, "vgg"), lambda: of_pack(pack, [0], "vgg")):
        with pytest.raises(ValueError, match="no extractor vgg: choose one of lite0, inception"):
            call()
    for wrong in (covers / 255, covers[0], covers.transpose(0, 3, 1, 2)):
        with pytest.raises(ValueError, match=r"pictures \(N, H, W, 3\) in uint8, not \("):
            extract(wrong)
    for nothing in (lambda: extract(covers[:0]), lambda: of_pack(pack, [])):
        with pytest.raises(ValueError, match="no pictures"):
            nothing()


def test_features_of_a_pack_are_computed_once(pack, looked, tmp_path):
    places = np.array([7, 2, 30, 2])
    first = of_pack(pack, places)
    assert sum(looked) == 4
    again = of_pack(Pack(pack.path), places.astype(np.int32))
    assert sum(looked) == 4
    assert_equal(first, again)
    assert_equal(first, extract(pack.images[places]))
    assert [path.name for path in kept(tmp_path)] == ["features.npz"]


def test_numbers_that_come_back_from_the_disk_are_the_same(pack, looked):
    first = of_pack(pack, np.arange(20), "halves")
    again = of_pack(pack, np.arange(20), "halves")
    assert sum(looked) == 20
    assert_equal(first, again)


def test_each_pack_extractor_resizer_and_choice_has_its_own(pack, looked, tmp_path):
    other = Pack(pack.path)
    other.digest = "another"
    calls = [
        (pack, [0, 1], "halves"),
        (pack, [1, 0], "halves"),
        (pack, [0, 2], "halves"),
        (pack, [0, 1], "lite0"),
        (pack, [0, 1], "other"),
        (other, [0, 1], "halves"),
    ]
    for count, call in enumerate(calls, 1):
        of_pack(*call)
        assert sum(looked) == 2 * count
    assert len(kept(tmp_path)) == len(calls)
    for call in calls:
        of_pack(*call)
    assert sum(looked) == 2 * len(calls)


def truncate(file):
    file.write_bytes(file.read_bytes()[:-100])


def flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def make_other(file):
    np.savez(file, deep=np.zeros((2, 2)))


def make_pickle(file):
    np.savez(file, deep=np.array([print], object), middle=np.zeros(2))


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        flip_a_bit,
        make_other,
        make_pickle,
        lambda file: file.write_bytes(b""),
        lambda file: file.unlink(),
        lambda file: file.unlink() or file.mkdir(),
    ],
)
def test_a_damaged_file_is_made_anew(pack, looked, tmp_path, damage):
    first = of_pack(pack, np.arange(4), "halves")
    damage(*kept(tmp_path))
    assert_equal(first, of_pack(pack, np.arange(4), "halves"))
    assert sum(looked) == 8
    assert_equal(first, of_pack(pack, np.arange(4), "halves"))
    assert sum(looked) == 8


def test_an_interrupted_write_leaves_nothing(pack, looked, tmp_path, monkeypatch):
    def interrupted(path, **arrays):
        path.write_bytes(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", interrupted)
        with pytest.raises(KeyboardInterrupt):
            of_pack(pack, [0], "halves")
    assert list((tmp_path / "features").iterdir()) == []
    of_pack(pack, [0], "halves")
    assert len(kept(tmp_path)) == 1


def test_a_home_that_cannot_be_written_is_no_error(pack, looked, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COVERS_HOME", str(tmp_path / "file"))
    assert_equal(of_pack(pack, [3], "halves"), extract(pack.images[3:4], "halves"))


def test_nothing_random_is_touched(covers):
    before = torch.get_rng_state()
    extract(covers[:1])
    assert torch.equal(torch.get_rng_state(), before)
