"""What a verifier answers, in words for whoever is neither its author nor an engineer.

A verdict is not an error: a recording that a power cut ended is as it should be, and says so. Each finding is a `Reason`
with a state of its own; the gravest decides. What was not looked at is part of the answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bwc_agent.evidence.device_time import DeviceTime
from bwc_agent.evidence.recording_reader import RecordingLog


class State(Enum):
    """What is known of a recording, a device or an export, from the lightest to the gravest."""

    COMPLETE = "complete"
    """Every byte from the first picture to the stop is what the device signed."""
    TRUNCATED = "truncated"
    """It ends without a stop, as after a power cut; everything up to there is what the device signed."""
    END_UNPROVEN = "end unproven"
    """What is here is right, but a part that may exist is not here yet: the device is to be docked again."""
    UNSIGNED_TAIL = "unsigned tail"
    """Behind what the device signed stand bytes that nobody vouches for."""
    INCOMPLETE = "incomplete"
    """Something that the device signed is not here."""
    ROLLED_BACK = "rolled back or forked"
    """The device shows less than the agency has already seen of it, or another life: it was set back, or has a double."""
    ALTERED = "altered"
    """Something is not what the device signed, or was put there by somebody else."""
    UNKNOWN_SIGNER = "unknown signer"
    """The authority that was given does not stand behind the signer: it never enrolled it, or it has revoked it."""
    NOT_A_RECORDING = "not a recording"
    """There is nothing here that this program could judge."""

    @property
    def exit_status(self) -> int:
        """What a command that gives this verdict exits with."""
        return _EXIT[self]

    @property
    def gravity(self) -> int:
        """0 for COMPLETE; the larger, the worse."""
        return _ORDER.index(self)


_ORDER: Final = tuple(State)
_EXIT: Final = {
    State.COMPLETE: 0,
    State.NOT_A_RECORDING: 2,
    State.TRUNCATED: 10,
    State.END_UNPROVEN: 11,
    State.UNSIGNED_TAIL: 12,
    State.ALTERED: 13,
    State.INCOMPLETE: 14,
    State.ROLLED_BACK: 15,
    State.UNKNOWN_SIGNER: 16,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding: `what` is a sentence, `where` the file that it is about, relative to what was looked at (or empty)."""

    state: State
    what: str
    where: str = ""

    def __str__(self) -> str:
        # A name that somebody else gave ends on a terminal, which would obey what stands in it.
        where = self.where if self.where.isprintable() else ascii(self.where)
        return f"{where}: {self.what}" if where else self.what


class Protection(Enum):
    """What vouches for a stretch of time."""

    SIGNED = "signed"
    RELEASED = "released: held by the agency's storage, by its signed receipt"
    MISSING = "missing"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last` (capture times in ticks) the recording is protected like this."""

    first: int
    last: int
    protection: Protection


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same stretches, neighbours of one kind made one."""
    return tuple(_merge(spans))


def _merge(spans: Iterable[Span]) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if held is not None and held.protection is span.protection:
            held = Span(min(held.first, span.first), max(held.last, span.last), held.protection)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def worst(reasons: Iterable[Reason]) -> State:
    """The state of the gravest finding; COMPLETE if there is none."""
    return max((reason.state for reason in reasons), key=lambda state: state.gravity, default=State.COMPLETE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one recording or one export.

    `name` is what was looked at; `log` what its signed log says, None where that could not be believed; `spans` what
    vouches for each stretch of time; `notes` what is good to know and no finding; `protection` how far signatures reach;
    `not_checked` what this verdict says nothing about.
    """

    name: str
    reasons: tuple[Reason, ...] = ()
    log: RecordingLog | None = None
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    protection: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The gravest reason's."""
        return worst(self.reasons)

    @property
    def exit_status(self) -> int:
        """That of the state."""
        return self.state.exit_status


@dataclass(frozen=True, slots=True)
class DeviceVerdict:
    """The answer about one device: its journals, and each of its recordings in order of name.

    `reasons` are those of the journals and of what they say about recordings; those of a recording are its own. `times` say
    where the time went, one for each device.
    """

    name: str
    reasons: tuple[Reason, ...]
    recordings: tuple[Verdict, ...]
    starts: tuple[int, ...] = ()
    not_checked: tuple[str, ...] = ()
    times: tuple[DeviceTime, ...] = ()

    @property
    def state(self) -> State:
        """The gravest of the device and all its recordings."""
        return worst([*self.reasons, *(reason for verdict in self.recordings for reason in verdict.reasons)])

    @property
    def exit_status(self) -> int:
        """That of the state."""
        return self.state.exit_status
