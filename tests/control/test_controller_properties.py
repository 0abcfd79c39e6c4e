"""What no sequence of events, from any status, can bring about."""

from functools import reduce
from operator import or_

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.controller import step
from bwc_agent.control.events import Answer, Effect, Event, Signal
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import BOOT, TOLD, Flag, State, Status

POLICIES = st.builds(
    Policy,
    start_by_hold=st.booleans(),
    mute_allowed=st.booleans(),
    stealth_allowed=st.booleans(),
    dock_while_recording=st.sampled_from(["continue", "stop"]),
)
FLAGS = st.sets(st.sampled_from(Flag)).map(lambda some: reduce(or_, some, Flag.NONE))
STATUSES = st.builds(Status, st.sampled_from(State), FLAGS)
# Gestures, dock and sleep more often than the rest, so that walks go somewhere.
WALKERS = [Event.DOCKED, Event.UNDOCKED, Event.BOTH_HOLD]
EVENTS = st.one_of(st.sampled_from(Event), st.sampled_from(list(Event)[:8]), st.sampled_from(WALKERS))
STEPS = st.lists(st.tuples(EVENTS, st.one_of(st.none(), st.integers(0, 2 * Policy().short_stop))), max_size=40)
SAID = [Event.DELIVERY_BEGAN, Event.DELIVERY_ENDED, Event.DELIVERY_FAILED]
Walk = list[tuple[Event, int | None]]


class World:
    """What the effects have made of the parts; it complains by itself."""

    def __init__(self, status: Status) -> None:
        self.recording = status.recording
        self.sources = status.sources_open
        self.muted = Flag.MUTED in status.flags
        self.stealth = Flag.STEALTH in status.flags
        self.coarse = Flag.STORAGE_SCARCE in status.flags

    def do(self, answer: Answer) -> None:
        if answer is Effect.START:
            assert self.sources and not self.recording and not self.muted
            self.recording = True
        elif answer in (Effect.STOP, Effect.MARK):
            assert self.recording
            self.recording = answer is Effect.MARK
        elif answer in (Effect.OPEN_SOURCES, Effect.CLOSE_SOURCES):
            assert answer is Effect.OPEN_SOURCES or not self.recording
            self.sources = answer is Effect.OPEN_SOURCES
        elif answer is Effect.CLOSE_ALL:
            assert not self.recording
            self.sources = False
        else:
            self._flag(answer)

    def _flag(self, answer: Answer) -> None:
        if answer in (Effect.MUTE, Effect.UNMUTE):
            assert self.muted == (answer is Effect.UNMUTE)
            self.muted = answer is Effect.MUTE
        elif answer in (Effect.STEALTH_ON, Effect.STEALTH_OFF):
            assert self.stealth == (answer is Effect.STEALTH_OFF)
            self.stealth = answer is Effect.STEALTH_ON
        elif answer in (Effect.LOWER_BITRATE, Effect.FULL_BITRATE):
            assert self.coarse or answer is Effect.LOWER_BITRATE
            self.coarse = answer is Effect.LOWER_BITRATE
        else:
            assert isinstance(answer, Signal)


@settings(max_examples=300, deadline=None)
@given(STATUSES, POLICIES, STEPS)
def test_effects_and_status_never_part(status: Status, policy: Policy, walk: Walk) -> None:
    world = World(status)
    for event, age in walk:
        status, answers = step(status, event, policy, age)
        for answer in answers:
            world.do(answer)
        assert world.recording == status.recording
        assert world.sources == status.sources_open == (status.state not in (State.ASLEEP, State.DOCKED, State.OFF))
        assert world.muted == (Flag.MUTED in status.flags)
        assert world.stealth == (Flag.STEALTH in status.flags)
        assert status.state is State.OFF or world.coarse == (Flag.STORAGE_SCARCE in status.flags)


@settings(max_examples=150, deadline=None)
@given(STATUSES, POLICIES, EVENTS)
def test_a_recording_is_left_by_a_stop_and_begun_by_a_start_only(status: Status, policy: Policy, event: Event) -> None:
    now, answers = step(status, event, policy, Policy().short_stop)
    assert (Effect.STOP in answers) == (status.recording and not now.recording)
    assert (Effect.START in answers) == (now.recording and not status.recording)


@settings(max_examples=150, deadline=None)
@given(STATUSES, POLICIES)
def test_a_double_press_records_from_every_state_but_off_while_there_is_space(status: Status, policy: Policy) -> None:
    now, answers = step(status, Event.DOUBLE_PRESS, policy, Policy().short_stop)
    refused = Flag.STORAGE_FULL in status.flags and not status.recording
    assert now.recording == (status.state is not State.OFF and not refused)
    assert Signal.STORAGE_FULL in answers or not refused or status.state is State.OFF
    assert status.recording or not now.recording or Flag.MUTED not in now.flags


@settings(max_examples=150, deadline=None)
@given(POLICIES, STEPS)
def test_standby_means_that_the_ring_is_ready_and_the_camera_there(policy: Policy, walk: Walk) -> None:
    status = Status(State.FILLING)
    for event, age in walk:
        status, _ = step(status, event, policy, age)
        assert status.state is not State.STANDBY or (Flag.READY in status.flags and Flag.CAMERA_LOST not in status.flags)
        assert status.recording or not status.flags & (Flag.SECURING | Flag.MUTED | Flag.CONFIRM_STOP)


@settings(max_examples=150, deadline=None)
@given(POLICIES, STEPS)
def test_what_the_offloader_says_is_forgotten_outside_the_dock(policy: Policy, walk: Walk) -> None:
    status = BOOT
    for event, age in walk:
        status, _ = step(status, event, policy, age)
        assert status.state is State.DOCKED or not status.flags & TOLD


@settings(max_examples=150, deadline=None)
@given(STATUSES, POLICIES, st.sampled_from(SAID))
def test_what_the_offloader_says_does_nothing_but_raise_its_flags(status: Status, policy: Policy, event: Event) -> None:
    now, answers = step(status, event, policy, 0)
    assert answers == () and now.state is status.state and not (now.flags ^ status.flags) & ~TOLD


@settings(max_examples=150, deadline=None)
@given(STATUSES, POLICIES, EVENTS)
def test_overdue_evidence_is_never_said_to_somebody_who_records(status: Status, policy: Policy, event: Event) -> None:
    now, answers = step(status, event, policy, 0)
    assert Signal.OVERDUE not in answers or not (status.recording or now.recording)


@settings(max_examples=100, deadline=None)
@given(STATUSES, POLICIES, EVENTS)
def test_two_holds_stop_any_recording_whatever_its_flags(status: Status, policy: Policy, event: Event) -> None:
    status = Status(State.RECORDING, status.flags)
    for _ in range(2):
        if status.recording:
            status, _ = step(status, Event.HOLD, policy, 0)
    assert not status.recording
