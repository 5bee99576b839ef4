import numpy as np
import pytest
import torch

from covers_lib.explore.projection import Projection, project
from covers_lib.gan import latents
from covers_lib.gan.networks import Generator
from covers_lib.gan.sampling import generate
from covers_lib.images import to_images


@pytest.fixture(scope="module")
def generator():
    """A tiny generator that nobody trained, its weights large enough for covers to differ."""
    torch.manual_seed(0)
    generator = Generator(32, latent=16, width=4)
    for parameter in generator.parameters():
        parameter.data *= 4
    return generator


def cover_of(generator: Generator, seed: int) -> np.ndarray:
    return to_images(generate(generator, latents.sample(1, generator.latent, seed)))[0]


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a.astype(float) - b) ** 2).mean()))


def test_generated_covers_are_nearly_found(generator):
    covers = [cover_of(generator, 100 + seed) for seed in range(3)]
    found = [project(generator, cover, steps=100, progress=False) for cover in covers]
    random = [rms(one, other) for one, other in zip(covers, covers[1:] + covers[:1], strict=True)]
    assert np.mean([hit.residual for hit in found]) < 0.2 * np.mean(random)
    assert all(abs(hit.latent.norm() - 16**0.5) < 3 * 0.71 for hit in found)  # 3 deviations


def test_the_residual_is_that_of_the_latents_own_cover(generator):
    cover = cover_of(generator, 100)
    found = project(generator, cover, steps=20, tries=3, progress=False)
    made = to_images(generate(generator, found.latent[None]))[0]
    assert found.latent.shape == (16,) and found.latent.dtype == torch.float32
    np.testing.assert_array_equal(found.cover, made)
    assert found.residual == pytest.approx(rms(made, cover), rel=1e-12)


def test_descent_gets_nearer_than_its_starts_even_to_noise(generator):
    cover = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    starts = to_images(generate(generator, latents.sample(4, 16, seed=5)))
    found = project(generator, cover, seed=5, tries=4, steps=60, progress=False)
    assert 30 < found.residual < min(rms(start, cover) for start in starts)


def test_more_tries_are_never_worse(generator):
    cover = cover_of(generator, 104)
    few, many = (
        project(generator, cover, steps=40, tries=tries, progress=False) for tries in (2, 8)
    )
    assert many.residual <= few.residual + 0.01  # each try descends on its own


def test_the_same_seed_gives_the_same_latent(generator):
    cover = cover_of(generator, 101)
    one, same, other = (
        project(generator, cover, seed, steps=10, tries=2, progress=False) for seed in (1, 1, 2)
    )
    assert torch.equal(one.latent, same.latent) and one.residual == same.residual
    assert not torch.equal(one.latent, other.latent)


def test_the_generator_is_left_as_it_was(generator):
    generator.train()
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    assert isinstance(
        project(generator, cover_of(generator, 0), steps=2, progress=False), Projection
    )
    assert generator.training
    assert all(torch.equal(before[name], value) for name, value in generator.state_dict().items())
    assert all(parameter.grad is None for parameter in generator.parameters())


def test_frozen_weights_can_be_projected_on(generator):
    cover = cover_of(generator, 102)
    generator.requires_grad_(False)
    assert project(generator, cover, steps=30, progress=False).residual < 40
    generator.requires_grad_(True)


def test_a_bar_counts_the_steps(generator, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    project(generator, cover_of(generator, 0), steps=3, tries=1)
    assert "projecting" in capsys.readouterr().err
    project(generator, cover_of(generator, 0), steps=3, tries=1, progress=False)
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    "cover",
    [
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((1, 32, 32, 3), np.uint8),
        np.zeros((32, 32), np.uint8),
        np.zeros((32, 32, 3), np.float32),
    ],
)
def test_another_shape_or_type_is_refused(generator, cover):
    said = r"this generator is \(32, 32, 3\) uint8, not \(.*\) \w+: take one from a pack of 32 px"
    with pytest.raises(ValueError, match=said):
        project(generator, cover)


@pytest.mark.parametrize(("steps", "tries"), [(0, 4), (10, 0)])
def test_no_step_and_no_try_are_refused(generator, steps, tries):
    with pytest.raises(ValueError, match=f"or more, not {steps} and {tries}"):
        project(generator, np.zeros((32, 32, 3), np.uint8), steps=steps, tries=tries)
