import json
import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from covers_lib import synthetic
from covers_lib.data import pack as packs
from covers_lib.data.pack import Pack, batches, prepare
from covers_lib.images import to_images, to_tensor


def test_every_file_is_packed_or_skipped_with_a_reason(covers_dir, tmp_path):
    files = [path for path in covers_dir.rglob("*") if path.is_file()][:100]
    folder = tmp_path / "covers"
    folder.mkdir()
    for path in files:
        shutil.copy(path, folder / path.name)
    (folder / "notes.txt").write_text("hello")
    shutil.copy(folder / files[0].name, folder / "again.jpg")
    pack = prepare(str(folder), 32, tmp_path / "pack", progress=False)
    assert len(pack) + sum(pack.audit["skipped"].values()) == len(files) + 2
    assert pack.audit["skipped"]["unreadable"] == 1
    assert pack.audit["skipped"]["duplicate"] >= 1
    assert ("notes.txt", "unreadable") in {
        (entry["name"], entry["reason"]) for entry in pack.audit["left_out"]
    }


def test_a_pack_holds_what_was_drawn(tmp_path):
    pack = prepare("synthetic", 32, tmp_path / "pack", n=20, seed=3, progress=False)
    assert pack.images.shape == (20, 32, 32, 3) and pack.images.dtype == np.uint8
    assert np.array_equal(pack.images[7], synthetic.draw(7, 3, 32))
    assert pack.manifest[7]["name"] == "synthetic-3-000007"
    assert pack.manifest[7]["layout"] == synthetic.factors(7, 3).layout
    assert isinstance(pack.images, np.memmap)


def test_the_same_covers_give_the_same_digest(tmp_path):
    a, b, c = (
        prepare("synthetic", 32, tmp_path / name, n=10, seed=seed, progress=False)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert a.digest == b.digest != c.digest


def test_held_out_and_training_covers_are_apart_and_complete(pack):
    both = np.concatenate([pack.training, pack.held_out])
    assert sorted(both) == list(range(len(pack)))
    assert 0.03 < len(pack.held_out) / len(pack) < 0.2


def test_an_earlier_pack_is_replaced(tmp_path):
    prepare("synthetic", 32, tmp_path / "pack", n=5, progress=False)
    assert len(prepare("synthetic", 32, tmp_path / "pack", n=7, progress=False)) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_what_is_not_a_pack_is_left_alone(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    with pytest.raises(ValueError, match="exists and is not a pack: choose another --out"):
        prepare("synthetic", 32, tmp_path / "letters", n=5)
    assert (tmp_path / "letters" / "dear.txt").read_text() == "dear"


def test_an_interrupted_pack_leaves_the_earlier_one(tmp_path, monkeypatch):
    before = prepare("synthetic", 32, tmp_path / "pack", n=5, progress=False).digest
    draw = synthetic.draw

    def interrupted(index, *rest):
        if index == 3:
            raise KeyboardInterrupt
        return draw(index, *rest)

    monkeypatch.setattr(synthetic, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare("synthetic", 32, tmp_path / "pack", n=9, progress=False)
    assert Pack(tmp_path / "pack").digest == before
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_nothing_to_pack_says_why(tmp_path):
    folder = tmp_path / "covers"
    folder.mkdir()
    Image.new("RGB", (100, 100)).save(folder / "black.png")
    (folder / "a.txt").write_text("a")
    with pytest.raises(ValueError, match="nothing in .* could be packed at 64 px: 1 .*, 1 "):
        prepare(str(folder), 64, tmp_path / "pack", progress=False)
    assert not (tmp_path / "pack").exists()


def test_a_wrong_size_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="power of two from 32 to 256, not 100"):
        prepare("synthetic", 100, tmp_path / "pack")
    assert not any(tmp_path.iterdir())


def test_a_folder_that_is_no_pack(tmp_path):
    with pytest.raises(ValueError, match=r"is not a pack \(images.npy is missing\)"):
        Pack(tmp_path)


def test_the_books_covers_are_drawn_once(tmp_path, monkeypatch):
    monkeypatch.setenv("COVERS_HOME", str(tmp_path))
    first = packs.synthetic_pack(12, 32)
    written = (first.path / "audit.json").stat().st_mtime_ns
    assert packs.synthetic_pack(12, 32).path == first.path
    assert (first.path / "audit.json").stat().st_mtime_ns == written
    assert json.loads((first.path / "audit.json").read_text())["images"] == 12


@given(arrays.arrays(np.uint8, (2, 5, 5, 3)))
def test_bytes_survive_the_way_to_tensors_and_back(images):
    tensor = to_tensor(images)
    assert tensor.shape == (2, 3, 5, 5) and tensor.dtype == torch.float32
    assert tensor.min() >= -1 and tensor.max() <= 1
    assert np.array_equal(to_images(tensor), images)


@given(batch=st.integers(1, 700), k=st.integers(0, 50), seed=st.integers(0, 99))
def test_a_batch_depends_on_its_count_and_seed_alone(pack, batch, k, seed):
    take = batches(pack, batch, seed)
    take(k + 1)  # what was taken before makes no difference
    assert take(k).shape == (batch, 3, 32, 32)
    assert torch.equal(take(k), batches(pack, batch, seed)(k))


def test_an_epoch_shows_each_training_cover_once(pack):
    n = len(pack.training)
    take = batches(pack, n // 3, seed=0)
    seen = to_images(torch.cat([take(k) for k in range(9)]))[: 2 * n]
    for epoch in (seen[:n], seen[n:]) if n % 3 == 0 else (seen[: n // 3 * 3],):
        assert len({cover.tobytes() for cover in epoch}) == len(epoch)
    shown = {cover.tobytes() for cover in seen}
    assert not shown & {pack.images[index].tobytes() for index in pack.held_out}


def test_epochs_and_seeds_differ(pack):
    n = len(pack.training)
    take = batches(pack, n, seed=0)
    assert not torch.equal(take(0)[:5], batches(pack, 5, seed=1)(0))
    assert take(0).sum().item() == pytest.approx(take(1).sum().item(), rel=1e-3)


def test_covers_on_a_device_give_the_same_batches(pack, monkeypatch):
    on_disk = batches(pack, 7, seed=3)
    monkeypatch.setattr(packs, "gather_from_disk", packs.gather_on_device)
    in_memory = batches(pack, 7, seed=3)
    for k in (0, 5, 90):
        assert torch.equal(on_disk(k), in_memory(k))


def test_a_device_other_than_the_cpu_takes_the_whole_pack(pack):
    take = batches(pack, 7, seed=3, device="meta")
    assert take(0).device.type == "meta" and take(0).shape == (7, 3, 32, 32)


def test_a_disk_that_is_too_full_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        ValueError, match=r"the pack .* needs about 0.0 GB and 0.0 GB are free in .*: free"
    ):
        prepare("synthetic", 32, tmp_path / "pack", n=5, progress=False)
    assert not any(tmp_path.iterdir())
