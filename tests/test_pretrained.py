import json
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save_file

from covers_lib import latents, pretrained, recipes
from covers_lib.networks import generate
from covers_lib.runs import load_generator, train_run

TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4, steps=2)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A generator that is stored as `tiny`, and its recipe beside it."""
    torch.manual_seed(0)
    generator = TINY.generator()
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in generator.state_dict().items()
    }
    folder = tmp_path / "pretrained"
    folder.mkdir()
    save_file(halves, folder / "tiny.safetensors")
    (folder / "tiny.json").write_text(json.dumps({"recipe": asdict(TINY)}))
    monkeypatch.setattr(pretrained, "HERE", folder)
    return generator


def test_a_name_gives_its_generator(stored):
    assert pretrained.names() == ["tiny"]
    generator = pretrained.load_pretrained("tiny")
    assert not generator.training and not any(p.requires_grad for p in generator.parameters())
    assert all(p.dtype == torch.float32 for p in generator.parameters())
    z = latents.sample(4, 8, seed=0)
    torch.testing.assert_close(generate(generator, z), generate(stored, z), atol=2e-3, rtol=0)


def test_weights_are_a_run_or_a_name(stored, pack, tmp_path):
    run = train_run(TINY, pack, tmp_path / "run", progress=False)
    z = latents.sample(2, 8, seed=0)
    loaded = generate(pretrained.load(run.path), z)
    assert torch.equal(loaded, generate(load_generator(run.path), z))
    named = generate(pretrained.load("tiny"), z)
    assert torch.equal(named, generate(pretrained.load_pretrained("tiny"), z))


@pytest.mark.parametrize("ask", [pretrained.load, pretrained.load_pretrained, pretrained.record])
def test_an_unknown_name_is_refused(stored, ask):
    with pytest.raises(ValueError, match="no pretrained generator huge: .* `covers list` knows"):
        ask("huge")
