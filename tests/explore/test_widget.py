import asyncio
import base64
import io
import json
import re
from dataclasses import asdict

import ipywidgets
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from PIL import Image
from safetensors.torch import save_file

from covers_lib import pretrained
from covers_lib.explore.controls import slider
from covers_lib.explore.directions import closed_form
from covers_lib.explore.widget import LatentExplorer
from covers_lib.gan import latents, recipes
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images
from covers_lib.runs.train import load_generator, train_run

# Kinds of widgets whose parts are reached by the Tab key.
OPERATED = (ipywidgets.Button, ipywidgets.ToggleButton, ipywidgets.Play, ipywidgets.Textarea,
            ipywidgets.BoundedIntText, ipywidgets.Dropdown)  # fmt: skip
TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=2)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    generator = Generator(32, latent=8, width=4)
    for parameter in generator.parameters():
        parameter.data *= 8  # small changes of z shall change pixels
    return generator.eval()


@pytest.fixture
def stored(generator, tmp_path, monkeypatch):
    """A pretrained generator of the name `tiny`, which has names for two of its directions."""
    folder = tmp_path / "pretrained"
    folder.mkdir()
    save_file(generator.state_dict(), folder / "tiny.safetensors")
    record = {"recipe": asdict(TINY), "directions": ["night to day", None, "calm to busy"]}
    (folder / "tiny.json").write_text(json.dumps(record))
    monkeypatch.setattr(pretrained, "HERE", folder)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def shown(explorer):
    return pixels(explorer.cover.value)


def cover(generator, z):
    return to_images(generate(generator, z))[0]


def evaluated(explorer, **names):
    known = {"torch": torch, "latents": latents, "pretrained": pretrained}
    return eval(explorer.text.value, {**known, "closed_form": closed_form, **names})


def test_both_ends_are_the_seeds_covers(generator):
    explorer = LatentExplorer(generator, first=3, second=9)
    a, b = latents.of_seeds([3, 9], 8).split(1)
    assert np.array_equal(shown(explorer), cover(generator, a))
    assert np.array_equal(pixels(explorer.first.picture.value), cover(generator, a))
    explorer.morph.value = 100
    assert np.array_equal(shown(explorer), cover(generator, b))
    assert np.array_equal(pixels(explorer.second.picture.value), cover(generator, b))


def test_the_middle_is_on_the_great_circle(generator):
    explorer = LatentExplorer(generator, first=3, second=9)
    explorer.morph.value = 50
    middle = latents.slerp(*latents.of_seeds([3, 9], 8), torch.tensor([0.5]))
    assert torch.equal(explorer.latent, middle)
    assert np.array_equal(shown(explorer), cover(generator, middle))


def test_directions_add_up_and_can_be_put_back(generator):
    explorer = LatentExplorer(generator)
    before = explorer.cover.value
    explorer.sliders[1].value = 2.0
    explorer.sliders[4].value = -1.5
    directions = closed_form(generator, 8)
    moved = latents.of_seeds([1], 8) + 2 * directions[1] - 1.5 * directions[4]
    torch.testing.assert_close(explorer.latent, moved)
    assert np.array_equal(shown(explorer), cover(generator, explorer.latent))
    assert explorer.cover.value != before
    explorer.reset.click()
    assert explorer.cover.value == before
    assert all(direction.value == 0 for direction in explorer.sliders)


@pytest.mark.parametrize("morph", [0, 7, 50, 100])
@pytest.mark.parametrize("values", [{}, {0: 1.3}, {2: -4.0, 5: 0.1, 7: 1.234567}])
def test_the_expression_is_the_latent_vector_of_the_cover_shown(generator, morph, values):
    explorer = LatentExplorer(generator, first=4, second=2**31 - 1)
    explorer.morph.value = morph
    for k, value in values.items():
        explorer.sliders[k].value = value
    z = evaluated(explorer, generator=generator)
    assert torch.equal(z, explorer.latent)
    assert np.array_equal(cover(generator, z), shown(explorer))


def test_another_cover_changes_one_end_only(generator):
    explorer = LatentExplorer(generator, first=1, second=2)
    first, second = explorer.first.picture.value, explorer.second.picture.value
    explorer.first.another.click()
    assert (explorer.first.seed.value, explorer.second.seed.value) == (3, 2)  # 2 is taken
    assert explorer.first.picture.value != first and explorer.second.picture.value == second
    assert np.array_equal(shown(explorer), pixels(explorer.first.picture.value))
    first = explorer.first.picture.value
    explorer.second.another.click()
    assert (explorer.first.seed.value, explorer.second.seed.value) == (3, 4)
    assert explorer.first.picture.value == first and explorer.second.picture.value != second


def test_after_the_last_seed_comes_the_first(generator):
    explorer = LatentExplorer(generator, first=2**31 - 1, second=0)
    explorer.first.another.click()
    assert explorer.first.seed.value == 1


