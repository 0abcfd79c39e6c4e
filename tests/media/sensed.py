"""Packets as a viewer sees and a listener hears them."""

from collections.abc import Sequence

import av
import numpy as np
import numpy.typing as npt

from bwc_agent.packets import Packet


def decoded(packets: Sequence[Packet]) -> npt.NDArray[np.float32]:
    """Samples from `packets[0].pts` on, 1024 for each packet, full scale 1."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = packets[0].config.record
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return np.concatenate([np.asarray(f.to_ndarray(), np.float32)[0] for f in frames if isinstance(f, av.AudioFrame)])


def seen(packets: Sequence[Packet]) -> list[npt.NDArray[np.uint8]]:
    """The luma of every picture, opened by the configuration of the first packet alone."""
    config = packets[0].config
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = config.record
    frames = [frame for p in [*(av.Packet(p.data) for p in packets), None] for frame in decoder.decode(p)]
    return [np.asarray(f.to_ndarray()[: config.height], np.uint8) for f in frames if isinstance(f, av.VideoFrame)]
