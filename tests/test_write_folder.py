import os
import socket
import subprocess
import sys

import pytest

from covers_lib import files


def content(out):
    return (out / "text").read_text()


def test_a_folder_takes_its_name_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    with files.write_folder(out) as folder:
        (folder / "text").write_text("new")
        assert not out.exists()
    assert content(out) == "new"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_what_was_there_stays_if_the_block_fails(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "text").write_text("old")
    with pytest.raises(KeyboardInterrupt), files.write_folder(out) as folder:
        (folder / "text").write_text("new")
        raise KeyboardInterrupt
    assert content(out) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_another_process_may_put_its_own_there_in_between(tmp_path, monkeypatch):
    out, rename = tmp_path / "out", os.rename
    calls = []

    def and_another(source, target):
        if target == out and not calls:  # just before our folder takes its place
            calls.append(target)
            out.mkdir()
            (out / "text").write_text("theirs")
        rename(source, target)

    monkeypatch.setattr(os, "rename", and_another)
    with files.write_folder(out) as folder:
        (folder / "text").write_text("ours")
    assert calls and content(out) == "ours"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(tmp_path, kind, pid):
    folder = tmp_path / f".out.{kind}-{socket.gethostname()}-{pid}"
    folder.mkdir()
    (folder / "text").write_text(kind)
    return folder


def test_what_a_killed_process_left_is_removed(tmp_path, ended):
    killed, running = left(tmp_path, "part", ended), left(tmp_path, "part", os.getppid())
    other = tmp_path / f".out.part-another-host-{ended}"
    other.mkdir()
    files.clear(tmp_path / "out")
    assert not killed.exists() and running.exists() and other.exists()


def test_killed_between_the_renames_the_former_content_gets_its_name_back(tmp_path, ended):
    left(tmp_path, "old", ended)
    files.clear(tmp_path / "out")
    assert content(tmp_path / "out") == "old"


def test_an_old_folder_is_removed_where_the_new_one_is_in_place(tmp_path, ended):
    old = left(tmp_path, "old", ended)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "text").write_text("new")
    files.clear(tmp_path / "out")
    assert content(tmp_path / "out") == "new" and not old.exists()
