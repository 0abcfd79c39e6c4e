"""When a picture was taken, by the kernel's stamp where that can be believed.

The stamp is better than our clock: it does not know how long the picture then waited. But some drivers stamp with the wall
clock, and some not at all. Which it is gets decided once, on the first stamp of an opening, and stays so until the next:
times of two kinds in one track would put pictures where they never were.
"""

from typing import Final, Literal

from hal.errors import HardwareError

BELIEVED_NS: Final = 1_000_000_000
"""A stamp this far from now is of another clock, or of none."""


class CaptureTimes:
    """The times of one opening. `kind` says whose they are, once that is decided; `unplaced` counts pictures without a usable one."""

    def __init__(self) -> None:
        self.kind: Literal["driver", "arrival"] | None = None
        self.unplaced = 0
        self._last: int | None = None

    def at(self, stamp_ns: int, now_ns: int) -> int | None:
        """The capture time of the picture that is here `now_ns`; None where it has none, and is to be let go.

        A very first stamp of 0 is OpenCV's for "not known yet": that picture is let go, for the next one decides. So is one
        whose stamp does not rise. Raises HardwareError where the driver's clock jumps ahead of ours.
        """
        if self.kind is None and stamp_ns == 0 and not self.unplaced:
            self.unplaced += 1
            return None
        if self.kind is None:
            self.kind = "driver" if abs(stamp_ns - now_ns) <= BELIEVED_NS else "arrival"
        time = stamp_ns if self.kind == "driver" else now_ns
        if time > now_ns + BELIEVED_NS:
            raise HardwareError("camera", f"its clock jumped {(time - now_ns) / 1e9:.1f} s ahead of the system's: open it anew")
        if self._last is not None and time <= self._last:
            self.unplaced += 1
            return None
        self._last = time
        return time
