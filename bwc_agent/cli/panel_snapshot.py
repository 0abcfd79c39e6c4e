"""What the panel shows, as one value: the state of a start at a moment. Pure, so that a drawn panel can be tested by its text.

    Agent.run() --each input--> Watch --+
    Recorder, Profile ------------------+--snapshot()--> Snapshot --> panel.py
    indicator, level, free bytes -------+

All of this runs in the agent's own loop, for the core is nobody's to read while it steps; only the value leaves it.
"""

import datetime
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bwc_agent.control.inputs import Anchor, Delivery, DockChange, Held, Input, PowerLevel, Reopened, Source, SourceChange, TamperChange
from bwc_agent.control.overdue import waited
from bwc_agent.control.status import TOLD, Flag, State, Status
from bwc_agent.packets import Packet
from bwc_agent.profile import Profile
from bwc_agent.recorder import Recorder
from bwc_agent.units import TICKS, ticks_from_ns
from hal.interfaces import Cue, Light

REMEMBERED = 64
"""So many events are kept."""
LOST = {Flag.CAMERA_LOST: Source.CAMERA, Flag.MICROPHONE_LOST: Source.MICROPHONE}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment. Times and ages in seconds, sizes in bytes; None where nobody knows."""

    uptime: float
    """Since the start."""
    state: State
    flags: tuple[str, ...]
    light: Light
    ring_held: float
    """Seconds of unbroken picture in the ring."""
    ring_wanted: float
    recording: int | None
    """Number of the recording in hand."""
    stopping: bool
    """Its stop is decided, and its tracks have not passed it yet."""
    recorded: float
    """Seconds since the recording was decided; 0 without one."""
    reached_back: float
    """Seconds of footage in it from before that."""
    level_dbfs: float | None
    """Peak of the sound; minus infinity for digital silence."""
    queue: int
    queue_bound: int
    vault_free: int | None
    minutes_left: int | None
    """Of recording, until the reserve of the card."""
    battery: str | None
    camera: str
    """"ok", "closed", or why it is lost."""
    microphone: str
    undelivered: str
    """What has no receipt yet, and for how long."""
    delivery: str
    """What the offloader says, in the dock; empty elsewhere."""
    cue: tuple[float, Cue] | None
    """The last one, and its age."""
    clock: str | None
    """Wall time as it was claimed."""
    happened: int
    """Events so far, those that are not kept any more included."""
    events: tuple[tuple[float, str], ...]
    """The last of them as (age, text), in the order in which they were noticed."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the core does not know: the light read back, cues with their times (ns), peak level, free bytes of the vault."""

    light: Light
    cues: Sequence[tuple[int, Cue]] = ()
    level_dbfs: float | None = None
    vault_free: int | None = None


class Watch:
    """Looks on while the agent runs, and remembers what the recorder does not keep: reasons, charge, time, what happened last."""

    def __init__(self, at: int, status: Status) -> None:
        self.began = at
        self.power: PowerLevel | None = None
        self.anchor: Anchor | None = None
        self.delivery: Delivery | None = None
        self.held: Held | None = None
        self.why: dict[Source, str] = {}
        """Of each lost part."""
        self.happened = 0
        self.events: deque[tuple[int, str]] = deque(maxlen=REMEMBERED)
        """(ticks, text)."""
        self._status = status
        self._heard = -1

    def saw(self, item: Packet | Input, status: Status) -> None:
        """The agent has dealt with `item`, and is in `status`."""
        match item:
            case PowerLevel():
                self.power = item
            case Anchor():
                self.anchor = item
            case Delivery():
                self.delivery = item
            case Held():
                self.held = item
            case SourceChange() if status.sources_open or item.source not in LOST.values():
                self._part(item)
            case Reopened():
                self._part(SourceChange(item.at, Source.STORAGE, False, ""))
            case DockChange():
                self.note(item.at, "dock contact" if item.docked else "dock contact lost")
            case TamperChange():
                self.note(item.at, "the enclosure was opened" if item.open else "the enclosure was shut")
        if status != self._status:
            self._changed(item.pts if isinstance(item, Packet) else item.at, status)

    def heard(self, cues: Sequence[tuple[int, Cue]]) -> None:
        """Cues played, the oldest first; those that were told before are left out."""
        for at_ns, cue in cues:
            if at_ns > self._heard:
                self._heard = at_ns
                self.note(ticks_from_ns(at_ns), f"signal: {cue.name}")

    def note(self, at: int, text: str) -> None:
        """Remember an event of the time `at` (ticks), as one printable line."""
        self.happened += 1
        self.events.append((at, " ".join("".join(c if c.isprintable() else " " for c in text).split())))

    def _part(self, change: SourceChange) -> None:
        """A lost part is tried again and again; the same reason is told once."""
        before = self.why.get(change.source)
        if not change.lost:
            self.why.pop(change.source, None)
            if before is not None:
                self.note(change.at, f"{change.source.value} works again")
        elif before != change.why:
            self.why[change.source] = change.why
            self.note(change.at, f"{change.source.value} lost: {change.why}")

    def _changed(self, at: int, status: Status) -> None:
        before, self._status = self._status, status
        if status.state is not before.state:
            self.note(at, status.state.value)
        for flag, source in LOST.items():
            # A packet may have said so, and no message: the first one after the loss.
            back = flag in before.flags and flag not in status.flags and self.why.pop(source, None) is not None
            if back and status.sources_open:
                self.note(at, f"{source.value} works again")
        for flag in (status.flags ^ before.flags) & ~(Flag.CAMERA_LOST | Flag.MICROPHONE_LOST | Flag.DOCK_CONTACT | Flag.TAMPER):
            self.note(at, _word(flag) if flag in status.flags else f"no longer {_word(flag)}")


