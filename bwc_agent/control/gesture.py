"""What an officer's fingers can say."""

from dataclasses import dataclass
from enum import Enum


class GestureKind(Enum):
    """The gestures; the values are the names in journal and log."""

    PRESS = "press"
    DOUBLE_PRESS = "double press"
    HOLD = "hold"
    FUNCTION_PRESS = "function press"
    FUNCTION_HOLD = "function hold"
    FUNCTION_TRIPLE = "function triple press"
    BOTH_HOLD = "both held"
    POWER_PRESS = "power press"
    POWER_HOLD = "power hold"


@dataclass(frozen=True, slots=True)
class Gesture:
    """A decided gesture: `edges` are the capture times of its press-downs, the first one first; `decided` is when it was sure (ticks).

    `decided` is exact even where the input that told of it came late.
    """

    kind: GestureKind
    edges: tuple[int, ...]
    decided: int