def test_the_saved_file_has_the_covers_pixels_and_so_has_the_link(generator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    explorer = LatentExplorer(generator)
    for n in (1, 2):  # no file is written over
        explorer.morph.value = 30 * n
        explorer.save.click()
        file = tmp_path / f"cover-{n}.png"
        assert np.array_equal(pixels(file.read_bytes()), cover(generator, explorer.latent))
        said = explorer.saved.value
        assert f"Saved as {file}." in said and f'download="{file.name}"' in said
        inside = re.search(r"base64,([^\"]+)", said).group(1)
        assert base64.b64decode(inside) == file.read_bytes()
    assert (tmp_path / "cover-1.png").read_bytes() != (tmp_path / "cover-2.png").read_bytes()


def test_where_no_file_can_be_written_the_link_is_left(generator, monkeypatch):
    def full(_data, _folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("covers_lib.explore.widget.save_new", full)
    explorer = LatentExplorer(generator)
    explorer.save.click()
    assert re.search(
        "Not saved in .*: No space left on device[.] <a download", explorer.saved.value
    )


def test_a_run_is_opened_by_its_folder(pack, tmp_path):
    run = train_run(TINY, pack, tmp_path / "run", progress=False)
    z = latents.of_seeds([1], 8)
    for weights in (run.path, str(run.path)):
        explorer = LatentExplorer(weights)
        assert np.array_equal(shown(explorer), cover(load_generator(run.path), z))
        explorer.sliders[0].value = 1.0
        assert torch.equal(evaluated(explorer), explorer.latent)
        assert explorer.sliders[0].description == "direction 1"


def test_a_pretrained_generator_is_opened_by_its_name_and_names_its_directions(stored, generator):
    explorer = LatentExplorer("tiny")
    assert np.array_equal(shown(explorer), cover(generator, latents.of_seeds([1], 8)))
    names = [direction.description for direction in explorer.sliders]
    assert names[:4] == ["night to day", "direction 2", "calm to busy", "direction 4"]
    assert len(names) == 8
    explorer.sliders[2].value = 3.0
    assert torch.equal(evaluated(explorer), explorer.latent)


@pytest.mark.parametrize(
    "weights, message",
    [
        ("huge", "there is no run and no pretrained generator huge: give the folder of a run"),
        (".", "there is no run at [.]: make one with `covers train`"),
        (None, "an explorer needs a generator, the folder of a run or .*, not NoneType"),
        (torch.nn.Linear(8, 8), "an explorer needs a generator, .*, not Linear"),
    ],
)
def test_other_weights_are_refused_in_a_sentence(stored, weights, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message) as refused:
        LatentExplorer(weights)
    assert "\n" not in str(refused.value)


def test_a_dragged_slider_is_drawn_at_its_last_value(generator, monkeypatch):
    explorer = LatentExplorer(generator)
    drawn = []
    monkeypatch.setattr(
        explorer, "covers", lambda z: drawn.append(z) or to_images(generate(generator, z))
    )

    async def drag():
        for explorer.morph.value in range(1, 60):
            pass
        assert not drawn
        await asyncio.sleep(0.3)

    asyncio.run(drag())
    assert len(drawn) == 1
    assert np.array_equal(shown(explorer), cover(generator, explorer.latent))


def test_the_time_that_a_cover_took_is_shown(generator):
    explorer = LatentExplorer(generator)
    assert re.fullmatch(r"made in \d+ ms", explorer.latency.value)


def test_the_pad_is_drawn_when_it_is_open(generator):
    explorer = LatentExplorer(generator)
    assert not explorer.pad.picture.value
    explorer.tabs.value = "Pad"
    before = explorer.pad.picture.value
    middle = pixels(before)[64:96, 64:96]
    assert np.abs(middle.astype(int) - shown(explorer)).max() <= 1  # made in another batch
    explorer.morph.value = 60
    after = explorer.pad.picture.value
    assert after != before
    explorer.tabs.value = "Directions"
    explorer.morph.value = 80
    assert explorer.pad.picture.value == after


def test_one_panel_is_shown(generator):
    explorer = LatentExplorer(generator)
    for index in (2, 1, 0):
        explorer.tabs.index = index
        hidden = [panel.layout.display == "none" for panel in explorer.panels]
        assert hidden == [k != index for k in range(3)]


def test_a_generator_with_few_latent_numbers_has_as_many_directions():
    explorer = LatentExplorer(Generator(32, latent=3, width=4))
    assert len(explorer.sliders) == 3


def test_where_widgets_are_not_shown_there_is_the_cover_and_a_sentence(generator):
    """By IPython's own formatter: what a cell sends whose last line is an explorer."""
    explorer = LatentExplorer(generator)
    data, _ = DisplayFormatter().format(explorer)
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer.model_id
    inside = re.search(
        r'<img src="data:image/png;base64,([^"]+)"[^>]* alt="[^"]+', data["text/html"]
    )
    assert np.array_equal(pixels(base64.b64decode(inside.group(1))), shown(explorer))
    assert "Install ipywidgets" in data["text/html"] and data["text/plain"] in data["text/html"]
    assert "children" not in data["text/plain"]


def test_the_button_plays_the_morph_and_stops_it(generator):
    player = LatentExplorer(generator).player
    player.slider.value = 40
    player.button.value = True
    assert getattr(player.play, player.running) and player.slider.value == 40
    setattr(player.play, player.running, False)  # as the front end does at the end
    assert not player.button.value
    player.slider.value = 100
    player.button.value = True
    assert player.slider.value == 0, "from the end it begins anew"
    player.button.value = False
    assert not getattr(player.play, player.running)


def test_what_can_be_operated_has_a_name(generator):
    """Sliders are ipywidgets' own limit: a label stands beside each, tied to nothing."""
    nameless, todo = [], [LatentExplorer(generator)]
    while todo:
        widget = todo.pop()
        todo += getattr(widget, "children", ())
        hidden = widget.layout.display == "none" or not getattr(widget, "tabbable", True)
        if isinstance(widget, OPERATED) and not hidden and not widget.description:
            nameless.append(widget)
    assert nameless == []


def test_the_names_of_directions_are_not_cut():
    """At 13 px letters of Jupyter's typeface are half as wide as high, on average."""
    names = [name for each in pretrained.names() for name in pretrained.direction_names(each)]
    longest = max(len(name) for name in names if name)
    assert longest > 10
    assert float(slider("").style.description_width.removesuffix("em")) >= 0.5 * longest
