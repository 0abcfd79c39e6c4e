"""What is only written down: where the camera is, what time somebody claims, what was commanded of light and buzzer, what is left."""

from bwc_agent.control.events import Signal
from bwc_agent.control.inputs import Anchor, Counts, CuePlayed, LightShown, Noted, Position, PowerLevel, Space
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Note
from bwc_agent.scribe import Scribe
from bwc_agent.units import seconds

ANCHOR_LASTS = seconds(600)
"""A surer claim of wall time is replaced by a less sure one only when it is so old."""
SPACE_TOLD = seconds(600)
"""The space left is journalled so often, and each minute of the last two hours."""

Written = Position | Anchor | Counts | Noted | LightShown | CuePlayed | PowerLevel


def anchored(anchor: Anchor | None) -> dict[str, Json]:
    """An anchor as its line states it; empty while there is none."""
    if anchor is None:
        return {}
    return {"at": anchor.at, "source": anchor.source, "uncertainty": anchor.uncertainty_us, "utc": anchor.utc_us}


def better(known: Anchor | None, new: Anchor) -> Anchor:
    """The claim that a recording's first line should repeat."""
    if known is None or new.uncertainty_us <= known.uncertainty_us or new.at - known.at >= ANCHOR_LASTS:
        return new
    return known


class Witness:
    """Remembers the surest anchor, and when the officer was last told that a press was heard."""

    def __init__(self, scribe: Scribe, at: int) -> None:
        self._scribe = scribe
        self._space_due = at
        self.anchor: Anchor | None = None
        self.heard: int | None = None
        """Set to None at each press; then the first signal counts."""

    def write(self, item: Written, recording: bool) -> None:
        """A line for the log, for the journal, or sealed beside the log's segment."""
        scribe = self._scribe
        match item:
            case Position() if recording:
                place: dict[str, Json] = {"accuracy": item.accuracy_mm, "latitude": item.latitude_e7, "longitude": item.longitude_e7}
                scribe.say(Note(item.at, "position", place))
            case Anchor():
                self.anchor = better(self.anchor, item)
                scribe.journal("anchor", item.at, anchored(item))
            case Counts():
                scribe.journal("counts", item.at, {"camera": item.camera, "location": item.location, "microphone": item.microphone})
            case Noted():
                scribe.journal("part", item.at, {"part": item.source.value, "says": item.says})
            case PowerLevel():
                scribe.journal("power", item.at, {"charging": item.charging, "minutes": item.minutes_left, "percent": item.percent})
            case LightShown():
                scribe.log("indicator", item.at, {"light": item.light.value, "shown": None if item.shown is None else item.shown.value})
            case CuePlayed():
                if item.name == Signal.HEARD.value and self.heard is None:
                    self.heard = item.at
                scribe.log("indicator", item.at, {"cue": item.name})

    def space(self, item: Space, minutes: int) -> None:
        """How much space is left, in bytes and in minutes of recording."""
        if item.at >= self._space_due:
            self._space_due = item.at + (SPACE_TOLD if minutes > 120 else SPACE_TOLD // 10)
            self._scribe.journal("space", item.at, {"free": item.free, "minutes": minutes})
