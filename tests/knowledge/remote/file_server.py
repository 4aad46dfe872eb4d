"""A small server of files on this machine, whose replies a test decides."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, Mapping[str, str], bytes | Iterable[bytes]]
"""Status, headers and body; a body in pieces is sent without its length."""


@dataclass
class Server:
    url: str
    """Without a slash at its end."""
    host: str
    """With its port."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path, with its query, and headers of each request, oldest first."""


@contextmanager
def serving(
    reply: Callable[[str, Mapping[str, str]], Reply], context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """`context` makes it a server of https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            status, headers, body = reply(self.path, self.headers)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for piece in (body,) if isinstance(body, bytes) else body:
                try:
                    self.wfile.write(piece)
                except OSError:  # whoever asked has heard enough
                    return

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    host = f"127.0.0.1:{http.server_address[1]}"
    server = Server(f"http://{host}", host)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class Files:
    """Replies from a table of files, as a server of files does: with an ETag each, and a page for each folder."""

    def __init__(self, files: Mapping[str, str | bytes], *, etags: bool = True) -> None:
        self.files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.etags = etags

    def __call__(self, path: str, headers: Mapping[str, str]) -> Reply:
        path = path.partition("?")[0]
        if path.endswith("/"):
            below = [name.removeprefix(path).partition("/") for name in self.files if name.startswith(path)]
            names = sorted({name + slash for name, slash, _ in below})
            links = "".join(f'<li><a href="{name}">{name}</a></li>' for name in names)
            page = f'<title>Index of {path}</title><a href="../">Up</a> <a href="?C=N">Name</a>{links}'
            return 200, {"Content-Type": "text/html"}, page.encode()
        if path not in self.files:
            return 404, {}, b"no such file"
        body = self.files[path]
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        if self.etags and headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag} if self.etags else {}, body
