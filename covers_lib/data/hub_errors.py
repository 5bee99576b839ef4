"""What hubs' clients raise, turned into one sentence that says what to do."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path
from tarfile import TarError
from zipfile import BadZipFile
from zlib import error as ZlibError

from covers_lib.errors import InputError

AGAIN = "run the same command again"
DISK = (EACCES, EDQUOT, ENOSPC, EPERM, EROFS)
UNREACHED = {"ConnectionError", "TimeoutError", "TransportError", "LocalEntryNotFoundError"}
BROKEN_OFF = {"ChunkedEncodingError", "ReadError", "RemoteProtocolError"}
HEX = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
BROKEN = (BadZipFile, TarError, ZlibError, EOFError, ValueError, RuntimeError)  # of unpacking


@contextmanager
def kaggle_explained(dataset: str, folder: Path) -> Iterator[None]:
    """Turn whatever kagglehub raises into an `InputError`.

    An archive that arrived broken is removed, since the client would take it for whole next time.
    """
    import requests
    from kagglehub.exceptions import DataCorruptionError

    page = f"https://www.kaggle.com/datasets/{dataset}"
    try:
        yield
    except InputError:
        raise
    except requests.HTTPError as error:
        status = getattr(error.response, "status_code", None)
        hint = "try again later"
        if status in (401, 403, 404):
            hint = f"check its name at {page}, and your key if you have one"
        raise InputError(f"Kaggle gives no data set {dataset} (error {status}): {hint}") from error
    except requests.RequestException as error:
        if any(folder.glob("*.archive")):
            told = f"the download of {dataset} stopped half-way: {AGAIN}, it goes on where it was"
        else:
            told = f"Kaggle can't be reached: check the network, and {AGAIN}"
        raise InputError(told) from error
    except (DataCorruptionError, *BROKEN) as error:
        remove_unfinished(folder)
        # By its name, since Python has it from 3.11.4 only.
        if "FilterError" in {kind.__name__ for kind in type(error).__mro__}:
            raise InputError(
                f"the archive of {dataset} has members that point outside its folder, and was not "
                f"unpacked: tell its authors at {page}"
            ) from error
        raise InputError(
            f"the archive of {dataset} arrived broken, and was deleted: {AGAIN} to download it anew"
        ) from error
    except OSError as error:
        raise full_or_forbidden(error, folder) from error
    except Exception as error:  # such as kagglehub's own, when Kaggle answers what it can't read
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise InputError(f"Kaggle gives no data set {dataset} ({reason}): see {page}") from error


def remove_unfinished(folder: Path) -> None:
    """Remove the archives of a Kaggle data set, and each version that is not marked as whole."""
    for archive in folder.glob("*.archive"):
        archive.unlink()
    for version in folder.glob("versions/*"):
        if not (folder / f"{version.name}.complete").exists():
            shutil.rmtree(version)


@contextmanager
def hugging_face_explained(name: str, blobs: Path) -> Iterator[None]:
    """Turn whatever datasets raises into an `InputError`; `blobs` is where downloaded files lie.

    Files that arrived broken are removed, since the client would take them for whole next time.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(hugging_face_sentence(error, name, blobs)) from error


def hugging_face_sentence(error: BaseException, name: str, blobs: Path) -> str:
    """Say what went wrong, and what to do.

    Some errors come from the library that datasets asks the network with: it has changed before,
    so those are told by the names of their classes.
    """
    page = f"https://huggingface.co/datasets/{name.partition('@')[0]}"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(getattr(error, "response", None), "status_code", None)
    if "DatasetNotFoundError" in kinds:
        if "gated" in str(error):
            return f"the data set {name} asks for a login: see {page}, then run `hf auth login`"
        return f"Hugging Face gives no data set {name}: check its name at {page}"
    if kinds & {"EmptyDatasetError", "DataFilesNotFoundError"}:
        return f"the data set {name} has no files of a kind that can be read: see {page}"
    if configs := re.search(r"(?:Available|available configs): \[(.*?)\]", str(error)):
        names = configs[1].replace("'", "")
        return f"the data set {name} has configurations, {names}: give one, as OWNER/NAME@CONFIG"
    if status:
        return f"Hugging Face gives no data set {name} (error {status}): try again later"
    broken_off = kinds & BROKEN_OFF or "Consistency check" in str(error)
    if broken_off or kinds & UNREACHED:
        if broken_off or any(blobs.glob("*")):
            return f"the download of {name} stopped half-way: {AGAIN}, it keeps the whole files"
        return f"Hugging Face can't be reached: check the network, and {AGAIN}"
    while error.__cause__:  # datasets wraps what it meets in errors that say less
        error = error.__cause__
    if isinstance(error, OSError) and error.errno in DISK:
        return str(full_or_forbidden(error, blobs))
    if remove_broken(blobs):
        return arrived_broken(name)
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return f"the data set {name} can't be read ({reason}): {AGAIN}, or see {page}"


def arrived_broken(name: str) -> str:
    """Say that downloaded files are not what the hub has."""
    return f"files of {name} arrived broken, and were deleted: {AGAIN} to download them anew"


def remove_broken(blobs: Path) -> bool:
    """Remove the downloaded files that are not what their names say: the digests of their content.

    Tells whether there were any.
    """
    files = [blob for blob in blobs.glob("*") if blob.is_file() and HEX.fullmatch(blob.name)]
    broken = [blob for blob in files if blob.name != digest(blob)]
    for blob in broken:
        blob.resolve().unlink()
        blob.unlink(missing_ok=True)  # where it is a link to a file that several data sets share
    return bool(broken)


def digest(blob: Path) -> str:
    """Return a file's name at Hugging Face: its SHA-256, or git's SHA-1 of a small one."""
    if len(blob.name) == 40:
        start = b"blob %d\0" % blob.stat().st_size
        return hashlib.sha1(start + blob.read_bytes(), usedforsecurity=False).hexdigest()
    with open(blob, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def full_or_forbidden(error: OSError, place: Path) -> InputError:
    """Say that the disk is full, or what else keeps us from writing to it."""
    if error.errno in (ENOSPC, EDQUOT):
        reason = f"is full: free some space and {AGAIN}"
    else:
        reason = f"can't be written ({error.strerror or error}): mend that"
    return InputError(f"the disk of {place} {reason}, or point COVERS_HOME to another one")
