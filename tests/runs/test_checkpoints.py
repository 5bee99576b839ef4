import shutil
from pathlib import Path

import pytest
import torch

from covers_lib.gan import recipes
from covers_lib.gan.training import build
from covers_lib.runs import checkpoints

TINY = recipes.get("dcgan", size=32, width=4, latent=8, batch=4)


def at(step):
    gan = build(TINY)
    gan.step = step
    return gan


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_read(tmp_path):
    written, gan = at(3), build(TINY)
    written.latents(5)
    with torch.no_grad():
        next(written.generator.parameters()).add_(1)
    path = checkpoints.write(tmp_path, written, seconds=1.5)
    assert checkpoints.read(path, gan) == 1.5 and gan.step == 3
    assert torch.equal(gan.latents(2), written.latents(2))
    for name in checkpoints.NETWORKS:
        a, b = (checkpoints.network_of(one, name).state_dict() for one in (written, gan))
        assert all(torch.equal(a[key], b[key]) for key in a)


def test_a_run_goes_on_on_another_kind_of_device(tmp_path):
    path, gan = checkpoints.write(tmp_path, at(3), seconds=1.5), build(TINY)
    state = torch.load(path / "state.pt", weights_only=True)
    torch.save(state | {"rng": torch.zeros(16, dtype=torch.uint8)}, path / "state.pt")  # a GPU's
    assert checkpoints.read(path, gan) == 1.5 and gan.step == 3
    again = build(TINY)
    checkpoints.read(path, again)
    z = gan.latents(2)
    assert torch.equal(z, again.latents(2)), "it is seeded"
    assert not torch.equal(z, build(TINY).latents(2)), "and does not begin anew"


def test_checkpoints_are_ordered_by_their_step(tmp_path):
    for step in (9, 100_000_000, 20):
        (tmp_path / f"{step:08d}").mkdir()
    assert [int(path.name) for path in checkpoints.whole(tmp_path)] == [9, 20, 100_000_000]
    assert checkpoints.whole(tmp_path / "nowhere") == []


def test_the_last_two_and_the_best_are_kept(tmp_path):
    for step in (1, 2, 3, 4):
        (tmp_path / f"{step:08d}").mkdir()
    checkpoints.prune(tmp_path, best=tmp_path / "00000001")
    assert names(tmp_path) == ["00000001", "00000003", "00000004"]
    checkpoints.prune(tmp_path)
    assert names(tmp_path) == ["00000003", "00000004"]


def test_a_checkpoint_that_fails_leaves_nothing(tmp_path, monkeypatch):
    whole = checkpoints.write(tmp_path, at(1), 0)
    monkeypatch.setattr("torch.save", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        checkpoints.write(tmp_path, at(2), 0)
    assert names(tmp_path) == [whole.name]


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    (tmp_path / ".00000001.part").mkdir()
    checkpoints.write(tmp_path, at(2), 0)
    assert names(tmp_path) == ["00000002"]


@pytest.mark.parametrize("damage", ["cut", "missing", "garbage", "pickled", "other"])
@pytest.mark.parametrize("file", ["generator.safetensors", "state.pt"])
def test_a_damaged_checkpoint_is_named_with_what_to_do(tmp_path, damage, file):
    first, last = (checkpoints.write(tmp_path, at(step), 0) for step in (1, 2))
    path = last / file
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "missing":
        path.unlink()
    elif damage == "garbage":
        path.write_bytes(b"hello")
    elif damage == "pickled":
        torch.save({"step": Path("anything")}, path)
    else:
        shutil.copy(first / "discriminator.safetensors", path)
    with pytest.raises(ValueError, match="00000002 is damaged: delete its folder, and the run goes "
                                         "on from the one before"):  # fmt: skip
        checkpoints.read(last, build(TINY))
    assert checkpoints.read(first, build(TINY)) == 0


def test_where_the_only_one_is_damaged_the_run_begins_anew(tmp_path):
    path = checkpoints.write(tmp_path, at(1), 0)
    (path / "average.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="is damaged: delete its folder, and the run begins anew"):
        checkpoints.read_average(path, TINY.generator())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_found(value):
    gan = build(TINY)
    assert checkpoints.is_finite(gan)
    with torch.no_grad():
        gan.average.module.last[0].bias[0] = value
    assert not checkpoints.is_finite(gan)