def snapshot(recorder: Recorder, profile: Profile, now: int, watch: Watch, around: Around) -> Snapshot:
    """This moment, `now` in ticks. Call it where the recorder steps, between two steps; it tells `watch` of new cues."""
    watch.heard(around.cues)
    status, footage = recorder.status, recorder.footage
    take = footage.take
    return Snapshot(
        uptime=(now - watch.began) / TICKS,
        state=status.state,
        flags=tuple(_word(flag) for flag in status.flags),
        light=around.light,
        ring_held=footage.ring.held() / TICKS,
        ring_wanted=profile.policy.pre_roll / TICKS,
        recording=None if take is None else take.number,
        stopping=take is not None and take.stop_at is not None,
        recorded=0.0 if take is None else max(0, now - take.began) / TICKS,
        reached_back=0.0 if take is None else max(0, take.began - take.first) / TICKS,
        level_dbfs=around.level_dbfs,
        queue=footage.backlog.bytes,
        queue_bound=profile.queue_bytes,
        vault_free=around.vault_free,
        minutes_left=None if around.vault_free is None else profile.needs.minutes(around.vault_free),
        battery=_battery(watch.power),
        camera=_part(Source.CAMERA, Flag.CAMERA_LOST, status, watch),
        microphone=_part(Source.MICROPHONE, Flag.MICROPHONE_LOST, status, watch),
        undelivered=_undelivered(watch),
        delivery=_delivery(watch.delivery, status),
        cue=_last(around.cues, now),
        clock=_clock(watch.anchor, now),
        happened=watch.happened,
        events=tuple((max(0, now - at) / TICKS, text) for at, text in watch.events),
    )


def level_dbfs(samples: npt.NDArray[np.int16]) -> float:
    """Peak of `samples`, shape (n,), in dB below full scale; minus infinity where all are 0, or none is there."""
    peak = max(int(samples.max()), -int(samples.min())) if samples.size else 0
    return 20 * math.log10(peak / 32768) if peak else -math.inf


def _word(flag: Flag) -> str:
    return (flag.name or "").lower().replace("_", " ")


def _part(source: Source, flag: Flag, status: Status, watch: Watch) -> str:
    if flag in status.flags:
        return watch.why.get(source, "lost")
    return "ok" if status.sources_open else "closed"


def _battery(power: PowerLevel | None) -> str | None:
    return None if power is None else f"{power.percent} %{', charging' if power.charging else ''}"


def _undelivered(watch: Watch) -> str:
    if watch.held is None:
        return "not counted yet"
    if (age := waited(watch.held, watch.anchor, watch.began)) is None:
        return "none"
    recordings = watch.held.recordings
    return f"{span(age)}, {recordings} recording{'s' * (recordings != 1)}, {watch.held.bytes / 1e6:.1f} MB"


def span(ticks: int) -> str:
    """So many hours and minutes."""
    hours, minutes = divmod(ticks // TICKS // 60, 60)
    return f"{hours} h {minutes:02} min"


def _delivery(said: Delivery | None, status: Status) -> str:
    """As the flags have it, for they change no more often than one can look."""
    if said is None or not status.flags & TOLD:
        return ""
    if Flag.DELIVERING in status.flags:
        return f"delivering {said.done} of {said.files}, {said.percent} %"
    return f"cannot deliver: {said.failing}" if said.failing else "cannot deliver"


def _last(cues: Sequence[tuple[int, Cue]], now: int) -> tuple[float, Cue] | None:
    return (max(0, now - ticks_from_ns(cues[-1][0])) / TICKS, cues[-1][1]) if cues else None


def _clock(anchor: Anchor | None, now: int) -> str | None:
    """The claim carried on to `now`; the offset is not known, so it is UTC."""
    if anchor is None:
        return None
    since_1970 = datetime.timedelta(microseconds=anchor.utc_us, seconds=(now - anchor.at) / TICKS)
    utc = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + since_1970
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC (by {anchor.source}, give or take {anchor.uncertainty_us / 1e6:.3g} s)"
