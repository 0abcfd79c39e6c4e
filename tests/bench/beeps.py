"""Where the simulated world's beeps land in encoded sound."""

from typing import Final

import av
import numpy as np
import numpy.typing as npt

from bwc_agent.packets import Packet
from bwc_agent.units import AAC_FRAME, TICKS
from simulator.reading import beep_onsets

PRIMED: Final = 2
"""Packets whose sound a decoder that begins with them cannot know."""


class Beeps:
    """Takes stretches of packets, in order; each stretch is read when the next begins."""

    def __init__(self) -> None:
        self.offsets: list[float] = []
        """Seconds by which each beep is later than the full second of its capture."""
        self._stretch: list[Packet] = []

    def packet(self, packet: Packet) -> None:
        """The next packet; after a hole a new stretch begins."""
        if self._stretch and packet.pts != self._stretch[-1].pts + AAC_FRAME:
            self._read()
        self._stretch.append(packet)

    def worst(self) -> float:
        """The largest distance, once every stretch has been read."""
        self._read()
        return max(abs(offset) for offset in self.offsets)

    def _read(self) -> None:
        packets, self._stretch = self._stretch, []
        if len(packets) <= PRIMED:
            return
        start = packets[PRIMED].pts
        for onset in beep_onsets(_decoded(packets)[PRIMED * AAC_FRAME :]):
            ticks = start + onset
            late = (ticks + TICKS // 2) % TICKS - TICKS // 2
            # A stretch may begin inside a beep, whose onset is then not its own.
            if onset > TICKS // 100:
                self.offsets.append(late / TICKS)


def _decoded(packets: list[Packet]) -> npt.NDArray[np.float32]:
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = packets[0].config.record
    assert isinstance(codec, av.AudioCodecContext)
    frames = [frame for packet in packets for frame in codec.decode(av.Packet(packet.data))]
    return np.concatenate([np.asarray(frame.to_ndarray(), np.float32).reshape(-1) for frame in frames])
