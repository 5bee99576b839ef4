"""As much of Kaggle as kagglehub asks of it to download a public data set."""

import base64
import hashlib
import json
from urllib.parse import urlparse

from local_server import Handler, LocalServer


class KaggleServer(LocalServer):
    """Kaggle with one data set, `name`, at version 3.

    kagglehub finds it as the proxy of the http addresses that it uses for a local Kaggle: see
    `environment`. `archive` is what it sends; `announced` the size that it tells (the archive's own
    unless set); `digest` tells whether it sends the MD5 of the archive, and `ranges` whether it can
    go on in the middle, as the real one does both.
    """

    def __init__(self, archive: bytes):
        super().__init__()
        self.name, self.archive, self.announced = "somebody/covers", archive, None
        self.digest = self.ranges = True
        self.status = 200

    def environment(self) -> dict[str, str]:
        return {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": self.url, "no_proxy": ""}

    def answer(self, handler: Handler) -> None:
        path = urlparse(handler.path).path
        if path == "/archive.zip":
            self.send_archive(handler)
            return
        asked = json.loads(handler.body)
        if self.status != 200:
            handler.send(self.status)
        elif f"{asked['ownerSlug']}/{asked['datasetSlug']}" != self.name:
            refuse(handler, 403, "Permission 'datasets.get' was denied")
        elif path.endswith("/GetDataset"):
            size = self.announced if self.announced is not None else len(self.archive)
            answer = {"ref": self.name, "currentVersionNumber": 3, "totalBytes": size}
            handler.send(200, json.dumps(answer).encode(), Content_Type="application/json")
        elif path.endswith("/DownloadDataset"):
            handler.send(302, Location="http://storage.localhost/archive.zip?signed")
        else:
            refuse(handler, 404, "not found")

    def send_archive(self, handler: Handler) -> None:
        headers = {"Content_Type": "application/zip"}
        if self.digest:
            md5 = base64.b64encode(hashlib.md5(self.archive).digest()).decode()
            headers["X_Goog_Hash"] = f"crc32c=AAAAAA==,md5={md5}"
        handler.send_file(self.archive, self.ranges, **headers)


class ColabServer(LocalServer):
    """The server inside a Colab machine that mounts Kaggle's data sets: it mounts `slug`."""

    def __init__(self, slug: str):
        super().__init__()
        self.slug = slug

    def answer(self, handler: Handler) -> None:
        mounting = handler.path == "/kagglehub/datasets/mount"
        handler.send(200, json.dumps({"slug": self.slug}).encode() if mounting else b"")


def refuse(handler: Handler, status: int, message: str) -> None:
    body = json.dumps({"code": status, "message": message}).encode()
    handler.send(status, body, Content_Type="application/json")
