"""Where the time of one start went, by the `state` lines of its journal: each tick in one account, and all of them its elapsed time.

A `state` line says what holds from its time on, so the lines of a journal that a cut ended anywhere still add up. It stands
behind the event that caused it and never before the line before it, so that a time that was moved contradicts the
event; an orderly end repeats the sums in `ledger`. What does not agree was not written by a recorder. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, integer, text, texts, ticks

OFF: Final = "off"
FAULT: Final = "fault"
"""Time in which nothing could be recorded though it should, taken from the state in which that was."""
ACTIVE: Final = frozenset({"filling", "standby", "recording"})
"""States in which the camera is open; elsewhere nothing is missing."""
ACCOUNTS: Final = ("filling", "standby", "recording", "asleep", "docked", OFF, FAULT)
"""The states, and what is taken from them."""


def account(state: str, lost: bool) -> str:
    """The account of a tick in `state`; `lost` where a part has failed without which nothing is recorded."""
    return FAULT if lost and state in ACTIVE else state


@dataclass(frozen=True, slots=True)
class Spell:
    """From `begin` to `end` (ticks) the camera was in `state`; the parts in `lost` had failed."""

    state: str
    lost: tuple[str, ...]
    begin: int
    end: int

    @property
    def account(self) -> str:
        """Where its ticks count."""
        return account(self.state, bool(self.lost))


@dataclass(frozen=True, slots=True)
class Duty:
    """The time of a start, spell after spell without a gap, from `began` to `ended` (ticks). `orderly`: it went off, and said so."""

    began: int
    ended: int
    orderly: bool
    spells: tuple[Spell, ...]

    @property
    def elapsed(self) -> int:
        """Ticks from the journal's first line to the end."""
        return self.ended - self.began

    def until(self, tick: int) -> "Duty":
        """The same as far as `tick`, from which on another start of the same process tells: in between, the last state held."""
        spells = [spell for spell in self.spells if spell.begin < tick]
        if not spells:
            return self
        return replace(self, ended=tick, spells=(*spells[:-1], replace(spells[-1], end=tick)))

    @property
    def totals(self) -> dict[str, int]:
        """Ticks in each account; their sum is `elapsed`."""
        return _totals(self.spells)


def _totals(spells: Sequence[Spell]) -> dict[str, int]:
    sums = dict.fromkeys(ACCOUNTS, 0)
    for spell in spells:
        sums[spell.account] += spell.end - spell.begin
    return sums


def read_duty(lines: Sequence[Line], proven: int | None = None) -> Duty:
    """The time of the start whose signed journal is `lines`; `proven` is a tick at which its recordings' logs show it alive.

    A start without an orderly end is taken to end with its last signed line. Raises IntegrityError, naming the line (from 1).
    """
    walk = _Walk(ticks(lines[0], "t"))
    for number, line in enumerate(lines[1:], 2):
        try:
            walk.take(line)
        except IntegrityError as error:
            raise IntegrityError(f"line {number}: {error}") from error
    return walk.duty(walk.latest if proven is None else max(walk.latest, proven))


class _Walk:
    """Takes the lines one by one."""

    def __init__(self, began: int) -> None:
        self.latest = began
        """The largest time so far."""
        self._began = began
        self._said: list[tuple[str, tuple[str, ...], int]] = []
        self._event: Line | None = None
        self._ledger = self._off = False

    def take(self, line: Line) -> None:
        """The next line. Raises IntegrityError."""
        self.latest = max(self.latest, ticks(line, "t"))
        match line["kind"]:
            case "state":
                self._state(line)
            case "event":
                self._answered()
                self._event = line
                if not self._said:
                    raise IntegrityError("an event comes before any state")
            case "ledger":
                self._answered()
                self._check_ledger(line)
            case "off":
                self._end()

    def _state(self, line: Line) -> None:
        state, at = text(line, "state"), ticks(line, "t")
        if state not in ACCOUNTS or state == FAULT:
            raise IntegrityError(f"{state[:32]!r} is no state of the camera")
        due = self._began
        if self._said:
            if self._event is None or text(self._event, "state") != state:
                raise IntegrityError(f"the state becomes {state}, and no event before it says so")
            due = max(self._said[-1][2], ticks(self._event, "t"))
        if at != due:
            raise IntegrityError(f"the state {state} counts from tick {at}, and what caused it was at {due}")
        self._said.append((state, tuple(texts(line, "lost")), at))

    def _answered(self) -> None:
        """The last event's state is the one that holds."""
        if self._event is not None and (not self._said or self._said[-1][0] != text(self._event, "state")):
            raise IntegrityError(f"the event before it leads to {text(self._event, 'state')[:32]!r}, and no state line says so")

    def _check_ledger(self, line: Line) -> None:
        if not self._said or self._said[-1][0] != OFF:
            raise IntegrityError("the ledger is closed, and the camera is not off")
        sums = _totals(self._spells(self._said[-1][2]))
        stated = {name: integer(line, name) for name in (*ACCOUNTS, "elapsed")}
        for name, right in {**sums, "elapsed": sum(sums.values())}.items():
            if stated[name] != right:
                raise IntegrityError(f"the ledger has {stated[name]} ticks of {name}, and the states add up to {right}")
        self._ledger = True

    def _end(self) -> None:
        if not self._ledger:
            raise IntegrityError("an orderly end states no ledger")
        self._off = True

    def _spells(self, end: int) -> tuple[Spell, ...]:
        times = [*(at for _, _, at in self._said), end]
        return tuple(Spell(state, lost, *span) for (state, lost, _), span in zip(self._said, pairwise(times), strict=True))

    def duty(self, latest: int) -> Duty:
        """All of it; an orderly end is where the camera went off. Raises IntegrityError."""
        if not self._said and latest > self._began:
            raise IntegrityError(f"{latest - self._began} ticks passed, and no line says in which state")
        ended = self._said[-1][2] if self._off else latest
        return Duty(self._began, ended, self._off, self._spells(ended) if self._said else ())
