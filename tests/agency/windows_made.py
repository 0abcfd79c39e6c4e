"""Made-up films in windows, and where their windows are found again; pure."""

from dataclasses import dataclass

from bwc_agent.agency.excerpt_match import Binding, Hits, Placed, Samples, Window, candidates, place
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.packets import Track

FRAME, TONE = 1600, 1024


@dataclass(frozen=True)
class Unit:
    """A sample at a time."""

    at: int
    data: bytes


Film = dict[Track, list[Unit]]


def made_film(kinds: list[int], late: int, silent: bool = True) -> tuple[Film, list[Window]]:
    """Windows of 15 pictures and the sounds that fall into them; equal numbers in `kinds` make equal pictures."""
    film: Film = {Track.VIDEO: [], Track.AUDIO: []}
    found: list[Window] = []
    sounds = [Unit(at, b"\1\2" if silent else at.to_bytes(4)) for at in range(late, late + len(kinds) * 15 * FRAME, TONE)]
    for number, kind in enumerate(kinds):
        begin = number * 15 * FRAME
        new = {
            Track.VIDEO: [Unit(begin + n * FRAME, bytes([kind, n]) * (n + 2)) for n in range(15)],
            Track.AUDIO: [unit for unit in sounds if begin <= unit.at < begin + 15 * FRAME],
        }
        times = [unit.at for units in new.values() for unit in units]
        bindings = {track: bound(units) for track, units in new.items() if units}
        spans = {track: (units[0].at, units[-1].at) for track, units in new.items() if units}
        found.append(Window(number, min(times), max(times), bindings, spans))
        for track, units in new.items():
            film[track] += units
    return film, found


def bound(units: list[Unit]) -> Binding:
    data = b"".join(unit.data for unit in units)
    return Binding(len(units), len(data), sha256_hex(data))


def samples_of(film: Film) -> dict[Track, Samples]:
    return {track: Samples([len(u.data) for u in units], [u.at for u in units]) for track, units in film.items() if units}


def hits_of(film: Film, wanted: list[Window]) -> Hits:
    hits: dict[Track, dict[Binding, list[int]]] = {}
    for track, of in samples_of(film).items():
        hits[track] = {}
        for begin, binding in candidates({w.tracks[track] for w in wanted if track in w.tracks}, of.sizes):
            if bound(film[track][begin : begin + binding.samples]) == binding:
                hits[track].setdefault(binding, []).append(begin)
    return hits


def find_windows(film: Film, wanted: list[Window]) -> list[Placed]:
    return place(wanted, samples_of(film), hits_of(film, wanted))


def later(film: Film, by: int) -> Film:
    return {track: [Unit(unit.at + by, unit.data) for unit in units] for track, units in film.items()}


def part(film: Film, begin: int, end: int) -> Film:
    """What lies in these ticks."""
    return {track: [unit for unit in units if begin <= unit.at < end] for track, units in film.items()}


def joined(*films: Film) -> Film:
    return {track: [unit for film in films for unit in film[track]] for track in Track}
