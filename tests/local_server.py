"""A server on this machine for tests of downloads: it sends files, and breaks off at will."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class LocalServer:
    """An HTTP server in a thread, while its `with` block runs.

    `break_off` makes the next files' bodies end early, and the connection with them. `asked` lists
    what was asked for: (method, path, headers).
    """

    def __init__(self):
        self.break_after, self.cuts, self.only = 0, 0, ""
        self.asked: list[tuple[str, str, dict]] = []

    def answer(self, handler: "Handler") -> None:
        raise NotImplementedError

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def break_off(self, after: int, times: int = 1, only: str = "") -> None:
        self.break_after, self.cuts, self.only = after, times, only


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        owner = self.server.owner
        owner.asked.append((self.command, self.path, dict(self.headers)))
        owner.answer(self)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *_):
        pass

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; headers' underscores become hyphens."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_file(self, body: bytes, ranges: bool = True, **headers: str) -> None:
        """Send a file or the wanted end of it, or break off as the owner was told."""
        owner, start = self.server.owner, 0
        if ranges:
            headers["Accept_Ranges"] = "bytes"
            if wanted := self.headers.get("Range"):
                start = int(wanted.removeprefix("bytes=").split("-")[0])
                headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        if self.command == "GET" and owner.cuts and owner.only in self.path:
            owner.cuts -= 1
            self.send_response(206 if start else 200)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            self.wfile.write(body[start : start + owner.break_after])
            self.close_connection = True
            return
        self.send(206 if start else 200, body[start:], **headers)
