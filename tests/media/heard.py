"""Sound as a listener gets it."""

from collections.abc import Sequence

import av
import numpy as np
import numpy.typing as npt

from bwc_agent.packets import Packet


def decoded(packets: Sequence[Packet]) -> npt.NDArray[np.float32]:
    """Samples from `packets[0].pts` on, 1024 for each packet."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = packets[0].config.record
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return np.concatenate([np.asarray(f.to_ndarray(), np.float32)[0] for f in frames if isinstance(f, av.AudioFrame)])
