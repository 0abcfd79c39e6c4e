"""When an officer is told again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.events import Event
from bwc_agent.control.policy import Policy
from bwc_agent.control.reminders import Due, Reminders
from bwc_agent.control.status import Flag, State, Status
from bwc_agent.units import seconds

RECORDING, ASLEEP, STANDBY = Status(State.RECORDING), Status(State.ASLEEP), Status(State.STANDBY)


def run(reminders: Reminders, status: Status, start: float, end: float, every: float = 1) -> list[Due]:
    """All that is due while `status` lasts, asked every so many seconds from `start` to `end`."""
    return [due for at in range(seconds(start), seconds(end) + 1, seconds(every)) for due in reminders.tick(at, status)]


def test_a_recording_is_reminded_every_two_minutes_at_the_exact_time() -> None:
    dues = run(Reminders(Policy()), RECORDING, 0.5, 400, every=0.7)
    assert dues == [Due(seconds(0.5 + n * 120), Event.REMINDER) for n in (1, 2, 3)]


def test_sleep_is_reminded_every_fifteen_minutes() -> None:
    assert run(Reminders(Policy()), ASLEEP, 0, 1900, every=10) == [Due(seconds(n * 900), Event.REMINDER) for n in (1, 2)]


def test_standby_and_dock_are_not_reminded() -> None:
    reminders = Reminders(Policy())
    assert run(reminders, STANDBY, 0, 4000, every=10) + run(reminders, Status(State.DOCKED), 4000, 8000, every=10) == []


def test_each_recording_counts_from_its_own_start() -> None:
    reminders = Reminders(Policy())
    run(reminders, RECORDING, 0, 100)
    run(reminders, STANDBY, 100, 110)
    assert run(reminders, RECORDING, 110, 240) == [Due(seconds(230), Event.REMINDER)]


def test_a_long_silence_gives_one_reminder_and_keeps_the_grid() -> None:
    reminders = Reminders(Policy())
    reminders.tick(0, RECORDING)
    assert reminders.tick(seconds(500), RECORDING) == [Due(seconds(480), Event.REMINDER)]
    assert run(reminders, RECORDING, 501, 600) == [Due(seconds(600), Event.REMINDER)]


def test_stealth_is_silent_and_nothing_is_made_up_for() -> None:
    reminders = Reminders(Policy())
    run(reminders, RECORDING, 0, 10)
    assert run(reminders, Status(State.RECORDING, Flag.STEALTH), 10, 130) == []
    assert run(reminders, RECORDING, 131, 250) == [Due(seconds(240), Event.REMINDER)]


def test_a_low_battery_is_repeated_every_twenty_seconds_outside_the_dock() -> None:
    reminders = Reminders(Policy())
    assert run(reminders, Status(State.STANDBY, Flag.LOW_BATTERY), 0, 45) == [Due(seconds(n), Event.BATTERY_LOW) for n in (20, 40)]
    assert run(reminders, Status(State.DOCKED, Flag.LOW_BATTERY), 45, 200) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, seconds(119)), min_size=1, max_size=60))
def test_any_pace_below_the_period_misses_none(steps: list[int]) -> None:
    reminders, at, dues = Reminders(Policy()), 0, list[Due]()
    reminders.tick(0, RECORDING)
    for gap in steps:
        at += gap
        dues += reminders.tick(at, RECORDING)
    assert [due.at for due in dues] == [seconds(120) * n for n in range(1, at // seconds(120) + 1)]
