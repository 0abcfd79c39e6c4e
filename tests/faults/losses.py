"""What a cut costs: the packets that the agent had been handed by then, against those that are on the card.

Measured in media time, for each track: from the newest packet that the agent had, and that belongs into the recording, to
the newest that opens on the card (stored), or that a signed mark binds (signed). It counts from the moment at which the
core learned that the recording is secured, which is when "recording" shows. The card does each call at the last moment
before its answer is due (`card.py`), and the cut comes just before the call: so each loss is the worst for its calls.
"""

from dataclasses import dataclass
from typing import Final

from bwc_agent.evidence.layout import RecordingName
from bwc_agent.packets import Packet, Track
from bwc_agent.units import TICKS
from tests.faults.cuts import NEVER, moment
from tests.faults.film import Film, samples_of
from tests.faults.story import Story


@dataclass(frozen=True, slots=True)
class Loss:
    """Seconds of footage that the agent had and the card has not: stored, and signed; 0 where nothing was promised."""

    stored: float = 0.0
    signed: float = 0.0


NONE: Final = Loss()


def loss(story: Story, call: int, films: dict[RecordingName, Film]) -> Loss:
    """The worst over all recordings that were shown as secured by the time of the cut."""
    now = moment(story, call)
    worst = NONE
    for name, asked in story.asked.items():
        if asked.secured is None or (name.start, asked.secured) >= (now.start, now.at):
            continue
        handed = [packet for at, packet in story.handed[name.start] if name.start < now.start or at <= now.at]
        for track in Track:
            film = films.get(name, Film())
            had = _had(handed, track, story, name)
            stored, signed = (_behind(had, film.newest(track, signed)) for signed in (False, True))
            worst = Loss(max(worst.stored, stored), max(worst.signed, signed))
    return worst


def _had(handed: list[Packet], track: Track, story: Story, name: RecordingName) -> int:
    """Capture time of the newest packet that the agent had and that belongs into the recording."""
    asked = story.asked[name]
    until = max(p.pts for p in asked.packets if p.track is track) if asked.closed else NEVER
    return max((p.pts for p in handed if p.track is track and p.pts <= until), default=0)


def _behind(had: int, kept: int | None) -> float:
    return max(0, had - (kept or 0)) / TICKS


def missing(story: Story, films: dict[RecordingName, Film]) -> int:
    """Samples that are signed or promised and not there, and samples that are not those which the core asked to be kept."""
    wrong = 0
    for name, film in films.items():
        asked = samples_of(story.asked[name].packets)
        for track, stored in film.stored.items():
            wrong += sum(got != given for got, given in zip(stored, asked[track], strict=False))
            wrong += max(0, len(stored) - len(asked[track]), film.signed[track] - len(stored))
            wrong += len(asked[track]) - len(stored) if film.stopped else 0
    return wrong
