"""Image data sets from Kaggle and Hugging Face, downloaded once, into a cache under `home()`."""

import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from logging import CRITICAL, getLogger
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from covers_lib.data.hub_errors import (
    arrived_broken,
    hugging_face_explained,
    kaggle_explained,
    remove_broken,
    remove_unfinished,
)
from covers_lib.data.hub_images import EncodedImages
from covers_lib.errors import InputError
from covers_lib.files import check_room, home

MOUNTED = ("TBE_RUNTIME_ADDR", "KAGGLE_KERNEL_RUN_TYPE")  # set in Colab, and in Kaggle's notebooks

VERIFIED = "verified"  # a file beside tables whose sources were compared with their digests


def kaggle(dataset: str = "greg115/album-covers-images") -> Path:
    """Return the folder of a Kaggle data set's files, downloaded and unpacked where it is missing.

    No key is needed for a public data set. It is kept in `KAGGLEHUB_CACHE` if that is set, else
    under `home()`; what is there whole is given without asking Kaggle again.

    Raises `InputError` if kagglehub is missing, the data set can't be had, its download breaks off
    or arrives broken, or the disk has too little room.

    Derived in: book/02_preprocessing
    """
    if not re.fullmatch(r"[\w-]+/[\w-]+", dataset):
        raise InputError(f"a Kaggle data set is named OWNER/NAME, not {dataset}")
    cache = Path(os.environ.get("KAGGLEHUB_CACHE") or home() / "kagglehub")
    folder = cache / "datasets" / dataset
    if whole := newest(folder):
        return whole
    kagglehub = library("kagglehub", "Kaggle")
    with kaggle_explained(dataset, folder), hushed("kagglehub"):
        handle = dataset
        if not any(name in os.environ for name in MOUNTED):
            version, size = ask_kaggle(dataset)
            # The archive lies beside what is unpacked from it, and pictures hardly shrink in it.
            check_room(f"the data set {dataset}", 2 * size - size_of(folder), cache)
            handle = f"{dataset}/versions/{version}"
        with mock.patch.dict(os.environ, {"KAGGLEHUB_CACHE": str(cache)}):
            files = Path(kagglehub.dataset_download(handle))
        remove_unfinished(folder)  # such as half an archive of an older version
        return files


def newest(folder: Path) -> Path | None:
    """Find the newest version that kagglehub has marked as whole."""
    marks = [mark.stem for mark in folder.glob("*.complete") if mark.stem.isdigit()]
    versions = [folder / "versions" / mark for mark in sorted(marks, key=int, reverse=True)]
    return next((version for version in versions if version.is_dir()), None)


def ask_kaggle(dataset: str) -> tuple[int, int]:
    """Ask Kaggle for a data set's newest version, and for the bytes of its archive."""
    from kagglehub.clients import build_kaggle_client
    from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

    request = ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.split("/")
    try:
        client = build_kaggle_client()
    except ValueError as error:  # the file of a key is not what it should be
        raise InputError(f"{error}: mend it, or delete it, public data sets need no key") from error
    with client:
        answer = client.datasets.dataset_api_client.get_dataset(request)
    return answer.current_version_number, answer.total_bytes or 0


def hugging_face(name: str) -> EncodedImages:
    """Return the images of all splits of a Hugging Face data set, downloaded where it is missing.

    `name` is OWNER/NAME, or OWNER/NAME@CONFIG where the data set has several configurations. It is
    kept where `HF_HOME` and its kin say if they are set, else under `home()`; what is there whole
    is given without asking Hugging Face again.

    Raises `InputError` if datasets is missing, the data set can't be had or has no column of images
    or several, its download breaks off or arrives broken, or the disk has too little room.
    """
    repo, _, config = name.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise InputError(f"a Hugging Face data set is named OWNER/NAME, not {repo}")
    if Path(repo).is_dir():  # datasets would take it for the data set
        raise InputError(f"a folder here is named {repo}, as the data set is: run it elsewhere")
    datasets = library("datasets", "Hugging Face")
    hub, tables = hugging_face_caches()
    blobs = hub / f"datasets--{repo.replace('/', '--')}" / "blobs"
    with hugging_face_explained(name, blobs), hugging_face_hushed(), files_in(hub):
        wanted = (repo, config or None)
        images = cached(wanted, tables, name)
        if images is None:
            builder = datasets.load_dataset_builder(*wanted, cache_dir=str(tables))
            if builder.info.features:  # of some data sets they are known before the download
                image_column(builder.info.features, name)
            check_room(f"the data set {name}", room_of(builder) - size_of(blobs), hub)
            images = prepared(builder, blobs, name)
    return images


