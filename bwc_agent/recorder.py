"""The core of the camera: one input in, commands out. Pure: no thread, no file, no clock; time is in the inputs.

An input becomes at most one event; the controller's table answers it; `deeds.py` carries the answer out. Read
`control/table.py` beside this. Whatever was asked of storage in one step is followed by one `Sync`.
"""

from bwc_agent.commands import Capture, Command, Reopen, Show
from bwc_agent.control.battery import battery
from bwc_agent.control.controller import step
from bwc_agent.control.delivery import Deliveries
from bwc_agent.control.events import Event, of_gesture
from bwc_agent.control.gestures import Gesture, GestureKind, Gestures
from bwc_agent.control.indicator import light
from bwc_agent.control.inputs import (
    Anchor,
    ButtonEdge,
    Counts,
    CuePlayed,
    Delivery,
    DockChange,
    Held,
    Input,
    LightShown,
    Noted,
    Position,
    PowerLevel,
    PowerOff,
    Reopened,
    Source,
    SourceChange,
    Space,
    Synced,
    TamperChange,
    Tick,
)
from bwc_agent.control.overdue import overdue, waited
from bwc_agent.control.reminders import Reminders
from bwc_agent.control.status import Flag, State, Status
from bwc_agent.deeds import LOST, Deeds
from bwc_agent.evidence.lines import Json
from bwc_agent.footage import Footage
from bwc_agent.lookout import Lookout
from bwc_agent.packets import Packet, Track
from bwc_agent.profile import Profile
from bwc_agent.scribe import Scribe
from bwc_agent.take import Trigger
from bwc_agent.witness import Witness

LOSS = {Source.CAMERA: Event.CAMERA_LOST, Source.MICROPHONE: Event.MICROPHONE_LOST}
RETURN = {Source.CAMERA: Event.CAMERA_BACK, Source.MICROPHONE: Event.MICROPHONE_BACK}
TRACK_OF = {Track.VIDEO: Source.CAMERA, Track.AUDIO: Source.MICROPHONE}


