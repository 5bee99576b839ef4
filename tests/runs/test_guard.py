import pytest
import torch

from covers_lib.gan import recipes
from covers_lib.gan.training import build
from covers_lib.runs.hooks import Guard

GAN = build(recipes.get("wgan-gp", size=32, width=4, latent=8, batch=4))


def losses(value):
    return {"d_loss": torch.tensor(0.5), "g_loss": torch.tensor(value)}


@pytest.mark.parametrize(
    ("value", "said"), [(float("nan"), "nan"), (float("-inf"), "-inf"), (-3e6, "-3e[+]06")]
)
def test_losses_that_are_not_sound_stop_training(tmp_path, value, said):
    GAN.step = 20
    what = rf"broke down at step 20 \(g_loss is {said}\); there is no checkpoint yet"
    with pytest.raises(ValueError, match=f"{what}.* a lower lr or a larger penalty"):
        Guard(tmp_path)(GAN, losses(value))


def test_large_losses_are_sound(tmp_path):
    Guard(tmp_path)(GAN, losses(-9e5))


def test_it_looks_every_ten_steps_and_when_asked(tmp_path):
    guard = Guard(tmp_path)
    GAN.step = 21
    guard(GAN, losses(float("nan")))
    with pytest.raises(ValueError, match="broke down"):
        guard.check(GAN)
