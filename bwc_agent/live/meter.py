"""Lets a panel see how loud it is, without touching what is recorded."""

import numpy as np
import numpy.typing as npt

from hal.interfaces import AudioBlock, Microphone


class Meter:
    """Reads an open Microphone for another, and remembers the last block; `latest` is int16, shape (n,)."""

    def __init__(self, microphone: Microphone) -> None:
        self.rate = microphone.rate
        self.latest: npt.NDArray[np.int16] = np.zeros(0, np.int16)
        self._microphone = microphone

    def read(self) -> AudioBlock | None:
        """As the microphone's."""
        block = self._microphone.read()
        if block is not None:
            self.latest = block.samples
        return block
