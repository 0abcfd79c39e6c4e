"""What a recorder does with the offloader's word and with its own count: cues where an officer can act, lines once an episode."""

from bwc_agent.agent import make_recorder
from bwc_agent.commands import Command, Play, Show
from bwc_agent.control.inputs import ButtonEdge, Delivery, DockChange, Held, Input, Synced, Tick
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import Flag, State
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import JournalLine, Sync
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.profile import Profile
from bwc_agent.units import TICKS, seconds
from hal.interfaces import Button, Light
from tests.media.made import SOUND

ALARM = seconds(3600)
PROFILE = Profile(Policy(), 40_000_000, 64_000_000, alarm=ALARM)
LATE, EARLY, NONE = -2 * ALARM, 0, None


class Bench:
    """A recorder whose storage answers at once; `now` in ticks since its boot."""

    def __init__(self, profile: Profile = PROFILE) -> None:
        self.recorder = make_recorder(profile, AudioTimeline(SOUND, b"silent"), 0)
        self.now = 0
        self.cues: list[str] = []
        self.lights: list[Light] = []
        self.lines: list[JournalLine] = []
        self._perform(self.recorder.boot())

    def give(self, *items: Input) -> None:
        for item in items:
            self._perform(self.recorder.step(item))

    def after(self, length: float = 1) -> int:
        """Time goes on, with ticks."""
        for _ in range(round(length * 20)):
            self.now += TICKS // 20
            self.give(Tick(self.now))
        return self.now

    def dock(self, on: bool = True) -> None:
        self.give(DockChange(self.after(), on))
        self.after()

    def holds(self, began: int | None) -> None:
        """Something that was begun then, or nothing."""
        self.give(Held(self.after(), int(began is not None), 700, began, None))

    def press(self, buttons: tuple[Button, ...], *edges: float) -> None:
        begin = self.now
        for k, edge in enumerate(edges):
            self.after((begin + seconds(edge) - self.now) / TICKS)
            self.give(*(ButtonEdge(self.now, button, k % 2 == 0) for button in buttons))
        self.after()

    def told(self, kind: str) -> list[dict[str, Json]]:
        return [dict(line.fields) for line in self.lines if line.kind == kind]

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Play():
                    self.cues.append(command.cue.name)
                case Show():
                    self.lights.append(command.light)
                case JournalLine():
                    self.lines.append(command)
                case Sync():
                    self.give(Synced(self.now, command.ticket))


def test_overdue_evidence_is_said_at_the_boot_at_the_dock_and_on_the_way_out_of_it() -> None:
    bench = Bench()
    bench.holds(LATE)
    bench.dock()
    bench.dock(on=False)
    assert bench.cues == ["overdue"] * 3
    bench.holds(NONE)
    bench.dock()
    bench.dock(on=False)
    assert bench.cues == ["overdue"] * 3


def test_it_is_said_at_a_waking_and_not_to_somebody_who_records() -> None:
    bench = Bench()
    bench.press((Button.EVENT, Button.FUNCTION), 0, 3.2)
    bench.holds(LATE)
    assert bench.cues == ["asleep"]
    bench.press((Button.EVENT, Button.FUNCTION), 0, 3.2)
    assert bench.cues == ["asleep", "awake", "overdue"]
    bench.press((Button.EVENT,), 0, 0.1, 0.3, 0.4)
    bench.holds(EARLY)
    bench.holds(LATE)
    bench.dock()
    assert bench.recorder.status.state is State.RECORDING and bench.cues.count("overdue") == 1


def test_an_episode_is_journalled_once_with_its_measure() -> None:
    bench = Bench()
    for _ in range(50):
        bench.holds(LATE)
    bench.holds(NONE)
    first, last = bench.told("held")
    assert first == {"age": TICKS + 2 * ALARM, "bytes": 700, "recordings": 1}
    assert last == {"age": None, "bytes": 700, "recordings": 0}


def test_without_an_offloader_nothing_is_overdue() -> None:
    bench = Bench(Profile(Policy(), 40_000_000, 64_000_000))
    bench.holds(LATE)
    assert bench.told("held") == [] and bench.cues == []


def test_a_docking_shows_what_is_said_and_journals_where_it_changes() -> None:
    bench = Bench()
    bench.dock()
    for done in range(10):
        bench.give(Delivery(bench.after(), True, 10, done, 10 * done, ""))
    bench.give(Delivery(bench.after(), False, 10, 9, 90, "destination full"))
    bench.give(Delivery(bench.after(3), True, 10, 9, 90, ""), Delivery(bench.after(3), False, 10, 10, 100, ""))
    assert bench.lights == [Light.GREEN_SLOW, Light.BLUE, Light.BLUE_FAST, Light.AMBER_SLOW, Light.BLUE_FAST, Light.BLUE]
    lines = bench.told("delivery")
    assert [(line["running"], line["done"], line["failing"]) for line in lines] == [
        (True, 0, ""), (False, 9, "destination full"), (True, 9, ""), (False, 10, ""),
    ]  # fmt: skip
    assert bench.cues == []


def test_an_offloader_that_lies_hides_no_overdue_evidence_and_moves_nothing_outside_the_dock() -> None:
    bench = Bench()
    bench.give(Delivery(bench.after(), False, 0, 0, 0, "stop recording"))
    assert bench.recorder.status.state is State.FILLING and bench.told("delivery") == []
    bench.dock()
    bench.holds(LATE)
    for _ in range(20):
        bench.give(Delivery(bench.after(), True, 1, 0, 0, ""))
    assert bench.lights[-1] is Light.AMBER_SLOW
    bench.press((Button.EVENT,), 0, 0.1, 0.3, 0.4)
    status = bench.recorder.status
    assert status.recording and Flag.DELIVERING not in status.flags


def test_idle_begins_when_all_is_kept_and_lasts_through_the_docks_own_lines() -> None:
    bench = Bench()
    idle = [bench.recorder.idle]
    bench.dock()
    idle.append(bench.recorder.idle)
    bench.give(DockChange(bench.now, True))
    idle.append(bench.recorder.idle)
    bench.dock(on=False)
    idle.append(bench.recorder.idle)
    assert idle == [False, True, True, False]