def hugging_face_caches() -> tuple[Path, Path]:
    """Return where downloaded files go, and where the tables that datasets makes of them."""
    from datasets import config
    from huggingface_hub import constants

    ours, chosen = home() / "huggingface", os.environ.keys()
    hub, tables = ours / "hub", ours / "datasets"
    if chosen & {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}:
        hub = Path(constants.HF_HUB_CACHE)
    if chosen & {"HF_HOME", "HF_DATASETS_CACHE"}:
        # Apart from the person's own tables, since `prepared` leaves labels out.
        tables = Path(config.HF_DATASETS_CACHE) / "covers"
    return hub, tables


@contextmanager
def files_in(hub: Path) -> Iterator[None]:
    """Make datasets keep the downloaded files in `hub`: it has no argument for that."""
    from huggingface_hub import constants

    with mock.patch.object(constants, "HF_HUB_CACHE", str(hub)):
        yield


@contextmanager
def hugging_face_hushed() -> Iterator[None]:
    """Mute what the clients say; with `TQDM_DISABLE` their bars, too, in notebooks as elsewhere."""
    from datasets import utils as tables
    from huggingface_hub import utils as hub

    clients = [client for client in (tables, hub) if not client.are_progress_bars_disabled()]
    with ExitStack() as stack:
        stack.enter_context(hushed("datasets", "huggingface_hub"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for client in clients if "TQDM_DISABLE" in os.environ else ():
            client.disable_progress_bars()
            stack.callback(client.enable_progress_bars)
        yield


def cached(wanted: tuple[str, str | None], tables: Path, name: str) -> EncodedImages | None:
    """Return the images of a data set that was prepared before, or none; the hub is not asked."""
    import datasets

    try:
        with mock.patch.object(datasets.config, "HF_HUB_OFFLINE", True):
            builder = datasets.load_dataset_builder(*wanted, cache_dir=str(tables))
            images = encoded(builder, name)
    except InputError:
        raise
    except Exception:  # of many kinds: whatever is not there whole is fetched
        return None
    whole = (Path(builder.cache_dir) / VERIFIED).exists()
    there = images[0][1] or images[-1][1]  # a table may outlive the files that it names
    return images if whole and there else None


def prepared(builder: Any, blobs: Path, name: str) -> EncodedImages:
    """Download a data set's files, make tables of them, and give its images."""
    if builder.name == "imagefolder":
        builder.config.drop_labels = True  # unused here, and datasets 5.2 trips over those of zips
    builder.download_and_prepare(download_mode="reuse_cache_if_exists")
    if remove_broken(blobs):  # the client compares nothing but their sizes
        shutil.rmtree(builder.cache_dir)
        raise InputError(arrived_broken(name))
    (Path(builder.cache_dir) / VERIFIED).touch()
    return encoded(builder, name)


def encoded(builder: Any, name: str) -> EncodedImages:
    """Return the images of all splits of a prepared data set, as they are encoded in its files."""
    import datasets

    rows = datasets.concatenate_datasets(list(builder.as_dataset().values()))
    if not len(rows):
        raise InputError(f"the data set {name} is empty")
    column = image_column(rows.features, name)
    rows = rows.select_columns([column]).cast_column(column, datasets.Image(decode=False))
    return EncodedImages(name, rows, column)


def room_of(builder: Any) -> int:
    """Add up the bytes of a data set's files, and of the tables that are made of them."""
    from huggingface_hub import HfFileSystem

    hub = HfFileSystem()
    urls = [url for split in (builder.config.data_files or {}).values() for url in split]
    size = sum(hub.info(url)["size"] for url in urls if url.startswith("hf://"))
    return size if builder.name == "imagefolder" else 2 * size  # whose table has but their paths


def image_column(features: dict, name: str) -> str:
    """Find the one column that holds images."""
    from datasets import Image

    columns = [column for column, feature in features.items() if isinstance(feature, Image)]
    if not columns:
        raise InputError(f"the data set {name} has no column of images, but {', '.join(features)}")
    if len(columns) > 1:
        raise InputError(f"the data set {name} has several columns of images: {', '.join(columns)}")
    return columns[0]


def library(name: str, hub: str) -> ModuleType:
    """Import a hub's client, which is an optional part of covers-lib.

    Raises `InputError` if it is not installed.

    Derived in: book/02_preprocessing
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise InputError(
            f'to fetch from {hub}, install {name}: pip install "covers-lib[hubs]"'
        ) from None


def size_of(folder: Path) -> int:
    """Add up the bytes of all files in a folder, which need not exist."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


@contextmanager
def hushed(*loggers: str) -> Iterator[None]:
    """Mute what hubs' clients print and log, all but their bars; with `TQDM_DISABLE` those, too."""
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(StringIO()))
        if "TQDM_DISABLE" in os.environ:
            stack.enter_context(redirect_stderr(StringIO()))
        for logger in map(getLogger, loggers):
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(CRITICAL)
        yield
