import csv
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import numpy as np
import odd_files
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from covers_lib.data.audit import Cover, read_cover
from covers_lib.data.pack import Pack, prepare
from covers_lib.data.packing import held_out, processes, read_all
from covers_lib.data.sources import FileItem, open_source


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The pack of a folder with every kind of file."""
    folder = odd_files.write_folder(tmp_path_factory.mktemp("odd") / "covers")
    return folder, prepare(str(folder), 64, folder.parent / "pack", progress=False)


def test_each_odd_file_is_left_out_for_the_right_reason(odd):
    _, pack = odd
    assert len(odd_files.BAD) >= 25
    found = {entry["name"]: entry["reason"] for entry in pack.audit["left_out"]}
    assert found == {name: reason for name, (reason, _) in odd_files.BAD.items()}
    assert pack.audit["skipped"] == Counter(found.values())


def test_each_good_file_is_packed_whatever_its_format(odd):
    _, pack = odd
    names = [os.fsencode(name).decode("utf-8", "backslashreplace") for name in odd_files.GOOD]
    assert sorted(row["name"] for row in pack.manifest) == sorted(names)
    assert len(pack) == len(names)
    turned = next(row for row in pack.manifest if row["name"] == "nearly twice as long.jpg")
    assert (turned["width"], turned["height"]) == ("240", "121")


def test_a_good_file_shows_its_cover(odd):
    _, pack = odd
    rows = {row["name"]: index for index, row in enumerate(pack.manifest)}
    for index, name in enumerate(odd_files.GOOD):
        if name in ("plain.jpg", "a.webp", "moving.webp", "still.gif", "moving.gif", "b.bmp",
                    "pages.tiff", "sixteen colour.png", "a png inside.jpg"):  # fmt: skip
            drawn = np.asarray(odd_files.cover(index).resize((64, 64), Image.Resampling.LANCZOS))
            packed = pack.images[rows[name]]
            assert np.abs(packed.astype(float) - drawn).mean() < 6, name


def test_a_duplicate_names_the_cover_that_it_repeats(odd):
    _, pack = odd
    copies = [entry for entry in pack.audit["left_out"] if entry["reason"] == "duplicate"]
    assert {pack.manifest[entry["of"]]["name"] for entry in copies} == {"plain.jpg"}


def test_duplicates_may_be_kept_and_stay_on_one_side(odd, tmp_path):
    folder, pack = odd
    kept = prepare(str(folder), 64, tmp_path / "kept", keep_duplicates=True, progress=False)
    copies = [row for row in kept.manifest if "plain" in row["name"]]
    assert len(kept) == len(pack) + 3 and len(copies) == 4
    assert len({row["held_out"] for row in copies}) == 1


def test_several_processes_read_the_same_as_one(covers_dir):
    items = open_source(str(covers_dir), n=60)
    alone, together = (list(read_all(items, 32, workers)) for workers in (0, 2))
    assert [name for name, _, _ in alone] == [item.name for item in items]
    for (name, factors, one), (other_name, other_factors, other) in zip(
        alone, together, strict=True
    ):
        assert (name, factors) == (other_name, other_factors)
        if isinstance(one, Cover):
            assert np.array_equal(one.pixels, other.pixels)
            assert (one.digest, one.phash) == (other.digest, other.phash)
        else:
            assert str(one) == str(other)


def test_a_process_a_processor():
    assert 1 <= processes() <= os.cpu_count()


@given(st.lists(st.tuples(st.text("0123456789abcdef", min_size=8, max_size=8), st.integers(0, 9))))
def test_a_group_is_on_the_side_of_its_smallest_digest(members):
    digests, groups = [digest for digest, _ in members], np.array([g for _, g in members], int)
    for group in set(groups.tolist()):
        sides = held_out(digests, groups)[groups == group]
        smallest = min(d for d, g in members if g == group)
        assert set(sides.tolist()) == {int(smallest, 16) < 0.1 * 2**32}


def test_the_manifest_can_be_read_by_any_csv_reader(odd):
    _, pack = odd
    with open(pack.path / "manifest.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["name", "digest", "width", "height"]
    assert {len(row) for row in rows} == {len(rows[0])}


def command(folder, out, size=32):
    return [sys.executable, "-m", "covers_lib", "prepare", "--source", str(folder),
            "--size", str(size), "--out", str(out)]  # fmt: skip


@pytest.fixture
def many(covers_dir, tmp_path):
    """A folder of 600 files, enough for several processes to read it."""
    files = sorted(path for path in covers_dir.rglob("*") if path.is_file())
    folder = tmp_path / "many"
    folder.mkdir()
    for index in range(600):
        shutil.copy(files[index % len(files)], folder / f"{index:03}{files[0].suffix}")
    return folder


@pytest.mark.slow
def test_two_processes_that_build_the_same_pack_at_once_give_one_good_pack(many, tmp_path):
    out = tmp_path / "out" / "pack"
    both = [subprocess.Popen(command(many, out), stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    alone = prepare(str(many), 32, tmp_path / "alone", progress=False)
    assert Pack(out).digest == alone.digest
    assert np.array_equal(Pack(out).images, alone.images)
    assert [path.name for path in out.parent.iterdir()] == ["pack"]


@pytest.mark.slow
def test_killed_at_twenty_moments_the_next_one_gives_the_same_digest(many, tmp_path):
    out = tmp_path / "out" / "pack"
    whole = prepare(str(many), 32, tmp_path / "whole", progress=False)
    readers = set()
    chance = random.Random(0)
    unfinished = 0
    for _ in range(20):
        process = subprocess.Popen(command(many, out), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        while process.poll() is None and not list(tmp_path.glob(f"out/.pack.part-*-{process.pid}")):
            time.sleep(0.005)  # it has begun to write
        time.sleep(chance.uniform(0, 1.5 * whole.audit["seconds"]))
        with suppress(psutil.NoSuchProcess):
            readers.update(psutil.Process(process.pid).children())
        process.kill()
        process.wait()
        unfinished += not out.exists()
        if out.exists():  # then it is whole
            assert Pack(out).digest == whole.digest
            shutil.rmtree(out)
    assert unfinished >= 5 and len(readers) >= unfinished
    _, still_running = psutil.wait_procs(readers, timeout=10)
    assert not still_running, "they would wait for ever for the process that was killed"
    assert subprocess.run(command(many, out), capture_output=True).returncode == 0
    assert Pack(out).digest == whole.digest
    assert [path.name for path in out.parent.iterdir()] == ["pack"]


def test_a_file_item_and_the_pack_agree(odd):
    folder, pack = odd
    cover = read_cover(FileItem("plain.jpg", folder / "plain.jpg"), 64)
    index = [row["name"] for row in pack.manifest].index("plain.jpg")
    assert np.array_equal(pack.images[index], cover.pixels)
    assert pack.manifest[index]["digest"] == cover.digest
