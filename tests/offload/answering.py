"""A server over TLS that answers what a test tells it to, and keeps what it was asked: what no real store does at our wish."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bwc_agent.offload.settings import S3Place
from tests.offload.tls import TlsAuthority


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """Status, body, headers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Answering:
    """Where it is, and what it was asked so far."""

    place: S3Place
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(tls: TlsAuthority, answer: Callable[[Asked], Answer], **certificate: Any) -> Iterator[Answering]:
    """A running server, its certificate as `TlsAuthority.server` makes it; its place has credentials, a session token among them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    pair, context = tls.server(**certificate), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    endpoint = f"https://127.0.0.1:{server.server_address[1]}"
    found = Answering(S3Place(endpoint, "evidence", authority=str(tls.authority), credentials=str(_credentials(tls.folder))))
    _Handler.of[server] = (found.asked, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del _Handler.of[server]


def _credentials(folder: Path) -> Path:
    path = folder / "device.credentials"
    path.write_text("[default]\naws_access_key_id = device\naws_secret_access_key = device-secret\naws_session_token = device-token\n")
    return path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: dict[object, tuple[list[Asked], Callable[[Asked], Answer]]] = {}  # noqa: RUF012 -- by server, as http.server has it

    def _do(self) -> None:
        asked, answer = self.of[self.server]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked.append(Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        given = answer(asked[-1])
        self.send_response(given.status)
        for name, value in {"Content-Length": str(len(given.body)), "Connection": "close", **given.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(given.body)

    do_GET = do_PUT = do_POST = do_HEAD = _do

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""
