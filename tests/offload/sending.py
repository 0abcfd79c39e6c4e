"""What the tests of a destination send, and how much of it went."""

from collections.abc import Iterable
from typing import Any

from bwc_agent.offload.destination import PIECE
from bwc_agent.offload.s3 import S3
from tests.offload.seaweed import Seaweed


def material(size: int, salt: int = 0) -> bytes:
    """Bytes of which no MiB is like another."""
    return b"".join(bytes([salt, at % 251]) * (PIECE // 2) for at in range(size // PIECE + 1))[:size]


def pieces(data: bytes) -> Iterable[bytes]:
    """The same, as the engine reads it."""
    return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]


class Counted(S3):
    """A destination that keeps which requests it sent."""

    def __init__(self, store: Seaweed) -> None:
        super().__init__(store.place())
        self.sent: list[str] = []
        self.client.meta.events.register("before-send.s3", self._count)

    def _count(self, request: Any, event_name: str, **_: Any) -> None:
        self.sent.append(event_name.rpartition(".")[2])

    @property
    def parts(self) -> int:
        """Parts of large objects among them."""
        return self.sent.count("UploadPart")
