"""What the table's answers mean: each effect as commands to the world, requests to storage, and lines that say so."""

from bwc_agent.commands import Bitrate, Capture, Finished, Play, Show
from bwc_agent.control.duty import DutyLedger, holding, stated
from bwc_agent.control.events import Answer, Effect, Event, Signal
from bwc_agent.control.indicator import audible, light
from bwc_agent.control.inputs import Reopened, Source, SourceChange, Synced
from bwc_agent.control.status import BOOT, Flag, State, Status
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields, JournalLine, LogLine
from bwc_agent.footage import Footage
from bwc_agent.outage import Outage, Owed
from bwc_agent.profile import Profile
from bwc_agent.scribe import Scribe
from bwc_agent.take import Trigger
from bwc_agent.units import seconds
from bwc_agent.witness import Witness, anchored

SEEING = (Source.CAMERA, Source.MICROPHONE)
LOST = {Source.CAMERA: Flag.CAMERA_LOST, Source.MICROPHONE: Flag.MICROPHONE_LOST}
"""The flag of each part that a recording can lose."""
PATIENCE = seconds(15)
"""A camera that was switched off waits at most so long for storage to answer."""


class Deeds:
    """Carries out the answers of one step, through `scribe` and `witness`."""

    def __init__(self, profile: Profile, footage: Footage, scribe: Scribe, witness: Witness, at: int) -> None:
        self.status: Status = BOOT
        self.why_off = "asked to"
        self.device_off = False
        self._profile = profile
        self._footage = footage
        self._scribe, self._witness = scribe, witness
        self._ledger = DutyLedger(at)
        self._account: Fields = {}
        self._trigger: Trigger | None = None
        self._close_after_tail = False
        self._why_short = ""
        self._off_at: int | None = None
        self._said_off = False

    def journal_event(self, event: Event, at: int, trigger: Trigger | None, answers: tuple[Answer, ...]) -> None:
        """Every event is journalled with its answer, the empty answer too."""
        fields: dict[str, Json] = {"answers": [a.value for a in answers], "event": event.value, "state": self.status.state.value}
        if trigger is not None:
            fields["edges"] = list(trigger.edges)
        self._scribe.journal("event", at, fields)
        self.account(at)

    def account(self, at: int) -> None:
        """Where the time goes from `at` on: journalled where it changes, right behind the event that caused it."""
        if (fields := stated(self.status)) != self._account:
            self._account = fields
            self._scribe.journal("state", self._ledger.enter(self.status, at), fields)

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
                self._scribe.log("marker", cause.decided, {"edges": list(cause.edges)})
            case Effect.MUTE | Effect.UNMUTE:
                self._mute(cause.decided, answer is Effect.MUTE)
            case Effect.STEALTH_ON | Effect.STEALTH_OFF:
                self._scribe.log("stealth", cause.decided, {"on": answer is Effect.STEALTH_ON})
            case Effect.OPEN_SOURCES:
                self.open_sources(cause.decided, f"the camera had been closed ({cause.gesture})")
            case Effect.CLOSE_SOURCES:
                self._close_after_tail = True
                self.settle_sources(cause.decided)
            case Effect.LOWER_BITRATE | Effect.FULL_BITRATE:
                self._bitrate(cause.decided, answer is Effect.LOWER_BITRATE)
            case Effect.CLOSE_ALL:
                self._off_at = cause.decided
                self.settle_sources(cause.decided)

    def _bitrate(self, at: int, lower: bool) -> None:
        bits = self._profile.low_bitrate if lower else self._profile.bitrate
        self._scribe.out.append(Bitrate(at, bits))
        self._scribe.both("bitrate", at, {"bits": bits})

    def _signal(self, signal: Signal, at: int) -> None:
        if (found := audible(self.status, signal)) is not None:
            self._scribe.out.append(Play(at, found))

    def _start(self, cause: Trigger) -> None:
        self._trigger, self._witness.heard, self._scribe.securing = cause, None, True
        if not self._profile.policy.pre_roll_audio:
            self._footage.sound.unmute(cause.decided)
        if self._scribe.outage is not None:
            owed = Owed(cause, self._footage.reach(cause))
            self._scribe.outage.owed.append(owed)
            self._footage.owe(owed)
        else:
            self._scribe.ask(self._footage.start(cause, self._why_short, self._stated()))
            self._failed_before(cause.decided)
        self._scribe.out.append(Capture(cause.decided, Source.LOCATION, True))

    def _stated(self) -> dict[str, Json]:
        return {**self._profile.stated, "anchor": anchored(self._witness.anchor), "continues": None, "muted": False}

    def _failed_before(self, at: int) -> None:
        for part, flag in LOST.items():
            if flag in self.status.flags:
                self._scribe.log("fault", at, {"lost": True, "part": part.value, "why": "it had failed before the press"})

    def _stop(self, cause: Trigger) -> None:
        if self._scribe.outage is not None:
            self._scribe.outage.stop(cause)
        self._footage.stop(cause)
        if not self._profile.policy.pre_roll_audio:
            self._footage.sound.mute(cause.decided)
        self._scribe.out.append(Capture(cause.decided, Source.LOCATION, False))

    def _mute(self, at: int, on: bool) -> None:
        if on:
            self._footage.sound.mute(at)
        elif self._profile.policy.pre_roll_audio or self.status.recording:
            self._footage.sound.unmute(at)
        self._scribe.log("mute", at, {"on": on})

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
        self._scribe.out += [Capture(at, source, True) for source in SEEING]

    def settle_sources(self, now: int) -> None:
        """Close camera and microphone once the last recording has its tail; called at each tick."""
        outage = self._scribe.outage
        if not self._close_after_tail or self._footage.take is not None or (outage is not None and not outage.tails_over(now)):
            return
        self._close_after_tail = False
        self._footage.forget()
        self._scribe.out += [Capture(now, source, False) for source in SEEING]

    def _close_all(self, at: int) -> None:
        self._close_after_tail, self._off_at = True, at
        self.settle_sources(at)
        self._scribe.out.append(Capture(at, Source.LOCATION, False))

    def leave(self, now: int) -> None:
        """Once it is off: the journal is closed when all else is on storage, and the start ends when that is. Storage that fails is
        tried again for a while, for what it owes would be lost. Called at each tick."""
        if self._off_at is None:
            return
        late = now >= self._off_at + PATIENCE
        owes = self._footage.take is not None or self._scribe.outage is not None or not self._footage.backlog.settled
        if owes and not late:
            return
        if late and self._footage.take is not None:
            self._scribe.ask(self._footage.finish(now))
        if not self._said_off:
            self._say_off(self._off_at)
            if not late:
                return
        self._off_at = None
        self._scribe.out = [*self._scribe.taken(), Finished(now, self.device_off)]

    def _say_off(self, at: int) -> None:
        self._said_off = True
        self._scribe.journal("ledger", at, {**self._ledger.totals(at), "elapsed": self._ledger.elapsed(at)})
        self._scribe.journal("off", at, {"device": self.device_off, "why": self.why_off})

    def changed(self, before: Status, at: int) -> None:
        """The status may be a new one: show it."""
        if light(self.status) is not light(before) and self.status.state is not State.OFF:
            self._scribe.out.append(Show(at, light(self.status)))

    def fault(self, change: SourceChange) -> None:
        """A part failed, or works again."""
        if change.source is Source.CAMERA:
            self._why_short = "the camera had failed"
        fields: dict[str, Json] = {"lost": change.lost, "part": change.source.value, "why": change.why}
        self._scribe.both("fault", change.at, fields)

    def storage_lost(self, change: SourceChange) -> None:
        """Storage has failed: what is seen from here on waits in the ring, what is decided in the outage."""
        unanswered = self._scribe.unanswered
        journal, logs = unanswered.failed()
        self._ledger = DutyLedger(unanswered.since, holding(unanswered.stated))
        for line in journal:
            if line.kind == "state":
                self._ledger.enter(holding(line.fields), line.at)
        self._said_off = False
        self._scribe.failed(Outage(unanswered.since, unanswered.stated, self._footage.break_off(logs)))
        self._scribe.say(*journal)
        self.fault(change)

    def storage_back(self, new: Reopened) -> None:
        """Another start has its journal, which goes back to what was acknowledged; what waited is written, recordings go on."""
        outage, self._scribe.outage = self._scribe.outage, None
        if outage is None:
            return
        if outage.stated:
            self._scribe.ask([JournalLine(outage.since, "state", outage.stated)])
        if self._witness.anchor is not None:
            self._scribe.ask([JournalLine(outage.since, "anchor", anchored(self._witness.anchor))])
        self._scribe.say(*outage.lines())
        self.fault(SourceChange(new.at, Source.STORAGE, False, f"start {new.start} goes on where start {new.before} failed"))
        for owed in outage.owed:
            self._resume(owed, new)

    def _resume(self, owed: Owed, new: Reopened) -> None:
        cause, fields = owed.cause, self._stated()
        if (broken := owed.broken) is not None:
            broken.start = new.before if broken.start is None else broken.start
            fields["continues"] = {"kept": broken.kept, "recording": str(RecordingName(broken.start, broken.number))}
            if broken.kept is not None:
                cause = Trigger("storage works again", (broken.kept,), new.at)
        self._scribe.ask(self._footage.resume(owed, cause, new.at, fields), counted=False)
        self._failed_before(new.at)
        self._scribe.say(*owed.lines)
        if owed.stop is None:
            self._scribe.securing = True
        else:
            self._footage.stop(owed.stop)

    def answered(self, synced: Synced) -> bool:
        """Storage kept everything up to a ticket; True when that secures the recording in hand."""
        if not self._scribe.answered(synced.ticket) or self._trigger is None or not self._footage.recording:
            return False
        since = self._trigger.decided
        heard = None if self._witness.heard is None else self._witness.heard - since
        self._scribe.ask([LogLine(synced.at, "secured", {"heard": heard, "secured": synced.at - since})])
        return True
