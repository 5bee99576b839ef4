import io
import os
import sys

import pytest
from PIL import Image

from covers_lib.data import sources


def test_synthetic_covers_are_named_and_know_their_factors():
    items = sources.open_source("synthetic", n=3, seed=4)
    assert [item.name for item in items] == [f"synthetic-4-{i:06d}" for i in range(3)]
    assert items[0].open(32).size == (32, 32)
    assert set(items[0].factors()) == {"layout", "palette", "motif", "lettering", "texture"}


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
        (
            "nothing",
            None,
            "there is no folder nothing: give one of images, or `synthetic`, `kaggle`",
        ),
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes that are files are Unix's")
def test_links_are_listed_and_pipes_are_not(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "nowhere.jpg").symlink_to("gone.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert [item.name for item in sources.open_source(str(tmp_path))] == [
        "a.jpg",
        "link.jpg",
        "nowhere.jpg",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf_8_is_written_readably(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    path.write_bytes(b"")
    (item,) = sources.open_source(str(tmp_path))
    assert item.name == r"caf\xe9.jpg" and item.file.exists()


def test_bytes_are_opened_as_a_file_is(picture):
    data = picture("p.jpg", 1600, 1200).read_bytes()
    image = sources.FileItem("p", io.BytesIO(data)).open(64)
    assert image.original_size == (1600, 1200) and min(image.size) < 300


def test_the_images_of_a_hub_are_items(monkeypatch, picture):
    data = picture("p.png").read_bytes()
    wanted = []
    monkeypatch.setattr(
        sources.hubs, "hugging_face", lambda name: wanted.append(name) or [("a.png", data)] * 3
    )
    items = sources.open_source("hf:somebody/covers", n=2)
    assert wanted == ["somebody/covers"] and len(items) == 2
    assert [item.name for item in items] == ["a.png", "a.png"]
    assert items[0].open(64).size == (100, 100)


def test_kaggle_is_a_folder_once_it_is_downloaded(monkeypatch, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    monkeypatch.setattr(sources.hubs, "kaggle", lambda: tmp_path)
    assert [item.name for item in sources.open_source("kaggle")] == ["a.jpg"]
