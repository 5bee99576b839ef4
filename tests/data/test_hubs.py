import errno
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from covers_lib.data import hubs
from covers_lib.data.hub_errors import hugging_face_sentence, remove_broken
from covers_lib.errors import InputError

pytest.importorskip("kagglehub")
pytest.importorskip("datasets")

from hub_pictures import archive, folder, picture, table
from hugging_face_server import HuggingFaceServer
from kaggle_server import ColabServer, KaggleServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FORKS = sys.platform == "linux"  # elsewhere forked processes die, or there are none
OURS = re.compile("KAGGLE|HF_|HUGGING|TBE_|TQDM|.*_proxy", re.IGNORECASE)


@pytest.fixture
def clean(monkeypatch, tmp_path):
    """An environment with a home of its own, without keys or settings of any hub's client."""
    for name in list(os.environ):
        if OURS.match(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("COVERS_HOME", str(tmp_path / "home"))


@pytest.fixture
def kaggle(clean, monkeypatch):
    # The client looks through the whole call stack for who calls it: half a second under pytest.
    monkeypatch.setattr("kagglehub.clients.get_user_agent", lambda: "kagglehub")
    with KaggleServer(archive(folder())) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server


def names(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def test_a_kaggle_data_set_is_downloaded_once(kaggle, tmp_path):
    files = hubs.kaggle("somebody/covers")
    assert files.is_relative_to(tmp_path / "home")
    assert names(files) == set(folder())
    assert (files / "covers/a/0.jpg").read_bytes() == picture(0)
    asked = len(kaggle.asked)
    assert hubs.kaggle("somebody/covers") == files and len(kaggle.asked) == asked


def test_kaggle_needs_no_key_and_asks_for_none(kaggle, tmp_path):
    code = "from covers_lib.data import hubs; hubs.kaggle('somebody/covers')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert done.returncode == 0 and done.stdout == b"" and b"100%" in done.stderr
    assert len(kaggle.asked) == 3
    assert not any("authorization" in map(str.lower, headers) for _, _, headers in kaggle.asked)
    assert not (tmp_path / "person").exists()


def test_kaggle_is_silent_where_bars_are_disabled(kaggle, monkeypatch, capfd):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    hubs.kaggle("somebody/covers")
    assert capfd.readouterr() == ("", "")


def test_a_persons_own_kaggle_cache_is_used(kaggle, monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "own"))
    assert hubs.kaggle("somebody/covers").is_relative_to(tmp_path / "own")
    assert not (tmp_path / "home").exists()
    monkeypatch.delenv("KAGGLEHUB_CACHE")
    hubs.kaggle("somebody/covers")
    assert "KAGGLEHUB_CACHE" not in os.environ


@pytest.mark.parametrize("ranges", [True, False])
def test_a_kaggle_download_that_broke_off_goes_on(kaggle, ranges):
    files = folder(n=3, side=1200)  # the client writes a megabyte at a time
    kaggle.archive, kaggle.ranges = archive(files), ranges
    assert len(kaggle.archive) > 2_500_000
    kaggle.break_off(after=2_500_000)
    with pytest.raises(InputError, match="stopped half-way: run the same command again"):
        hubs.kaggle("somebody/covers")
    assert not list(hubs.home().rglob("*.complete"))
    assert names(hubs.kaggle("somebody/covers")) == set(files)
    resumed = [headers["Range"] for _, _, headers in kaggle.asked if "Range" in headers]
    assert resumed == (["bytes=2097152-"] if ranges else [])


def test_a_kaggle_archive_whose_unpacking_was_killed_is_unpacked_again(kaggle):
    place = hubs.home() / "kagglehub" / "datasets" / "somebody" / "covers"
    (place / "versions" / "3" / "covers" / "a").mkdir(parents=True)
    (place / "versions" / "3" / "covers" / "a" / "0.jpg").write_bytes(b"half")
    (place / "3.archive").write_bytes(kaggle.archive)
    (place / "2.archive").write_bytes(b"half of an older version")
    files = hubs.kaggle("somebody/covers")
    assert (files / "covers/a/0.jpg").read_bytes() == picture(0)
    assert not list(place.glob("*.archive"))


def cut(data: bytes) -> bytes:
    return data[:-100]


def changed(data: bytes) -> bytes:
    return data[:2000] + bytes(100) + data[2100:]


def a_page(_: bytes) -> bytes:
    return b"<html>come back later</html>"


@pytest.mark.parametrize(
    ("damage", "digest"), [(cut, True), (cut, False), (changed, False), (a_page, True)]
)
def test_a_broken_kaggle_archive_is_deleted_and_the_next_one_is_good(kaggle, damage, digest):
    good, kaggle.digest = kaggle.archive, digest
    kaggle.archive = damage(good)
    with pytest.raises(InputError, match="arrived broken, and was deleted: run the same command"):
        hubs.kaggle("somebody/covers")
    assert not [path for path in hubs.home().rglob("*") if path.is_file()]
    kaggle.archive = good
    assert names(hubs.kaggle("somebody/covers")) == set(folder())


def test_half_an_archive_that_rotted_is_not_taken_for_whole(kaggle):
    place = hubs.home() / "kagglehub" / "datasets" / "somebody" / "covers"
    place.mkdir(parents=True)
    (place / "3.archive").write_bytes(changed(kaggle.archive))  # as long as the whole
    with pytest.raises(InputError, match="arrived broken, and was deleted"):
        hubs.kaggle("somebody/covers")
    assert names(hubs.kaggle("somebody/covers")) == set(folder())


def test_no_member_of_a_zip_is_written_outside_its_folder(kaggle, tmp_path):
    outside = {"../../../../../../evil.jpg": picture(7), f"{tmp_path}/evil.jpg": picture(8)}
    kaggle.archive = archive(folder() | outside)
    files = hubs.kaggle("somebody/covers")
    evil = list(tmp_path.rglob("evil.jpg"))
    assert len(evil) == 2 and all(path.is_relative_to(files) for path in evil)


@pytest.mark.parametrize("kind", ["up", "absolute", "link"])
def test_a_tar_with_members_that_point_outside_is_refused(kaggle, tmp_path, kind):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo("../../evil.jpg" if kind == "up" else "evil.jpg")
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, str(tmp_path)
            tar.addfile(member)
            member = tarfile.TarInfo("evil.jpg/evil.jpg")
        elif kind == "absolute":
            member.type, member.linkname = tarfile.LNKTYPE, "/etc/hostname"
        member.size = 0 if kind == "absolute" else 4
        tar.addfile(member, io.BytesIO(b"evil"))
    kaggle.archive = file.getvalue()
    with pytest.raises(InputError, match="members that point outside its folder"):
        hubs.kaggle("somebody/covers")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_disk_that_fills_up_keeps_the_archive(kaggle, monkeypatch):
    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("kagglehub.http_resolver.zipfile.ZipFile.extractall", fill)
        with pytest.raises(InputError, match="is full: free some space and run the same command"):
            hubs.kaggle("somebody/covers")
    kaggle.asked.clear()
    assert names(hubs.kaggle("somebody/covers")) == set(folder())
    assert not any("Range" in headers for _, _, headers in kaggle.asked)


@pytest.mark.parametrize("name", ["covers", "a/b/c", "../covers", ""])
def test_names_that_kaggle_cannot_have(name):
    with pytest.raises(InputError, match="a Kaggle data set is named OWNER/NAME"):
        hubs.kaggle(name)


def test_an_unknown_kaggle_data_set(kaggle):
    page = "check its name at https://www.kaggle.com/datasets/somebody/else"
    with pytest.raises(InputError, match=page):
        hubs.kaggle("somebody/else")


def test_kaggle_has_trouble_or_cannot_be_reached(kaggle):
    kaggle.status = 503
    with pytest.raises(InputError, match=r"error 503\): try again later"):
        hubs.kaggle("somebody/covers")
    kaggle.__exit__()
    with pytest.raises(InputError, match="Kaggle can't be reached: check the network"):
        hubs.kaggle("somebody/covers")


def test_a_kaggle_key_that_cannot_be_read(kaggle, monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "kaggle.json").write_text("not a key")
    with pytest.raises(InputError, match="delete it, public data sets need no key"):
        hubs.kaggle("somebody/covers")


def test_too_little_room_for_a_kaggle_data_set(kaggle, monkeypatch):
    kaggle.announced = 10**15
    with pytest.raises(
        InputError, match="somebody/covers needs about 2000000.0 GB and .* are free"
    ):
        hubs.kaggle("somebody/covers")
    assert not any("DownloadDataset" in path for _, path, _ in kaggle.asked)


def test_in_colab_a_data_set_is_mounted_and_not_downloaded(clean, monkeypatch, tmp_path):
    (tmp_path / "mounted" / "covers").mkdir(parents=True)
    with ColabServer("covers") as server:
        monkeypatch.setenv("TBE_RUNTIME_ADDR", server.url.removeprefix("http://"))
        monkeypatch.setenv("COLAB_CACHE_MOUNT_FOLDER", str(tmp_path / "mounted"))
        assert hubs.kaggle("somebody/covers") == tmp_path / "mounted" / "covers"


def test_what_is_there_already_needs_no_more_room(kaggle, monkeypatch):
    free = 2 * len(kaggle.archive) - 1000
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr("covers_lib.data.hubs.shutil.disk_usage", lambda _: usage)
    with pytest.raises(InputError, match="point COVERS_HOME to a larger disk"):
        hubs.kaggle("somebody/covers")
    place = hubs.home() / "kagglehub" / "datasets" / "somebody" / "covers"
    place.mkdir(parents=True)
    (place / "3.archive").write_bytes(kaggle.archive[:2000])
    hubs.kaggle("somebody/covers")


@pytest.mark.parametrize(
    ("fetch", "library"),
    [(hubs.kaggle, "kagglehub"), (lambda: hubs.hugging_face("somebody/covers"), "datasets")],
)
def test_a_missing_library_is_named(clean, monkeypatch, fetch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf'install {library}: pip install "covers-lib\[hubs\]"'):
        fetch()


def test_importing_hubs_pulls_in_neither_client():
    code = "import sys, covers_lib.hubs; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert not {"kagglehub", "datasets", "huggingface_hub", "requests"} & set(done.stdout.split())


def test_home_is_where_covers_home_says(monkeypatch, tmp_path):
    monkeypatch.setenv("COVERS_HOME", str(tmp_path))
    assert hubs.home() == tmp_path
    monkeypatch.setenv("COVERS_HOME", "~/covers")
    assert hubs.home() == Path.home() / "covers"
    monkeypatch.delenv("COVERS_HOME")
    assert hubs.home().name == "album-covers-gan"


# The hub's address is read when its client is imported: each fetch has a process of its own.
FETCH = """
import hashlib, json, multiprocessing, pickle, sys, time
from covers_lib.data import hubs
from covers_lib.errors import InputError
time.sleep = lambda seconds: None  # the client waits long before it tries again
try:
    images = hubs.hugging_face(sys.argv[1])
except InputError as error:
    print(json.dumps({"error": str(error)}))
    sys.exit()
rows = list(images)
for method in sys.argv[2:]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(images.__getitem__, range(len(images)), chunksize=1) == rows, method
print(json.dumps({
    "rows": [(name, hashlib.sha256(data).hexdigest()) for name, data in rows],
    "last": images[-1][0],
    "pickled": len(pickle.dumps(images)),
}))
"""


BAR = r"$|.*(%\|.*\||\d examples \[)"


@pytest.fixture
def hub(clean, monkeypatch):
    with HuggingFaceServer({"data/train-00000-of-00001.parquet": table()}) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server


def fetch(name: str = "somebody/covers", *methods: str) -> dict:
    """Fetch in a new process: its images' names and digests, or its error."""
    command = [sys.executable, "-c", FETCH, name, *methods]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    littered = [line for line in re.split("[\r\n]+", done.stderr) if not re.match(BAR, line)]
    assert not littered
    return json.loads(done.stdout) | {"stderr": done.stderr}


def digests(pictures: list[bytes]) -> list[str]:
    return [sha256(picture).hexdigest() for picture in pictures]


@pytest.mark.parametrize("methods", [["fork"], ["spawn"]] if FORKS else [["spawn"]])
def test_a_table_of_hugging_face_is_downloaded_and_read_by_several_processes(
    hub, tmp_path, methods
):
    done = fetch("somebody/covers", *methods)
    assert [name for name, _ in done["rows"]] == [
        "somebody/covers-000000",
        *[f"{index:06d}-cover {index}.jpg" for index in range(1, 6)],
    ]
    assert [data for _, data in done["rows"]] == digests([picture(index) for index in range(6)])
    assert done["last"] == "000005-cover 5.jpg" and done["pickled"] < 10_000
    assert not (tmp_path / "person").exists()


@pytest.mark.parametrize("form", ["files", "zip"])
def test_a_hugging_face_folder_of_images(hub, tmp_path, form):
    zipped = archive(folder() | {"../evil.jpg": picture(7)})
    hub.files = folder() if form == "files" else {"covers.zip": zipped}
    done = fetch("somebody/covers", "fork" if FORKS else "spawn")
    order = [0, 2, 4, 1, 3, 5]  # of the paths
    assert not list(tmp_path.rglob("evil.jpg"))
    assert [name for name, _ in done["rows"]] == [f"{i:06d}-{n}.jpg" for i, n in enumerate(order)]
    assert [data for _, data in done["rows"]] == digests([picture(index) for index in order])


def test_all_splits_are_joined_and_what_is_there_needs_no_hub(hub):
    hub.files["data/test-00000-of-00001.parquet"] = table(first=6, n=2)
    rows = fetch()["rows"]
    assert sorted(data for _, data in rows) == sorted(digests(map(picture, range(8))))
    hub.asked.clear()
    assert fetch()["rows"] == rows
    assert not [path for _, path, _ in hub.asked if "somebody" in path]


def test_files_that_were_removed_are_fetched_again(hub):
    hub.files = folder()
    rows = fetch()["rows"]
    shutil.rmtree(hubs.home() / "huggingface" / "hub")
    assert fetch()["rows"] == rows


def test_a_hugging_face_download_that_broke_off_goes_on(hub):
    hub.files["data/test-00000-of-00001.parquet"] = table(first=6, n=9)
    hub.break_off(after=5_000, times=99, only="data/test")
    assert "stopped half-way: run the same command again" in fetch()["error"]
    hub.cuts, before = 0, len(hub.asked)
    assert len(fetch()["rows"]) == 15
    again = [path for method, path, _ in hub.asked[before:] if method == "GET" and "data/t" in path]
    assert len(again) == 1 and "data/test" in again[0]  # the other one was whole, and is kept


@pytest.mark.parametrize("form", ["table", "files"])
def test_broken_hugging_face_files_are_deleted_and_fetched_again(hub, form):
    if form == "files":
        hub.files = folder()
    name = next(iter(hub.files))
    hub.sent[name] = bytes(len(hub.files[name]))
    assert "arrived broken, and were deleted: run the same command again" in fetch()["error"]
    hub.sent = {}
    assert "error" not in fetch()


def test_a_persons_own_hugging_face_home_is_used_and_bars_are_hidden(hub, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert fetch()["stderr"] == ""
    assert list((tmp_path / "own" / "hub").glob("datasets--somebody--covers/blobs/*"))
    assert list((tmp_path / "own" / "datasets" / "covers").rglob("*.arrow"))
    assert not (tmp_path / "home").exists()


def test_a_local_folder_of_the_same_name_is_not_taken(clean, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "somebody" / "covers").mkdir(parents=True)
    with pytest.raises(InputError, match="a folder here is named somebody/covers"):
        hubs.hugging_face("somebody/covers")


def gate(hub):
    hub.gated = True


def announce(hub):
    hub.announced = 10**15


def two_columns(hub):
    hub.files = {"front.parquet": table(("front", "back"))}


def text(hub):
    hub.files = {"songs.csv": b"artist,title\nA,B\n"}


def nothing(hub):
    hub.files = {"README.md": b"Soon."}


def configurations(hub):
    card = "configs:\n" + "".join(
        f"- config_name: {name}\n  data_files: {name}.parquet\n" for name in ("large", "small")
    )
    hub.files = {"README.md": f"---\n{card}---\n".encode()}
    hub.files |= {f"{name}.parquet": table() for name in ("large", "small")}


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        (
            gate,
            "somebody/covers",
            "asks for a login: see https://huggingface.co/datasets/somebody/",
        ),
        (announce, "somebody/covers", r"needs about 2000000.0 GB and .* are free in .*hub: free"),
        (two_columns, "somebody/covers", "has several columns of images: front, back"),
        (text, "somebody/covers", "has no column of images, but artist, title"),
        (nothing, "somebody/covers", "has no files of a kind that can be read"),
        (configurations, "somebody/covers", "has configurations, large, small: give one, as OWNER"),
        (configurations, "somebody/covers@tiny", "has configurations, large, small: give one"),
        (nothing, "somebody/else", "check its name at https://huggingface.co/datasets/somebody/e"),
    ],
)
def test_hugging_face_data_sets_that_cannot_be_had(hub, change, name, message):
    change(hub)
    assert re.search(message, fetch(name)["error"])
    assert not any(method == "GET" and "parquet" in path for method, path, _ in hub.asked) or (
        change is two_columns
    )


