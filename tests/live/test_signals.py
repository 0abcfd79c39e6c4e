"""Light and buzzer that fail and come back."""

from bwc_agent.control.inputs import Source, SourceChange
from bwc_agent.live.signals import AGAIN, Signals
from bwc_agent.live.stream import Stream
from bwc_agent.units import ns_from_ticks
from hal.errors import HardwareError
from hal.interfaces import Cue, Light
from tests.live.stage import heard

DEAD = "GPIO 22 cannot be used: check the wiring"


class Lamp:
    def __init__(self) -> None:
        self.dead = self.dark = False
        self.opened = self.closed = 0
        self.lights: list[Light] = []
        self.cues: list[Cue] = []

    def open(self) -> None:
        self.opened += 1
        self._works()

    def close(self) -> None:
        self.closed += 1

    def show(self, light: Light) -> None:
        if self.dark:
            raise ZeroDivisionError("in a driver")
        self._works()
        self.lights.append(light)

    def play(self, cue: Cue) -> None:
        self._works()
        self.cues.append(cue)

    def shown(self) -> Light | None:
        return self.lights[-1]

    def _works(self) -> None:
        if self.dead:
            raise HardwareError("indicator", DEAD)


class Bench:
    def __init__(self) -> None:
        self.now = 0
        self.lamp = Lamp()
        self.stream = Stream(lambda: ns_from_ticks(self.now))
        self.signals = Signals(self.lamp, self.stream)


def test_it_opens_with_the_first_light_and_reads_it_back() -> None:
    bench = Bench()
    assert bench.signals.show(Light.GREEN) is Light.GREEN
    bench.signals.play(Cue("heard", 0, 1))
    assert (bench.lamp.opened, [cue.name for cue in bench.lamp.cues]) == (1, ["heard"])


def test_a_dead_one_is_told_once_and_tried_again_with_the_light_of_the_moment() -> None:
    bench = Bench()
    bench.signals.show(Light.GREEN)
    bench.lamp.dead = True
    assert bench.signals.show(Light.RED_BLINK) is None
    bench.signals.play(Cue("heard", 0, 1))
    assert heard(bench.stream) == [SourceChange(0, Source.INDICATOR, True, f"indicator: {DEAD}")]
    bench.now = AGAIN - 1
    bench.signals.watch(bench.now)
    opened = bench.lamp.opened
    bench.now = AGAIN
    bench.signals.watch(bench.now)
    assert bench.lamp.opened == opened + 1
    bench.lamp.dead, bench.now = False, 2 * AGAIN
    bench.signals.watch(bench.now)
    assert bench.lamp.lights[-1] is Light.RED_BLINK
    bench.stream.end()
    assert heard(bench.stream, 9) == [SourceChange(2 * AGAIN, Source.INDICATOR, False, "it works again")]


def test_one_that_opens_and_then_fails_does_not_work_again() -> None:
    bench = Bench()
    bench.lamp.dark = True
    for bench.now in (0, AGAIN, 2 * AGAIN):
        bench.signals.show(Light.RED_BLINK)
    bench.stream.end()
    why = "indicator: ZeroDivisionError: in a driver; report this as a bug"
    assert heard(bench.stream, 9) == [SourceChange(0, Source.INDICATOR, True, why)]


def test_a_cue_that_opens_it_again_brings_the_light_back_too() -> None:
    bench = Bench()
    bench.lamp.dead = True
    bench.signals.show(Light.RED_BLINK)
    bench.lamp.dead, bench.now = False, AGAIN
    bench.signals.play(Cue("marker", 1, 1))
    assert bench.lamp.lights == [Light.RED_BLINK] and len(bench.lamp.cues) == 1
