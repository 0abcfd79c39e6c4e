"""What the table's answers mean: each effect as commands to the world, requests to storage, and lines that say so."""

from collections.abc import Iterable

from bwc_agent.commands import Bitrate, Capture, Command, Finished, Play, Show
from bwc_agent.control.duty import DutyLedger, stated
from bwc_agent.control.events import Answer, Effect, Event, Signal
from bwc_agent.control.indicator import audible, light
from bwc_agent.control.inputs import Anchor, Counts, CuePlayed, LightShown, Noted, Position, Reopened, Source, SourceChange, Space, Synced
from bwc_agent.control.status import BOOT, Flag, State, Status
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields, JournalLine, LogLine, Note, Request
from bwc_agent.footage import Footage
from bwc_agent.outage import Outage, Owed
from bwc_agent.profile import Profile
from bwc_agent.take import Trigger
from bwc_agent.units import seconds

SEEING = (Source.CAMERA, Source.MICROPHONE)
LOST = {Source.CAMERA: Flag.CAMERA_LOST, Source.MICROPHONE: Flag.MICROPHONE_LOST}
"""The flag of each part that a recording can lose."""


SPACE_TOLD = seconds(600)
ANCHOR_LASTS = seconds(600)
"""A surer claim of wall time is replaced by a less sure one only when it is so old."""


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


