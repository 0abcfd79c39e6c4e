"""From the edge that decides a gesture to its answer in the indicator: a live start at 1080p that starts and stops again and again.

Every press-down and every hold is answered: "heard" at the edge, "stopped" once the clock says that the button was held.
Each start seals up to 30 s out of the ring, so the card is never idle: harder than any shift.
"""

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.control.policy import Policy
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.units import ns_from_ticks, seconds
from hal.interfaces import Button
from tests.bench.heard import Heard, drivers_heard_by
from tests.live.enrolled import device

QUICK = Policy(double_press_window=seconds(0.2), hold=seconds(0.3), short_stop=1)
"""Gestures that take little time; how they are judged is the same."""
SETTINGS = Settings(policy=QUICK, video=VideoSettings(1920, 1080, 30, 8_000_000))
LENGTH = 75.0
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds from deciding to answering, in rising order."""

    took: list[float]

    def quantile(self, share: float) -> float:
        """The least that `share` of all lie at or under."""
        return self.took[min(len(self.took) - 1, int(share * len(self.took)))]


class Fingers:
    """Presses in a thread of its own, as a driver's edges come; edges are given as soon as they are made."""

    def __init__(self, live: Live, heard: Heard) -> None:
        self._live, self._heard = live, heard
        self.took: list[float] = []

    def work(self) -> None:
        """Start, wait until it is secured, stop, and again, until the time is up; then end the start."""
        until = time.monotonic() + LENGTH
        while time.monotonic() < until:
            self._edge(True)
            time.sleep(0.04)
            self._edge(False)
            time.sleep(0.05)
            pressed = self._edge(True)
            self._await("heard", pressed)
            self._edge(False, after=0.04)
            self._seen("recording", pressed)
            time.sleep(0.1 + 0.017 * (len(self.took) % 7))
            held = self._edge(True) + ns_from_ticks(QUICK.hold)
            self._await("stopped", held)
            self._edge(False)
            time.sleep(0.5)
        self._live.ask_to_end("enough")

    def _edge(self, pressed: bool, after: float = 0.0) -> int:
        time.sleep(after)
        at = self._live.stream.now()
        self._live.stream.give(ButtonEdge(at, Button.EVENT, pressed))
        return ns_from_ticks(at)

    def _await(self, name: str, decided: int) -> None:
        self.took.append((self._seen(name, decided) - decided) / 1e9)

    def _seen(self, name: str, since: int) -> int:
        deadline = time.monotonic() + PATIENCE
        while (at := self._heard.when(name, since)) is None:
            if time.monotonic() > deadline:
                self._live.ask_to_end("no answer")
                raise TimeoutError(f'no "{name}" within {PATIENCE:g} s')
            time.sleep(0.005)
        return at


def measure() -> Answers:
    """All answers of one live start."""
    heard = Heard()
    with tempfile.TemporaryDirectory() as name:
        made = device(Path(name))
        live = Live(SETTINGS, made, Builder(SETTINGS, made, drivers=drivers_heard_by(heard)).parts)
        fingers = Fingers(live, heard)
        hand = threading.Thread(target=fingers.work)
        hand.start()
        live.run()
        hand.join()
    return Answers(sorted(fingers.took))


if __name__ == "__main__":
    found = measure()
    print(len(found.took), *(f"{found.quantile(share) * 1000:.0f}" for share in (0.5, 0.9, 0.99, 1)))
