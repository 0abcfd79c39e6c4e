"""Rhythms of light, pulses of tone and vibration."""

from itertools import combinations

import pytest

from bwc_agent.control.indicator import PULSES
from hal.indicator.patterns import COLOURS, PATTERNS, Colour, Pulse, lit_at, pattern, pulses
from hal.interfaces import Cue, Light

MS = 1_000_000
HARDWARE = [frozenset(some) for count in (1, 2, 3) for some in combinations(COLOURS, count)]
ALL = frozenset(COLOURS)


def seen(light: Light, there: frozenset[Colour]) -> tuple[frozenset[Colour], ...]:
    """What is lit at each 25 ms of twelve seconds."""
    return tuple(lit_at(pattern(light, there), k * 25 * MS)[0] for k in range(480))


def test_in_colour_each_light_is_its_name() -> None:
    assert seen(Light.RED, ALL) == (frozenset({"red"}),) * 480
    assert seen(Light.RED_BLINK, ALL)[:80] == ((frozenset({"red"}),) * 20 + (frozenset(),) * 20) * 2
    assert set(seen(Light.AMBER_FAST, ALL)) == {frozenset({"red", "green"}), frozenset()}
    assert set(seen(Light.BLUE_SLOW, ALL)) == {frozenset({"blue"}), frozenset()}
    assert set(seen(Light.OFF, ALL)) == {frozenset()}


@pytest.mark.parametrize("there", HARDWARE, ids=lambda there: "+".join(sorted(there)))
def test_no_two_lights_look_alike_on_any_choice_of_leds(there: frozenset[Colour]) -> None:
    looks = [seen(light, there) for light in Light]
    assert len(set(looks)) == len(Light)
    assert all(lit <= there for look in looks for lit in look)


@pytest.mark.parametrize("there", HARDWARE, ids=lambda there: "+".join(sorted(there)))
def test_recording_is_lit_half_of_the_time_and_one_led_alone_is_so_for_nothing_else(there: frozenset[Colour]) -> None:
    bright = {light for light in Light if sum(map(bool, seen(light, there))) >= 240}
    recording = {Light.RED, Light.RED_BLINK, Light.AMBER_FAST}
    assert bright >= recording
    if not there >= {"red", "green"}:
        assert bright == recording


@pytest.mark.parametrize("there", HARDWARE, ids=lambda there: "+".join(sorted(there)))
def test_the_next_change_is_told_to_the_nanosecond(there: frozenset[Colour]) -> None:
    for light in Light:
        steps = pattern(light, there)
        now = 0
        for _ in range(10):
            lit, due = lit_at(steps, now)
            if due is None:
                assert len(set(seen(light, there))) == 1
                break
            assert lit_at(steps, now + due - 1) == (lit, 1)
            now += due


def test_every_light_has_a_pattern() -> None:
    assert set(PATTERNS) == set(Light)


def beats(cue: Cue, buzzer: bool, motor: bool) -> str:
    """Each 100 ms: both, tone, vibration or still."""
    return "".join("?.vtB"[1 + pulse.vibration + 2 * pulse.tone] * (pulse.ms // 100) for pulse in pulses(cue, buzzer, motor))


def test_tones_and_vibrations_go_together() -> None:
    assert beats(Cue("c", 2, 3), True, True) == "B.B.v...."
    assert beats(Cue("c", 2, 0), True, True) == "t.t...."
    assert pulses(Cue("c", 1, 1), True, True) == (Pulse(100, True, True), Pulse(100, False, False), Pulse(300, False, False))


def test_where_one_is_missing_the_other_gives_its_pulses_last() -> None:
    assert beats(Cue("c", 2, 1), True, False) == "t.t.... t....".replace(" ", "")
    assert beats(Cue("c", 1, 2), False, True) == "v.... v.v....".replace(" ", "")
    assert beats(Cue("c", 0, 1), True, False) == "t...."


def test_what_has_no_pulses_or_no_means_is_nothing() -> None:
    assert pulses(Cue("c", 0, 0), True, True) == ()
    assert pulses(Cue("c", 3, 3), False, False) == ()


def test_with_buzzer_and_motor_no_two_signals_are_alike_and_with_one_only_a_single_pulse_is() -> None:
    cues = [Cue(signal.value, *counts) for signal, counts in PULSES.items()]
    assert len({pulses(cue, True, True) for cue in cues}) == len(cues)
    for buzzer in (True, False):
        alike = [cue for cue in cues if sum(pulses(cue, buzzer, not buzzer) == pulses(other, buzzer, not buzzer) for other in cues) > 1]
        assert all(0 in (cue.tones, cue.vibrations) for cue in alike)