class Deeds:
    """Collects commands for one step of the recorder; `taken` hands them out, with one `Sync` if storage was asked."""

    def __init__(self, profile: Profile, footage: Footage, at: int) -> None:
        self.status: Status = BOOT
        self.out: list[Command] = []
        self.why_off = "asked to"
        self.device_off = False
        self._profile = profile
        self._footage = footage
        self._ledger = DutyLedger(at)
        self._account: Fields = {}
        self._began = profile.began
        self._reached: set[str] = set()
        self._anchor: Anchor | None = None
        self._asked = False
        self._securing = False
        self._secure_ticket: int | None = None
        self._trigger: Trigger | None = None
        self._heard: int | None = None
        self._close_after_tail = False
        self._why_short = ""
        self._space_due = at
        self.outage: Outage | None = None
        """While storage has failed: what waits for the next start."""

    def taken(self) -> list[Command]:
        """The commands of this step."""
        if self._asked:
            sync = self._footage.backlog.sync()
            self.out.append(sync)
            self._asked = False
            if self._securing:
                self._secure_ticket, self._securing = sync.ticket, False
        out, self.out = self.out, []
        return out

    def ask(self, requests: Iterable[Request], counted: bool = True) -> None:
        """Requests to storage, as far as its queue has room; while it has failed, what the next start must say is held.

        What is not `counted` goes whatever the queue holds: the ring has it in memory all the same.
        """
        if self.outage is not None:
            self.outage.hold(requests)
            return
        admitted = self._footage.backlog.admit(requests, counted)
        self._asked = self._asked or bool(admitted)
        self.out += admitted

    def journal(self, kind: str, at: int, fields: Fields) -> None:
        """A line for the journal."""
        self.ask([JournalLine(at, kind, fields)])

    def log(self, kind: str, at: int, fields: Fields) -> None:
        """A line for the log of the recording in hand, if there is one."""
        if self._footage.take is not None or self.outage is not None:
            self.ask([LogLine(at, kind, fields)])

    def reached(self, what: str, at: int) -> None:
        """A start came so far: journalled once, with the ticks since the process began."""
        if what not in self._reached:
            self._reached.add(what)
            self.journal("reached", at, {"since": at - self._began, "what": what})

    def journal_event(self, event: Event, at: int, trigger: Trigger | None, answers: tuple[Answer, ...]) -> None:
        """Every event is journalled with its answer, the empty answer too."""
        fields: dict[str, Json] = {"answers": [a.value for a in answers], "event": event.value, "state": self.status.state.value}
        if trigger is not None:
            fields["edges"] = list(trigger.edges)
        self.journal("event", at, fields)
        self.account(at)

    def account(self, at: int) -> None:
        """Where the time goes from `at` on: journalled where it changes, right behind the event that caused it."""
        if (fields := stated(self.status)) != self._account:
            self._account = fields
            self.journal("state", self._ledger.enter(self.status, at), fields)

    def age(self, at: int) -> int | None:
        """Ticks since the recording in hand was decided."""
        return at - self._trigger.decided if self._trigger is not None and self.status.recording else None

    def do(self, answer: Answer, cause: Trigger) -> None:
        """Carry out one answer."""
        if isinstance(answer, Signal):
            self._signal(answer, cause.decided)
            return
        match answer:
            case Effect.START:
                self._start(cause)
            case Effect.STOP:
                self._stop(cause)
            case Effect.MARK:
                self.log("marker", cause.decided, {"edges": list(cause.edges)})
            case Effect.MUTE | Effect.UNMUTE:
                self._mute(cause.decided, answer is Effect.MUTE)
            case Effect.STEALTH_ON | Effect.STEALTH_OFF:
                self.log("stealth", cause.decided, {"on": answer is Effect.STEALTH_ON})
            case Effect.OPEN_SOURCES:
                self.open_sources(cause.decided, f"the camera had been closed ({cause.gesture})")
            case Effect.CLOSE_SOURCES:
                self._close_after_tail = True
                self.settle_sources(cause.decided)
            case Effect.LOWER_BITRATE | Effect.FULL_BITRATE:
                self._bitrate(cause.decided, answer is Effect.LOWER_BITRATE)
            case Effect.CLOSE_ALL:
                self._close_all(cause.decided)

    def _bitrate(self, at: int, lower: bool) -> None:
        bits = self._profile.low_bitrate if lower else self._profile.bitrate
        self.out.append(Bitrate(at, bits))
        self.journal("bitrate", at, {"bits": bits})
        self.log("bitrate", at, {"bits": bits})

    def _signal(self, signal: Signal, at: int) -> None:
        if (found := audible(self.status, signal)) is not None:
            self.out.append(Play(at, found))

    def _start(self, cause: Trigger) -> None:
        self._trigger, self._heard, self._securing = cause, None, True
        if not self._profile.policy.pre_roll_audio:
            self._footage.sound.unmute(cause.decided)
        if self.outage is not None:
            self.outage.owed.append(Owed(cause))
        else:
            self.ask(self._footage.start(cause, self._why_short, self._stated()))
            self._failed_before(cause.decided)
        self.out.append(Capture(cause.decided, Source.LOCATION, True))

    def _stated(self) -> dict[str, Json]:
        return {**self._profile.stated, "anchor": anchored(self._anchor), "continues": None, "muted": False}

    def _failed_before(self, at: int) -> None:
        for part, flag in LOST.items():
            if flag in self.status.flags:
                self.log("fault", at, {"lost": True, "part": part.value, "why": "it had failed before the press"})

    def _stop(self, cause: Trigger) -> None:
        if self.outage is not None:
            self.outage.stop(cause)
        self._footage.stop(cause)
        if not self._profile.policy.pre_roll_audio:
            self._footage.sound.mute(cause.decided)
        self.out.append(Capture(cause.decided, Source.LOCATION, False))

    def _mute(self, at: int, on: bool) -> None:
        if on:
            self._footage.sound.mute(at)
        elif self._profile.policy.pre_roll_audio or self.status.recording:
            self._footage.sound.unmute(at)
        self.log("mute", at, {"on": on})

    def open_sources(self, at: int, why_short: str) -> None:
        """Open camera and microphone, unless they still are; `why_short` explains a short pre-roll from now on."""
        if self._close_after_tail:
            self._close_after_tail = False
            self._reopen(at)
            return
        self._why_short = why_short
        self._footage.sound.begin(at)
        if not self._profile.policy.pre_roll_audio and not self._footage.recording:
            self._footage.sound.mute(at)
        self._reopen(at)

    def _reopen(self, at: int) -> None:
        """Opening what is open changes nothing; what failed meanwhile is asked anew, and heard of anew."""
        self.out += [Capture(at, source, True) for source in SEEING]

    def settle_sources(self, now: int) -> None:
        """Close camera and microphone once the last recording has its tail; called at each tick."""
        if not self._close_after_tail or self._footage.take is not None:
            return
        self._close_after_tail = False
        if self.outage is not None and self.outage.owed:
            self.outage.forget = True
        else:
            self._footage.forget()
        self.out += [Capture(now, source, False) for source in SEEING]

    def _close_all(self, at: int) -> None:
        self.ask(self._footage.finish(at))
        self.out += [Capture(at, source, False) for source in (*SEEING, Source.LOCATION)]
        self.journal("ledger", at, {**self._ledger.totals(at), "elapsed": self._ledger.elapsed(at)})
        self.journal("off", at, {"device": self.device_off, "why": self.why_off})
        self.out = [*self.taken(), Finished(at, self.device_off)]

    def changed(self, before: Status, at: int) -> None:
        """The status may be a new one: show it."""
        if light(self.status) is not light(before) and self.status.state is not State.OFF:
            self.out.append(Show(at, light(self.status)))

    def fault(self, change: SourceChange) -> None:
        """A part failed, or works again."""
        if change.source is Source.CAMERA:
            self._why_short = "the camera had failed"
        fields: dict[str, Json] = {"lost": change.lost, "part": change.source.value, "why": change.why}
        self.log("fault", change.at, fields)
        self.journal("fault", change.at, fields)

    def storage_lost(self, change: SourceChange) -> None:
        """Storage has failed: what is seen from here on waits in the ring, what is decided in the outage."""
        muted = Flag.MUTED in self.status.flags
        self.outage = Outage(change.at, stated(self.status))
        self.outage.owed += [Owed(b.trigger, b, b.stop, muted=muted and b.stop is None) for b in self._footage.break_off()]
        self._secure_ticket, self._securing, self._asked = None, False, False
        self._ledger = DutyLedger(change.at, self.status)
        self.fault(change)

    def storage_back(self, new: Reopened) -> None:
        """Another start has its journal, which goes back to the failure; what waited is written, recordings go on."""
        outage, self.outage = self.outage, None
        if outage is None:
            return
        self.journal("state", outage.since, outage.stated)
        if self._anchor is not None:
            self.journal("anchor", outage.since, anchored(self._anchor))
        self.ask(outage.lines())
        self.fault(SourceChange(new.at, Source.STORAGE, False, f"start {new.start} goes on where start {new.before} failed"))
        for owed in outage.owed:
            self._resume(owed, new)
        if outage.forget:
            self._footage.forget()

    def _resume(self, owed: Owed, new: Reopened) -> None:
        cause, fields = owed.cause, self._stated()
        if owed.broken is not None:
            fields["continues"] = {"kept": owed.broken.kept, "recording": str(RecordingName(new.before, owed.broken.number))}
            if owed.broken.kept is not None:
                cause = Trigger("storage works again", (owed.broken.kept,), new.at)
        self.ask(self._footage.resume(owed, cause, fields), counted=owed.stop is None)
        if owed.muted:
            self.log("mute", cause.edges[0], {"on": True})
        self._failed_before(new.at)
        self.ask(owed.lines)
        if owed.stop is None:
            self._securing = True
            return
        self._footage.stop(owed.stop)
        self.ask(self._footage.finish(new.at), counted=False)

    def answered(self, synced: Synced) -> bool:
        """Storage kept everything up to a ticket; True when that secures the recording in hand."""
        self._footage.backlog.settle(synced.ticket)
        if self._secure_ticket is None or synced.ticket < self._secure_ticket:
            return False
        self._secure_ticket = None
        if self._trigger is None or not self._footage.recording:
            return False
        since = self._trigger.decided
        heard = None if self._heard is None else self._heard - since
        self.log("secured", synced.at, {"heard": heard, "secured": synced.at - since})
        return True

    def space(self, item: Space, minutes: int) -> None:
        """How much space is left; in the journal each ten minutes, and each minute of the last two hours."""
        if item.at >= self._space_due:
            self._space_due = item.at + (SPACE_TOLD if minutes > 120 else SPACE_TOLD // 10)
            self.journal("space", item.at, {"free": item.free, "minutes": minutes})

    def note(self, item: Position | Anchor | Counts | Noted | LightShown | CuePlayed) -> None:
        """What is only written down."""
        match item:
            case Position():
                self._position(item)
            case Anchor():
                self._anchor = better(self._anchor, item)
                self.journal("anchor", item.at, anchored(item))
            case Counts():
                self.journal("counts", item.at, {"camera": item.camera, "location": item.location, "microphone": item.microphone})
            case Noted():
                self.journal("part", item.at, {"part": item.source.value, "says": item.says})
            case LightShown():
                shown = None if item.shown is None else item.shown.value
                self.log("indicator", item.at, {"light": item.light.value, "shown": shown})
            case CuePlayed():
                if item.name == Signal.HEARD.value and self._heard is None:
                    self._heard = item.at
                self.log("indicator", item.at, {"cue": item.name})

    def _position(self, fix: Position) -> None:
        if self._footage.recording:
            place: dict[str, Json] = {
                "accuracy": fix.accuracy_mm,
                "latitude": fix.latitude_e7,
                "longitude": fix.longitude_e7,
            }
            self.ask([Note(fix.at, "position", place)])
