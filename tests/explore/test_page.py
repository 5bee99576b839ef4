import base64
import io
import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from PIL import Image
from safetensors.torch import save_file

from covers_lib import images, pretrained, records
from covers_lib.explore import page
from covers_lib.gan import recipes
from covers_lib.gan.sampling import generate_images

TINY = recipes.get("dcgan", size=32, width=4, latent=8)


@pytest.fixture
def generator(tmp_path, monkeypatch):
    torch.manual_seed(0)
    generator = TINY.generator()
    save_file(generator.state_dict(), tmp_path / "tiny.safetensors")
    (tmp_path / "tiny.json").write_text(json.dumps({"recipe": asdict(TINY)}))
    monkeypatch.setattr(pretrained, "HERE", tmp_path)
    return generator.eval()


def test_the_still_shows_the_first_generators_covers(generator):
    soup = BeautifulSoup(page.explorer("tiny", "other", seed=3).data, "html.parser")
    element = soup.find("latent-explorer")
    assert (element["model"], element["models"], element["seed"]) == ("tiny", "tiny,other", "3")
    image = element.find("img")
    shown = Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1])))
    wanted = images.grid(generate_images(generator, page.COVERS, 3), page.COLUMNS)
    assert shown.size == (int(image["width"]), int(image["height"])) == wanted.shape[1::-1]
    assert np.abs(np.asarray(shown).astype(float) - wanted).mean() < 6
    assert image["alt"] and "16 covers by tiny, not picked" in element.find("p").text


def test_an_unknown_name_is_refused(generator):
    with pytest.raises(ValueError, match="no pretrained generator huge"):
        page.explorer("huge")


def test_the_ring_names_its_games_and_shows_those_of_the_record():
    soup = BeautifulSoup(page.ring_trainer("bce", "relativistic", seed=3).data, "html.parser")
    element = soup.find("ring-trainer")
    assert element.attrs == {"games": "bce,relativistic", "seed": "3"}
    image = element.find("img")
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))))
    red = (shown[..., 0] > 180) & (shown[..., 1] < 110)
    assert red[:, :350].any() and red[:, 350:].any()
    games = records.read("modes/page")["games"]
    for loss, name in (("bce", "standard loss"), ("relativistic", "pairs, R1 and R2")):
        assert f"{games[loss]['runs'][0]['found']} of 8 by {name}" in image["alt"]
    assert "train here" in element.find("p").text


def test_a_small_ring_plays_by_itself():
    soup = BeautifulSoup(page.ring_trainer("bce", small=True).data, "html.parser")
    assert {"small", "autoplay"} <= soup.find("ring-trainer").attrs.keys()
