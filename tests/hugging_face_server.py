"""As much of the Hugging Face hub as `datasets` asks of it to load a public data set."""

import hashlib
import json
from urllib.parse import parse_qs, unquote, urlparse

from local_server import Handler, LocalServer

COMMIT = "a" * 40


class HuggingFaceServer(LocalServer):
    """The hub with one data set, `somebody/covers`, of these files: path → bytes.

    `sent` replaces what is sent of a file, while its size and digest stay; `announced` replaces the
    sizes that the hub lists; `gated` answers as the hub does for a data set that asks for a login.
    """

    def __init__(self, files: dict[str, bytes]):
        super().__init__()
        self.files = files
        self.sent: dict[str, bytes] = {}
        self.announced: int | None = None
        self.gated = False

    def environment(self) -> dict[str, str]:
        return {"HF_ENDPOINT": self.url, "HF_HUB_DISABLE_XET": "1", "no_proxy": "*"}

    def answer(self, handler: Handler) -> None:
        url = urlparse(handler.path)
        path = unquote(url.path).removeprefix("/api").removeprefix("/datasets/")
        repo, path = "/".join(path.split("/")[:2]), path.split("/")[2:]
        if repo != "somebody/covers":
            handler.send(401, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found")
        elif self.gated:
            handler.send(401, X_Error_Code="GatedRepo", X_Error_Message="Access is restricted")
        elif not path or path[0] == "revision":
            files = [{"rfilename": name} for name in self.files]
            answer = {"_id": "1", "id": repo, "sha": COMMIT, "private": False, "siblings": files}
            send_json(handler, answer)
        elif path[0] == "tree":
            send_json(handler, self.tree("/".join(path[2:]), parse_qs(url.query)))
        elif path[0] == "paths-info":
            wanted = json.loads(handler.body)["paths"]
            send_json(handler, [entry for entry in self.tree() if entry["path"] in wanted])
        elif path[0] == "resolve" and "/".join(path[2:]) in self.files:
            self.send_entry(handler, "/".join(path[2:]))
        else:
            handler.send(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)

    def tree(self, folder: str = "", query: dict | None = None) -> list[dict]:
        """List the files and folders under a folder."""
        entries = {}
        for name, data in self.files.items():
            size = len(data) if self.announced is None else self.announced
            sha = digest(data)
            lfs = {"oid": sha, "size": size, "pointerSize": 100}
            entries[name] = {"type": "file", "path": name, "size": size, "oid": sha, "lfs": lfs}
            parents = name.split("/")[:-1]
            for depth in range(len(parents)):
                parent = "/".join(parents[: depth + 1])
                entries[parent] = {"type": "directory", "path": parent, "size": 0, "oid": COMMIT}
        prefix = folder + "/" if folder else ""
        inside = [entry for path, entry in entries.items() if path.startswith(prefix)]
        if query and query.get("recursive", ["false"])[0].lower() != "true":
            inside = [entry for entry in inside if "/" not in entry["path"].removeprefix(prefix)]
        return inside

    def send_entry(self, handler: Handler, name: str) -> None:
        body = self.sent.get(name, self.files[name])
        sha = digest(self.files[name])
        handler.send_file(body, ETag=f'"{sha}"', X_Repo_Commit=COMMIT)


def digest(data: bytes) -> str:
    """Give the SHA-256, by which the hub names large files."""
    return hashlib.sha256(data).hexdigest()


def send_json(handler: Handler, answer: dict | list) -> None:
    handler.send(200, json.dumps(answer).encode(), Content_Type="application/json")