class Recorder:
    """One start of the camera, from boot to power-off. `at` is the capture time (ticks) of the boot."""

    def __init__(self, profile: Profile, footage: Footage, at: int) -> None:
        self._profile = profile
        self._gestures = Gestures(profile.policy)
        self._reminders = Reminders(profile.policy)
        self._footage = footage
        self._scribe = Scribe(footage, profile.began, at)
        self._witness = Witness(self._scribe, at)
        self._deeds = Deeds(profile, footage, self._scribe, self._witness, at)
        self._lookout = Lookout(profile.policy, profile.needs)
        self._deliveries = Deliveries()
        self._boot = at
        self._trying = self._idle = False

    @property
    def status(self) -> Status:
        """State and flags now."""
        return self._deeds.status

    @property
    def footage(self) -> Footage:
        """What is in hand, to look at only."""
        return self._footage

    @property
    def settled(self) -> bool:
        """No recording is in hand and storage owes nothing: what is on the card may be offloaded."""
        return self._footage.take is None and self._footage.backlog.settled and self._scribe.outage is None

    @property
    def idle(self) -> bool:
        """In the dock, and it has settled there: what is on the card may be offloaded. Lines that the dock itself causes change nothing."""
        return self._idle

    @property
    def storage_failed(self) -> bool:
        """Storage has failed, and what was seen since waits for the next start."""
        return self._scribe.outage is not None

    @property
    def storage_owes(self) -> bool:
        """Storage has something to answer: what it was asked for, or whether another start can begin."""
        return self._trying or not self._footage.backlog.settled

    def boot(self) -> list[Command]:
        """What a start does first: open camera and microphone, show that the ring fills."""
        deeds = self._deeds
        deeds.open_sources(self._boot, "the camera had just been switched on")
        self._scribe.out.append(Show(self._boot, light(deeds.status)))
        deeds.account(self._boot)
        return self._scribe.taken()

    def step(self, item: Packet | Input) -> list[Command]:
        """Everything that follows from one input, in order."""
        if isinstance(item, Packet):
            self._packet(item)
        else:
            self._input(item)
        return self._scribe.taken()

    def _packet(self, packet: Packet) -> None:
        source = TRACK_OF[packet.track]
        if LOST[source] in self.status.flags:
            self._returned(packet.pts, source)
        self._scribe.reached(f"first packet of the {source.value}", packet.pts)
        self._scribe.ask(self._footage.packet(packet))

    def _input(self, item: Input) -> None:
        match item:
            case Tick():
                self._tick(item.at)
            case ButtonEdge():
                self._gesture(self._gestures.edge(item))
            case Synced():
                self._synced(item)
            case SourceChange():
                self._source(item)
            case DockChange() | TamperChange() | PowerLevel() | PowerOff():
                self._circumstance(item)
            case Space():
                self._lookout.space(item.free)
                self._witness.space(item, self._profile.needs.minutes(item.free))
            case Reopened():
                self._reopened(item)
            case Delivery():
                self._delivery(item)
            case Held():
                self._held(item)
            case Position() | Anchor() | Counts() | Noted() | LightShown() | CuePlayed():
                self._witness.write(item, self.status.recording)

    def _tick(self, now: int) -> None:
        # Gestures first: a mute that this tick decides must reach the sound that this tick would give on.
        self._gesture(self._gestures.tick(now))
        self._scribe.ask(self._footage.tick(now))
        for event in self._lookout.due(now, self.status, self._footage):
            self._event(event, now)
        for due in self._reminders.tick(now, self.status):
            self._event(due.event, due.at)
        for source in self._lookout.retries(now, self.status):
            self._scribe.out.append(Capture(now, source, True))
        self._reopen(now)
        if self._lookout.empty(now):
            self._go_off("the battery is at its reserve")
            self._event(Event.SHUTDOWN, now)
        self._deeds.settle_sources(now)
        self._deeds.leave(now)
        self._idle = self.status.state is State.DOCKED and self._scribe.outage is None and (self._idle or self.settled)

    def _gesture(self, gestures: list[Gesture]) -> None:
        for gesture in gestures:
            if gesture.kind is GestureKind.POWER_HOLD:
                self._go_off("the power button was held")
            self._event(of_gesture(gesture.kind), gesture.decided, Trigger(gesture.kind.value, gesture.edges, gesture.decided))

    def _synced(self, synced: Synced) -> None:
        if self._deeds.answered(synced):
            self._event(Event.SYNCED, synced.at)

    def _source(self, change: SourceChange) -> None:
        if change.source is Source.POWER and change.lost:
            self._lookout.reserve(change.at, False)  # a gauge that has failed is not believed any more
        if change.source is Source.STORAGE:
            self._storage_lost(change)
            return
        if change.source not in LOST:
            self._deeds.fault(change)
            self._event(Event.PART_LOST if change.lost else Event.PART_BACK, change.at)
            if change.source is Source.DOCK and change.lost and Flag.DOCK_CONTACT in self.status.flags:
                # Whatever tells the dock has failed: a camera that stayed closed on the street would be worse than one open in the dock.
                self._event(Event.UNDOCKED, change.at)
            return
        known = LOST[change.source] in self.status.flags
        if not change.lost:
            if known:
                self._returned(change.at, change.source)
            return
        self._lookout.lost(change.source, change.at)
        if not known and self.status.sources_open:
            self._deeds.fault(change)
            self._event(LOSS[change.source], change.at)

    def _storage_lost(self, change: SourceChange) -> None:
        """A new failure, or a try to begin another start that failed, too."""
        self._lookout.storage_lost(change.at, tried=self._scribe.outage is not None)
        self._trying = False
        if self._scribe.outage is None:
            self._deeds.storage_lost(change)
            self._event(Event.STORAGE_LOST, change.at)

    def _reopen(self, now: int) -> None:
        outage = self._scribe.outage
        if outage is not None and not self._trying and self._lookout.reopens(now, self.status.state is State.OFF):
            self._trying = True
            self._scribe.out.append(Reopen(outage.since))

    def _reopened(self, new: Reopened) -> None:
        self._trying = False
        self._deeds.storage_back(new)
        self._event(Event.STORAGE_BACK, new.at)

    def _returned(self, at: int, source: Source) -> None:
        self._deeds.fault(SourceChange(at, source, False, "it works again"))
        self._event(RETURN[source], at)

    def _circumstance(self, item: DockChange | TamperChange | PowerLevel | PowerOff) -> None:
        match item:
            case DockChange():
                self._scribe.log("dock", item.at, {"contact": item.docked})
                self._event(Event.DOCKED if item.docked else Event.UNDOCKED, item.at)
            case TamperChange():
                self._scribe.log("tamper", item.at, {"open": item.open})
                self._event(Event.TAMPER_OPEN if item.open else Event.TAMPER_SHUT, item.at)
            case PowerLevel():
                self._power(item)
            case PowerOff():
                self._deeds.why_off = item.why
                self._event(Event.SHUTDOWN, item.at)

    def _power(self, level: PowerLevel) -> None:
        self._witness.write(level, self.status.recording)
        self._lookout.reserve(level.at, level.percent <= self._profile.policy.reserve_percent and not level.charging)
        if (event := battery(self._profile.policy, level, Flag.LOW_BATTERY in self.status.flags)) is not None:
            self._event(event, level.at)

    def _delivery(self, said: Delivery) -> None:
        """What the offloader says: of no weight but in the dock, and of little there."""
        if self.status.state is not State.DOCKED or (event := self._deliveries.news(said, self.status.flags)) is None:
            return
        told: dict[str, Json] = {"done": said.done, "failing": said.failing, "files": said.files, "running": said.running}
        self._scribe.journal("delivery", said.at, told)
        self._event(event, said.at)

    def _held(self, held: Held) -> None:
        age = waited(held, self._witness.anchor, self._boot)
        if (event := overdue(self._profile.alarm, age, Flag.OVERDUE in self.status.flags)) is not None:
            self._scribe.journal("held", held.at, {"age": age, "bytes": held.bytes, "recordings": held.recordings})
            self._event(event, held.at)

    def _go_off(self, why: str) -> None:
        self._deeds.why_off, self._deeds.device_off = why, True

    def _event(self, event: Event, at: int, trigger: Trigger | None = None) -> None:
        deeds = self._deeds
        before = deeds.status
        deeds.status, answers = step(before, event, self._profile.policy, deeds.age(at))
        deeds.journal_event(event, at, trigger, answers)
        if Flag.CONFIRM_STOP in deeds.status.flags and Flag.CONFIRM_STOP not in before.flags:
            self._lookout.confirm_until(at + self._profile.policy.confirm_within)
        if event is Event.RING_READY and Flag.READY in deeds.status.flags:
            self._scribe.reached("ready", at)
        cause = trigger or Trigger(event.value, (at,), at)
        for answer in answers:
            deeds.do(answer, cause)
        deeds.changed(before, at)
