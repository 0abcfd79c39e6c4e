"""A real recorder that is worn: what happens to it goes in, the lines of its journal come out, in order, with no disk between."""

from bwc_agent.agent import make_recorder
from bwc_agent.commands import Command, Finished
from bwc_agent.control.inputs import ButtonEdge, DockChange, Input, PowerOff, Source, SourceChange, Synced, Tick
from bwc_agent.control.policy import Policy
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import CloseRecording, JournalLine, OpenRecording, Sync
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.packets import Packet
from bwc_agent.profile import Profile
from bwc_agent.units import TICKS, seconds
from hal.interfaces import Button
from tests.media.made import SOUND, picture

PROFILE = Profile(Policy(), 40_000_000, 64_000_000)
STEP = TICKS // 2
"""A picture and a tick so often, and both `late` behind what the buttons have captured."""
GESTURES = {
    "double press": ((Button.EVENT,), (0.0, 0.1, 0.3, 0.4)),
    "press": ((Button.EVENT,), (0.0, 0.1)),
    "hold": ((Button.EVENT,), (0.0, 3.2)),
    "sleep or wake": ((Button.EVENT, Button.FUNCTION), (0.0, 3.2)),
    "mute": ((Button.FUNCTION,), (0.0, 3.2)),
    "power hold": ((Button.POWER,), (0.0, 3.2)),
}


class Worn:
    """`began`: tick of the boot. `late`: ticks by which edges reach the core after the clock has gone on."""

    def __init__(self, began: int = 0, late: int = 0) -> None:
        self.now, self._late = began, late
        self.commands: list[Command] = []
        self.journal: list[dict[str, Json]] = [{"kind": "journal", "n": 0, "t": began}]
        self._recorder = make_recorder(PROFILE, AudioTimeline(SOUND, b"silent"), began)
        self._sees, self._finished = True, False
        self._perform(self._recorder.boot())

    def do(self, what: str) -> None:
        """A gesture, or: see, camera lost, camera back, docked, undocked, off."""
        if what in GESTURES:
            self._gesture(*GESTURES[what])
        elif what == "see":
            self.pass_time(8)
        elif what.startswith("camera"):
            self._sees = what == "camera back"
            if not self._sees:
                self._step(SourceChange(self.now, Source.CAMERA, True, "unplugged"))
        elif what == "off":
            self._step(PowerOff(self.now - self._late, "asked to end"))
        else:
            self._step(DockChange(self.now - self._late, what == "docked"))
        self.pass_time(1)

    def pass_time(self, length: float) -> None:
        """So many seconds go by, with pictures where the camera sees and is open."""
        until = self.now + seconds(length)
        while self.now < until:
            self.now += min(STEP, until - self.now)
            if self._sees and self._recorder.status.sources_open:
                self._step(picture(self.now - self._late, True))
            self._step(Tick(self.now))

    def _gesture(self, buttons: tuple[Button, ...], times: tuple[float, ...]) -> None:
        begin = self.now
        for k, after in enumerate(times):
            self.pass_time((begin + seconds(after) - self.now) / TICKS)
            for button in buttons:
                self._step(ButtonEdge(begin + seconds(after) - self._late, button, k % 2 == 0))

    def _step(self, item: Packet | Input) -> None:
        if not self._finished:
            self._perform(self._recorder.step(item))

    def _perform(self, commands: list[Command]) -> None:
        """What storage would write in the journal; it answers at once."""
        self.commands += commands
        for command in commands:
            match command:
                case JournalLine():
                    self._line(command.kind, command.at, dict(command.fields))
                case OpenRecording():
                    self._count = command.recording
                    self._line("opened", command.at, {"recording": str(RecordingName(0, self._count))})
                case CloseRecording():
                    self._line("closed", command.at, {"recording": str(RecordingName(0, self._count))})
                case Finished():
                    self._finished = True
                case Sync():
                    self._step(Synced(self.now, command.ticket))

    def _line(self, kind: str, at: int, fields: dict[str, Json]) -> None:
        self.journal.append({**fields, "kind": kind, "n": len(self.journal), "t": at})