def test_a_configuration_is_chosen_by_name(hub):
    configurations(hub)
    assert len(fetch("somebody/covers@small")["rows"]) == 6


def test_hugging_face_cannot_be_reached(hub):
    hub.__exit__()
    assert "Hugging Face can't be reached: check the network" in fetch()["error"]


@pytest.mark.parametrize("name", ["covers", "a/b/c", "../covers/x", "some body/covers"])
def test_names_that_hugging_face_cannot_have(name):
    with pytest.raises(InputError, match="a Hugging Face data set is named OWNER/NAME"):
        hubs.hugging_face(name)


def test_only_files_named_by_another_digest_are_broken(tmp_path):
    small = hashlib.sha1(b"blob 5\0hello").hexdigest()
    for name in (small, sha256(b"hello").hexdigest(), "README", "0" * 64 + ".12.incomplete"):
        (tmp_path / name).write_bytes(b"hello")
    assert not remove_broken(tmp_path)
    (tmp_path / small).write_bytes(b"jello")
    (tmp_path / ("0" * 64)).write_bytes(b"hello")
    assert remove_broken(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_full_disk_is_told_from_other_errors(tmp_path):
    wrapped = RuntimeError("An error occurred while generating the dataset")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert "is full: free some space" in hugging_face_sentence(wrapped, "a/b", tmp_path)
    wrapped.__cause__ = PermissionError(errno.EACCES, "Permission denied")
    assert "can't be written (Permission denied)" in hugging_face_sentence(wrapped, "a/b", tmp_path)
    odd = hugging_face_sentence(RuntimeError("odd\nlines"), "a/b@c", tmp_path)
    assert odd.startswith("the data set a/b@c can't be read (odd): run the same command again, or")


@pytest.mark.parametrize("source", ["kaggle", "hf:somebody/covers"])
def test_a_pack_is_prepared_from_a_hub(hub, monkeypatch, tmp_path, source):
    with KaggleServer(archive(folder())) as server:
        server.name = "greg115/album-covers-images"
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        command = ["prepare", "--source", source, "--size", "32", "--out", str(tmp_path / "pack")]
        done = subprocess.run(
            [sys.executable, "-m", "covers_lib", *command, "--json"],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["images"] == 6
