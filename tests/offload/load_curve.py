"""A fleet that docks at one shift change, on paper: `python -m tests.offload.load_curve` prints the tables of bwc_agent/offload/README.md.

No server and no clock: events in a heap, dice with a seed. The cameras do what the engine does (a pass lists, sends so many segments at
once, ends at the first refusal once the others are through, and waits by the real back-off). The store shares its bandwidth
evenly among what it takes at once, and refuses (503 SlowDown) what is more than it takes at once, or in one second.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import Final

from bwc_agent.offload.backoff import Backoff
from bwc_agent.offload.service import SPREAD

LISTING: Final = 4
"""Requests with which a pass begins: mail, journals, recordings, reports."""
SEGMENT: Final = 60_000_000
"""Bytes of a minute at 8 Mb/s."""
PARTS: Final = 6
"""Requests for one: its beginning, four parts, its end."""


@dataclass(frozen=True)
class Store:
    """Bytes a second in all, and over one dock's cable; how many uploads at once, how many requests in a second."""

    bandwidth: float = 10e9 / 8
    cable: float = 100e6 / 8
    uploads: int = 1_000
    requests: int = 3_500


@dataclass(frozen=True)
class Fleet:
    """Cameras with so many segments each; all dock within `docking` seconds and first try within `spread` more. `jitter`: full, or none."""

    cameras: int = 5_000
    segments: int = 120
    workers: int = 3
    docking: float = 0.0
    spread: float = SPREAD
    jitter: bool = True


@dataclass
class Curve:
    """By second: requests, refusals, bytes that arrived; and when each camera was done, in order."""

    requests: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    bytes: Counter[int] = field(default_factory=Counter)
    done: list[float] = field(default_factory=list)


@dataclass
class _Camera:
    left: int
    backoff: Backoff
    sending: int = 0
    sent: bool = False
    refused: bool = False


class Shift:
    """One run: `curve` is what came of it."""

    def __init__(self, fleet: Fleet, store: Store, seed: int = 1) -> None:
        self._fleet, self._store, self._dice = fleet, store, Random(seed)
        draw: Callable[[], float] = self._dice.random if fleet.jitter else lambda: 1.0
        self._cameras = [_Camera(fleet.segments, Backoff(draw)) for _ in range(fleet.cameras)]
        self._order = count()
        self._passes = [(self._dice.random() * fleet.docking + draw() * fleet.spread, next(self._order), each) for each in self._cameras]
        heapq.heapify(self._passes)
        self._uploads: list[tuple[float, int, _Camera]] = []
        self._now = self._served = 0.0
        """`_served`: bytes that each upload would have got that was there from the beginning; an upload ends at a mark on it."""
        self.curve = Curve()

    def run(self) -> Curve:
        """Until every camera is done."""
        while self._passes or self._uploads:
            ends = self._now + (self._uploads[0][0] - self._served) / self._rate if self._uploads else float("inf")
            if self._passes and self._passes[0][0] <= ends:
                self._pass_to(self._passes[0][0])
                self._begin(heapq.heappop(self._passes)[2])
            else:
                self._pass_to(ends)
                self._end(heapq.heappop(self._uploads)[2])
        return self.curve

    @property
    def _rate(self) -> float:
        return min(self._store.cable, self._store.bandwidth / len(self._uploads))

    def _pass_to(self, time: float) -> None:
        if self._uploads:
            self._served += self._rate * (time - self._now)
        self._now = time

    def _asked(self, requests: int) -> bool:
        """True if the store answers, False if it is asked too much in this second."""
        second = int(self._now)
        self.curve.requests[second] += requests
        return self.curve.requests[second] <= self._store.requests

    def _begin(self, camera: _Camera) -> None:
        camera.sent, camera.refused = False, not self._asked(LISTING)
        self._fill(camera)

    def _fill(self, camera: _Camera) -> None:
        """As many uploads as it has workers, until one is refused."""
        while camera.left and camera.sending < self._fleet.workers and not camera.refused:
            if len(self._uploads) < self._store.uploads and self._asked(1):
                camera.left, camera.sending = camera.left - 1, camera.sending + 1
                # No two minutes of film have the same size.
                size = SEGMENT * (0.8 + 0.4 * self._dice.random())
                heapq.heappush(self._uploads, (self._served + size, next(self._order), camera))
            else:
                camera.refused = True
        if camera.refused:
            self.curve.refused[int(self._now)] += 1
            self._wait(camera)

    def _end(self, camera: _Camera) -> None:
        camera.sending, camera.sent = camera.sending - 1, True
        self.curve.bytes[int(self._now)] += SEGMENT
        self.curve.requests[int(self._now)] += PARTS - 1
        if camera.refused:
            self._wait(camera)
        elif camera.left or camera.sending:
            self._fill(camera)
        else:
            self.curve.done.append(self._now)

    def _wait(self, camera: _Camera) -> None:
        """A pass ends when those that are being sent are through."""
        if camera.sending:
            return
        if camera.sent:
            camera.backoff.succeeded()
        heapq.heappush(self._passes, (self._now + camera.backoff.failed(), next(self._order), camera))


def table(curve: Curve, minutes: list[int]) -> Iterator[str]:
    """Rows of Markdown: what happened in the minute before each."""
    yield "| minutes | requests/s | busiest second | refused | MB/s | cameras done |"
    yield "|---|---|---|---|---|---|"
    for minute in minutes:
        seconds = range((minute - 1) * 60, minute * 60)
        asked, refused, sent = (sum(of[s] for s in seconds) for of in (curve.requests, curve.refused, curve.bytes))
        done = sum(time < minute * 60 for time in curve.done)
        peak = max(curve.requests[s] for s in seconds)
        yield f"| {minute} | {asked / 60:,.0f} | {peak:,} | {refused:,} | {sent / 60e6:,.0f} | {done:,} |"


def summary(name: str, curve: Curve, store: Store) -> str:
    """One row: how long, how much of the bandwidth, what came to nothing, the busiest second, and those that asked too much."""
    whole, sent = curve.done[-1], sum(curve.bytes.values())
    busiest, over = max(curve.requests.values()), sum(asked > store.requests for asked in curve.requests.values())
    used = sent / whole / store.bandwidth
    return f"| {name} | {whole / 3600:.2f} h | {used:.0%} | {sum(curve.refused.values()):,} | {busiest:,} | {over:,} |"


def main() -> None:
    """Every table of the page."""
    store, fleet = Store(), Fleet()
    rows = [
        ("as it is: full jitter, first try spread over a minute", fleet, store),
        ("first try at once", replace(fleet, spread=0.0), store),
        ("no jitter", replace(fleet, spread=0.0, jitter=False), store),
        ("as it is, docking within 15 minutes", replace(fleet, docking=900.0), store),
        ("as it is, store of 40 Gb/s", fleet, replace(store, bandwidth=40e9 / 8)),
    ]
    curves = [Shift(way, at).run() for _, way, at in rows]
    print("| | all done | of the bandwidth | refused | busiest second | seconds above the limit |", "|---|---|---|---|---|---|", sep="\n")
    for (name, _, at), curve in zip(rows, curves, strict=True):
        print(summary(name, curve, at))
    print("", *table(curves[0], [1, 2, 5, 10, 30, 60, 120, 240, 360, 480]), sep="\n")


if __name__ == "__main__":
    main()
