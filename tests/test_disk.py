import errno

import pytest

from covers_lib import disk


def no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    disk.write(path, "first")
    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(OSError) as caught:
        disk.write(path, b"second")
    assert disk.is_full(caught.value) and path.read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_lines_are_appended(tmp_path):
    for line in ("one", "zwölf"):
        disk.append(tmp_path / "file", line)
    assert (tmp_path / "file").read_text("utf-8") == "one\nzwölf\n"


def test_other_errors_are_no_full_disk(tmp_path):
    assert not disk.is_full(PermissionError(errno.EACCES, "denied"))
    assert not disk.is_full(OSError("without a number"))
