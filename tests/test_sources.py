from pathlib import Path

import pytest
from PIL import Image

from covers_lib import sources


def test_synthetic_covers_are_named_and_know_their_factors():
    items = sources.open_source("synthetic", n=3, seed=4)
    assert [item.name for item in items] == [f"synthetic-4-{i:06d}" for i in range(3)]
    assert items[0].open(32).size == (32, 32)
    assert set(items[0].factors()) == {"layout", "palette", "lettering", "texture"}


def test_a_folder_is_searched_through_and_every_file_listed(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.jpg", "a.PNG", "deep/er/ü 1.webp", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    items = sources.open_source(str(tmp_path))
    assert [item.name for item in items] == ["a.PNG", "b.jpg", "deep/er/ü 1.webp", "notes.txt"]


def test_some_of_a_folder_chosen_by_seed(tmp_path):
    for index in range(30):
        (tmp_path / f"{index:02}.jpg").write_bytes(b"")

    def chosen(seed):
        return [item.name for item in sources.open_source(str(tmp_path), 10, seed)]

    assert len(chosen(1)) == 10
    assert chosen(1) == chosen(1) != chosen(2)


@pytest.mark.parametrize(
    ("spec", "n", "message"),
    [
        ("no such folder", None, "there is no folder no such folder"),
        ("", None, "is empty: give a folder that holds images"),
        ("synthetic", 0, "--n must be 1 or more, not 0"),
    ],
)
def test_bad_sources_are_refused(tmp_path, monkeypatch, spec, n, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        sources.open_source(spec or str(tmp_path), n)


def test_a_jpeg_is_decoded_near_the_wanted_size_and_keeps_its_original_one(picture):
    path = picture("large.jpg", 1600, 1200)
    image = sources.FileItem("large.jpg", path).open(64)
    assert image.original_size == (1600, 1200)
    assert 128 <= min(image.size) < 300


def test_too_many_pixels(picture, monkeypatch):
    monkeypatch.setattr(sources, "MAX_PIXELS", 99 * 99)
    with pytest.raises(Image.DecompressionBombError):
        sources.FileItem("p.png", picture("p.png")).open(64)


def test_home_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("COVERS_HOME", str(tmp_path / "here"))
    assert sources.home() == tmp_path / "here"
    monkeypatch.delenv("COVERS_HOME")
    assert sources.home().is_absolute() and sources.home() != Path.home()
