"""Pictures in the forms that hubs keep them in: folders, zips, parquet tables."""

import io
import json
import zipfile

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet


def picture(seed: int, side: int = 64) -> bytes:
    """Give a JPEG file of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def folder(n: int = 6, side: int = 64) -> dict[str, bytes]:
    """Give n picture files in two sub-folders: path → bytes."""
    return {f"covers/{'ab'[index % 2]}/{index}.jpg": picture(index, side) for index in range(n)}


def archive(files: dict[str, bytes]) -> bytes:
    """Give a zip of files, whose paths are taken as they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return file.getvalue()


def table(columns: tuple[str, ...] = ("image",), first: int = 0, n: int = 6) -> bytes:
    """Give a parquet table of n rows, of pictures in each of the columns and of labels.

    The first row's file has no name, as in data sets made of pictures in memory.
    """
    rows = [
        {"bytes": picture(first + index), "path": f"cover {index}.jpg" if index else None}
        for index in range(n)
    ]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    content = {column: pa.array(rows, kind) for column in columns} | {"label": list(range(n))}
    features = {column: {"_type": "Image"} for column in columns}
    features["label"] = {"dtype": "int64", "_type": "Value"}
    said = {"huggingface": json.dumps({"info": {"features": features}})}
    file = io.BytesIO()
    parquet.write_table(pa.table(content).replace_schema_metadata(said), file)
    return file.getvalue()
