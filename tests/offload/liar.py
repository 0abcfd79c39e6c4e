"""A server between a device and the real store, over TLS, that passes everything through unchanged and lies where it is told to.

    with liar(store) as proxy:
        place = proxy.place("device")             # the client signs for the proxy; the store sees the same Host
        proxy.lie = on(puts, flipped_upload)      # a lie of lies.py; `honest` is none

A lie is a function of what is asked and of the way to the real store; it gives the answer, or raises `Cut`. Bodies are held
in memory, as the device's own are. Nothing here waits by a clock: what never answers waits until the lie is over.
"""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from socket import socket
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from bwc_agent.offload.settings import S3Place
from tests.offload.seaweed import BUCKET, Seaweed
from tests.offload.tls import Pair

_NO_BODY = (204, 304)
_HOP = ("connection", "keep-alive", "transfer-encoding")
"""Headers that are about one connection, not about the message."""


class Cut(Exception):
    """The connection ends here: not one byte more, in neither direction."""


@dataclass
class Asked:
    """One request: its body is read from the client only when somebody wants it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    _file: BufferedIOBase
    _left: int
    _read: bytes = b""

    @property
    def key(self) -> str:
        """The object's name; empty where the bucket itself is asked, as for a listing."""
        return unquote(urlsplit(self.target).path).removeprefix(f"/{BUCKET}").removeprefix("/")

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query, keep_blank_values=True).items()}

    @property
    def body(self) -> bytes:
        """All of it."""
        return self.take(self._left + len(self._read))

    def take(self, count: int) -> bytes:
        """The first `count` bytes of the body; what comes behind them stays with the client."""
        missing = min(max(0, count - len(self._read)), self._left)
        data = self._file.read(missing)
        self._left -= missing
        self._read += data
        if len(data) < missing:
            raise Cut
        return self._read[:count]

    def changed(self, body: bytes) -> "Asked":
        """The same request with another body of any length."""
        headers = [(name, str(len(body)) if name.lower() == "content-length" else value) for name, value in self.headers]
        return Asked(self.method, self.target, headers, self._file, 0, body)


@dataclass(frozen=True)
class Answer:
    """What the client is told. After `sent` bytes of the body the connection is cut; None sends all of it."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    sent: int | None = None

    def without(self, *names: str) -> "Answer":
        """The same without some headers."""
        return replace(self, headers=tuple((name, value) for name, value in self.headers if name.lower() not in names))

    def changed(self, body: bytes) -> "Answer":
        """The same with another body, of whatever length."""
        answer = self.without("content-length")
        return replace(answer, headers=(*answer.headers, ("Content-Length", str(len(body)))), body=body)


Store: TypeAlias = Callable[[Asked], Answer]
Lie: TypeAlias = Callable[[Asked, Store], Answer]


def honest(asked: Asked, store: Store) -> Answer:
    """No lie at all."""
    return store(asked)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, and one to the store for as long as it lasts."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    server: "_Server"

    def setup(self) -> None:
        super().setup()
        self._store = http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=60, context=self.server.believed)

    def finish(self) -> None:
        self._store.close()
        with suppress(OSError):
            super().finish()

    def do_PUT(self) -> None:
        asked = Asked(self.command, self.path, self.headers.items(), self.rfile, int(self.headers.get("Content-Length", 0)))
        self.server.proxy.seen.append(f"{asked.method} {asked.key}")
        try:
            self._tell(asked, self.server.proxy.lie(asked, self._ask))
            asked.body  # noqa: B018  the next request begins behind it
        except (Cut, OSError, http.client.HTTPException):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT

    def _ask(self, asked: Asked) -> Answer:
        """What the real store says."""
        body = asked.body
        self._store.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers:
            if name.lower() not in (*_HOP, "expect"):
                self._store.putheader(name, value)
        self._store.endheaders(body)
        answer = self._store.getresponse()
        data = answer.read()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
        if answer.chunked:
            kept.append(("Content-Length", str(len(data))))
        return Answer(answer.status, tuple(kept), data)

    def _tell(self, asked: Asked, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in _NO_BODY and "content-length" not in [name.lower() for name, _ in answer.headers]:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if asked.method != "HEAD":
            self.wfile.write(answer.body[: answer.sent])
        if answer.sent is not None:
            raise Cut

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are silent."""


class _Server(ThreadingHTTPServer):
    """Speaks TLS within each connection's own thread: a client that stops in the middle of its hello holds up nobody."""

    daemon_threads = True

    def __init__(self, proxy: "Liar", pair: Pair, store: Seaweed) -> None:
        self.proxy = proxy
        self.port = store.ports[4]
        self.believed = ssl.create_default_context(cafile=str(store.tls.authority))
        self._own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._own.load_cert_chain(pair.certificate, pair.key)
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        return self._own.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or believes us not is what the tests are about; its own side says so."""


@dataclass
class Liar:
    """A proxy before `store`; `seen` is what it was asked, in order: method and object."""

    store: Seaweed
    lie: Lie = honest
    seen: list[str] = field(default_factory=list)
    endpoint: str = ""

    def place(self, who: str = "device") -> S3Place:
        """How `who` reaches the bucket through the proxy."""
        return replace(self.store.place(who), endpoint=self.endpoint)


@contextmanager
def liar(store: Seaweed, pair: Pair | None = None) -> Iterator[Liar]:
    """A running proxy, certified as `pair` says (for its own address by the store's authority)."""
    proxy = Liar(store)
    server = _Server(proxy, pair or store.tls.server("proxy"), store)
    proxy.endpoint = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
