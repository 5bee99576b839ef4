import errno

import pytest

from covers_lib import files


def no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write(path, "first")
    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(OSError) as caught:
        files.write(path, b"second")
    assert files.is_full(caught.value) and path.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_files_that_belong_together_are_all_as_they_were(tmp_path):
    (tmp_path / "there").write_text("first")
    with pytest.raises(FileNotFoundError):
        files.write_all({tmp_path / "there": "second", tmp_path / "nowhere" / "file": b"second"})
    assert (tmp_path / "there").read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["there"]
    files.write_all({tmp_path / "there": "second", tmp_path / "other": b"second"})
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "there": "second", "other": "second",
    }  # fmt: skip


def test_a_place_is_checked_before_there_is_anything_to_write(tmp_path, monkeypatch):
    files.check_place(tmp_path / "new" / "folder" / "file", "--out")
    with pytest.raises(ValueError, match="is a folder: give --out the name of a file"):
        files.check_place(tmp_path, "--out")
    (tmp_path / "file").write_text("")
    files.check_place(tmp_path / "file", "--out")
    with pytest.raises(ValueError, match="file is no folder that you may write in"):
        files.check_place(tmp_path / "file" / "below", "--out")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # for root, every folder is open
    with pytest.raises(ValueError, match="is no folder that you may write in"):
        files.check_place(tmp_path / "new" / "file", "--out")


def test_lines_are_appended(tmp_path):
    for line in ("one", "zwölf"):
        files.append(tmp_path / "file", line)
    assert (tmp_path / "file").read_text("utf-8") == "one\nzwölf\n"


def test_other_errors_are_no_full_disk(tmp_path):
    assert not files.is_full(PermissionError(errno.EACCES, "denied"))
    assert not files.is_full(OSError("without a number"))
