import imageio.v3 as iio
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import odd_files
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from covers_lib import images
from covers_lib.data.pack import prepare
from covers_lib.data.sources import FileItem
from covers_lib.notebook import figures

matplotlib.use("agg")


@given(n=st.integers(1, 12), columns=st.integers(1, 12), gap=st.integers(0, 3))
def test_every_picture_has_its_place_in_the_grid(n, columns, gap):
    covers = np.arange(n, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 4, 5, 3), np.uint8)
    sheet = images.grid(covers, columns, gap)
    used = min(n, columns)
    for index in range(n):
        top, left = index // used * (4 + gap), index % used * (5 + gap)
        assert (sheet[top : top + 4, left : left + 5] == index).all()
    assert sheet.shape == (-(-n // used) * (4 + gap) - gap, used * (5 + gap) - gap, 3)


def test_a_grid_is_square_unless_told_otherwise():
    assert images.grid(np.zeros((64, 8, 8, 3), np.uint8), gap=0).shape == (64, 64, 3)


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, instead of a window."""
    seen = []
    monkeypatch.setattr(figures.plt, "show", lambda: seen.append(figures.plt.gcf()))
    yield seen
    figures.plt.close("all")


def test_pictures_are_shown_under_their_names(shown):
    images = np.zeros((4, 8, 8, 3), np.uint8)
    figures.show(images, title="four")
    figures.compare({"left": images, "right": images})
    figures.strips({"step 1": images, "step 2": images})
    titles = [[axes.get_title() or axes.get_ylabel() for axes in f.axes] for f in shown]
    assert titles == [["four"], ["left", "right"], ["step 1", "step 2"]]


def test_curves_are_drawn_over_steps():
    history = [{"step": 1, "d_loss": 2.0}, {"step": 5, "kid": 3.0}, {"step": 10, "d_loss": 1.0}]
    (axes,) = figures.curves(history, {"d_loss": "discriminator"}).axes
    (line,) = axes.lines
    assert line.get_xydata().tolist() == [[1, 2], [10, 1]]
    assert line.get_label() == "discriminator"
    figures.plt.close("all")


def test_shares_are_drawn_beside_each_other():
    real = {"motif": {"sun": 0.5, "moon": 0.5}, "texture": {"clean": 1.0}}
    made = {"motif": {"sun": 0.9, "moon": 0.1}, "texture": {"clean": 1.0}}
    figure = figures.shares({"real": real, "made": made}, {"motif": ["moon"]})
    motif, texture = figure.axes
    assert [bar.get_width() for bar in motif.patches] == [0.5, 0.5, 0.9, 0.1]
    labels = {label.get_text(): label.get_weight() for label in motif.get_yticklabels()}
    assert labels == {"sun": "normal", "moon": "bold"}
    assert (motif.get_title(), texture.get_title()) == ("motif", "texture")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real", "made"]
    figures.plt.close("all")


def test_pictures_and_films_are_saved(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    images.save_picture(frames[0], tmp_path / "a" / "p.png")
    assert np.array_equal(iio.imread(tmp_path / "a" / "p.png"), frames[0])
    for ending in images.FILMS:
        images.save_film(frames, tmp_path / "b" / f"film{ending}")
        assert len(list(iio.imiter(tmp_path / "b" / f"film{ending}"))) == 5


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(ValueError, match="end it in .png or .jpg"):
        images.save_picture(np.zeros((2, 2, 3), np.uint8), tmp_path / "p.doc")
    with pytest.raises(ValueError, match="end it in .mp4, .gif, .webp"):
        images.save_film(np.zeros((2, 2, 2, 3), np.uint8), tmp_path / "p.png")
    assert not any(tmp_path.iterdir())


def test_a_gallery_names_each_picture():
    plt.close("all")
    pictures = {name: np.zeros((8, 8, 3), np.uint8) for name in "abcde"}
    figures.gallery(pictures, columns=3)
    axes = plt.gcf().axes
    assert [one.get_title() for one in axes] == [*"abcde", ""]
    assert [len(one.images) for one in axes] == [1, 1, 1, 1, 1, 0]


@pytest.fixture
def odd_pack(tmp_path):
    folder = odd_files.write_folder(tmp_path / "covers")
    return prepare(str(folder), 64, tmp_path / "pack", progress=False)


def test_what_was_left_out_is_shown_by_reason(odd_pack):
    figures.left_out(odd_pack, most=4)
    figure = plt.gcf()
    titles = {axes.get_title(loc="left") for axes in figure.axes} - {""}
    skipped = odd_pack.audit["skipped"]
    assert titles == {f"{reason}: {count}" for reason, count in skipped.items()}
    shown = sum(len(axes.images) for axes in figure.axes)
    assert shown == sum(min(4, count) for count in skipped.values())
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_nothing_left_out_draws_nothing(tmp_path):
    plt.close("all")
    figures.left_out(prepare("synthetic", 32, tmp_path / "pack", n=3, progress=False))
    assert not plt.get_fignums()


def test_a_pack_whose_files_are_gone_says_so(odd_pack, tmp_path):
    (tmp_path / "covers").rename(tmp_path / "moved")
    with pytest.raises(ValueError, match="there is no folder"):
        figures.left_out(odd_pack)


def test_a_folder_that_has_changed_since_shows_no_other_file(odd_pack, tmp_path):
    """Each entry knows its place and its name: another file may have taken the place."""
    Image.new("RGB", (99, 99), "red").save(tmp_path / "covers" / "000-first.png")
    figures.left_out(odd_pack, most=4)
    pictures = [axes.images[0].get_array() for axes in plt.gcf().axes if axes.images]
    assert pictures and all((picture == 0xDD).all() for picture in pictures)
    for path in sorted(tmp_path.glob("covers/**/*"), reverse=True):
        if path.is_file() or path.is_symlink():
            path.unlink()
    Image.new("RGB", (99, 99), "red").save(tmp_path / "covers" / "only.png")
    figures.left_out(odd_pack)


def test_a_glimpse_shows_a_file_whole(picture):
    path = picture("wide.png", 200, 50)
    seen = figures.glimpse(FileItem("wide.png", path), 100)
    grey = (seen == 0xDD).all(-1)
    assert seen.shape == (100, 100, 3)
    assert grey[:36].all() and grey[64:].all() and not grey[40:60].all(1).any()
    path.write_text("no picture")
    assert (figures.glimpse(FileItem("wide.png", path), 100) == 0xDD).all()


def test_long_names_are_cut_in_the_middle():
    assert figures.shorten("short.jpg", 16) == "short.jpg"
    assert figures.shorten("a name that is far too long.jpg", 16) == "a name …long.jpg"
    assert figures.shorten("two\nlines", 16) == "two lines"


def test_dots_has_a_row_a_name_and_a_dot_a_value():
    figure, axes = plt.subplots()
    figures.dots(axes, {"one": [3.0, 5.0], "other": [4.0, 4.0, 9.0]}, "modes")
    assert [len(row.get_offsets()) for row in axes.collections] == [2, 3]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "other"]
    assert len({tuple(point) for point in axes.collections[1].get_offsets()}) == 3  # none hidden
    assert axes.get_xlabel() == "modes" and axes.yaxis_inverted()
    plt.close(figure)
