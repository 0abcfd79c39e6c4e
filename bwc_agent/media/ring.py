"""The pre-activation ring: encoded packets in RAM, whole GOPs, bounded by time and by bytes (045-07 V.A.7).

Packets are kept in groups. A group begins with an IDR; where the camera has been silent for long, sound alone begins
one, so that a dead camera can neither stop the ring nor make it grow. Trimming drops whole groups from the old end,
and always keeps the group that the wanted moment falls into: the promise is "at least", never "about".
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bwc_agent.packets import Packet, Track
from bwc_agent.units import seconds

NO_PICTURE = seconds(2)
"""A picture older than this no longer holds a group together."""


@dataclass(slots=True)
class _Group:
    start: int
    packets: list[Packet] = field(default_factory=list)
    bytes: int = 0


class Ring:
    """Keeps at least the last `keep` ticks that there were, in at most `limit` bytes of payload.

    Where both cannot be had the byte bound wins (memory that runs out loses everything) and `cut_by_bytes` says so.
    """

    def __init__(self, keep: int, limit: int) -> None:
        self._keep = keep
        self._limit = limit
        self._groups: deque[_Group] = deque()
        self._newest: int | None = None
        self._last_picture: int | None = None
        self._unbroken: int | None = None
        self.bytes = 0
        """Payload bytes held."""
        self.cut_by_bytes = False
        """True while the byte bound, not the time bound, decides what is oldest."""

    def push(self, packet: Packet) -> None:
        """Take a packet as it arrives; within a track `pts` rises. Pictures that no IDR precedes are let go."""
        if self._begins_group(packet):
            self._groups.append(_Group(packet.pts))
        if not self._groups:
            return
        group = self._groups[-1]
        group.packets.append(packet)
        group.bytes += len(packet.data)
        self.bytes += len(packet.data)
        self._newest = packet.pts if self._newest is None else max(self._newest, packet.pts)
        if packet.track is Track.VIDEO:
            if self._last_picture is None or packet.pts - self._last_picture >= NO_PICTURE:
                self._unbroken = packet.pts
            self._last_picture = packet.pts
        self._trim()

    def _begins_group(self, packet: Packet) -> bool:
        if packet.track is Track.VIDEO:
            return packet.keyframe
        if not self._groups:
            return True
        since_picture = packet.pts - (self._groups[-1].start if self._last_picture is None else self._last_picture)
        return since_picture >= NO_PICTURE and packet.pts - self._groups[-1].start >= NO_PICTURE

    def _trim(self) -> None:
        assert self._newest is not None
        while len(self._groups) > 1 and self._groups[1].start <= self._newest - self._keep:
            self._drop_oldest()
            self.cut_by_bytes = False
        while self.bytes > self._limit and self._groups:
            self._drop_oldest()
            self.cut_by_bytes = True

    def _drop_oldest(self) -> None:
        self.bytes -= self._groups.popleft().bytes

    def clear(self) -> None:
        """Forget everything (sleep, dock: what follows is not continuous with what was)."""
        self._groups.clear()
        self.bytes = 0
        self._newest = self._last_picture = self._unbroken = None
        self.cut_by_bytes = False

    def held(self) -> int:
        """Ticks of unbroken picture up to the newest, 0 where there is none: what a failed camera left out does not count."""
        oldest = next((p.pts for p in self._decodable() if p.track is Track.VIDEO), None)
        if oldest is None or self._last_picture is None or self._unbroken is None:
            return 0
        return self._last_picture - max(oldest, self._unbroken)

    def since(self, moment: int) -> list[Packet]:
        """A snapshot, in arrival order, of all that is needed to show `moment` and what followed; the ring stays filled.

        It begins with the last IDR at or before `moment`, or with the oldest that is there.
        """
        first = 0
        for index, group in enumerate(self._groups):
            if group.start <= moment:
                first = index
        return list(self._decodable(first))

    def _decodable(self, first: int = 0) -> Iterator[Packet]:
        picture = False
        for index, group in enumerate(self._groups):
            if index < first:
                continue
            for packet in group.packets:
                picture = picture or (packet.keyframe and packet.track is Track.VIDEO)
                if picture or packet.track is Track.AUDIO:
                    yield packet
