"""Does the time add up? The journals of a device, start by start and between them, and each start's recordings against its states.

What the ticks count is exact; what lies between two starts is a claim of clocks, and stands beside it with its
uncertainty. Time that contradicts itself is a finding; a clock that was set is none, and is only told.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.device_time import DeviceTime, StartTime
from bwc_agent.evidence.duty import Duty, read_duty
from bwc_agent.evidence.fields import integer, ticks
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.off_time import Off, claims, leaps, off_between
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_journals import Journal
from bwc_agent.evidence.verify_recorded import check_recorded

Logs = Mapping[RecordingName, RecordingLog]


def device_time(device: str, journals: Sequence[Journal], logs: Logs) -> tuple[DeviceTime, list[Reason]]:
    """Where the time of a device went, by its journals and the believed logs of its recordings, and what contradicts itself there."""
    duties: dict[int, Duty] = {}
    reasons: list[Reason] = []
    for journal in journals:
        if not journal.signed.lines:
            continue
        try:
            duties[journal.start] = _duty(journal, {name.number: log for name, log in logs.items() if name.start == journal.start})
        except IntegrityError as error:
            reasons.append(Reason(State.ALTERED, f"its time does not add up: {error}", journal.copy.path.name))
    told = [journal for journal in journals if journal.start in duties]
    for before, after in pairwise(told):
        if _same_process(before, after):
            duties[before.start] = duties[before.start].until(duties[after.start].began)
    offs = [None, *(_off(before, after, journals, duties) for before, after in pairwise(told))]
    starts = tuple(StartTime(journal.start, duties[journal.start], off) for journal, off in zip(told, offs, strict=False))
    return DeviceTime(device, starts, tuple(_notes(starts, told))), reasons


def _duty(journal: Journal, logs: Mapping[int, RecordingLog]) -> Duty:
    """Raises IntegrityError. A recording signs on while the journal has nothing to say: what it signed last counts, lines and samples."""
    proven = [ticks(line, "t") for log in logs.values() for line in log.lines]
    proven += [window.last for log in logs.values() for window in log.windows]
    duty = read_duty(journal.signed.lines, max(proven, default=None))
    check_recorded(journal.signed.lines, logs)
    claims(journal.signed.lines)
    _continued(journal)
    return duty


def _continued(journal: Journal) -> list[int]:
    """The start that this one took over from when storage had failed, if it did. Raises IntegrityError."""
    return [integer(line, "start") for line in journal.signed.of_kind("continues")]


def _same_process(before: Journal, after: Journal) -> bool:
    """Their ticks are of one count, and both say the same of the time that both tell of."""
    return any(start <= before.start for start in _continued(after))


def _off(before: Journal, after: Journal, journals: Sequence[Journal], duties: Mapping[int, Duty]) -> Off:
    """Between two starts whose time is known; a start between them that signed nothing lasted no longer than a cut at boot."""
    short = {journal.start for journal in journals if not journal.signed.lines}
    for journal in journals:
        if before.start < journal.start <= after.start and journal.first is not None:
            short |= {start for start in _list(journal.first.get("missing")) if isinstance(start, int)}
    # Only the first one that is not among them is looked for: how wide the gap is, is only claimed.
    unknown = next((start for start in range(before.start + 1, after.start) if start not in short), None)
    if unknown is not None:
        return Off(after.start, why=f"the time of start {unknown} is not known")
    ended, began = duties[before.start].ended, duties[after.start].began
    if _same_process(before, after):
        return Off(after.start, max(0, began - ended))
    return off_between(ended, claims(before.signed.lines), began, claims(after.signed.lines), after.start)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _notes(starts: Sequence[StartTime], journals: Sequence[Journal]) -> Iterator[str]:
    taken_over = {before.start for before, after in pairwise(journals) if _same_process(before, after)}
    for start, journal in zip(starts, journals, strict=True):
        if start.before is not None and start.before.ticks is None:
            yield f"how long the device was off before start {start.start} is unknown: {start.before.why}"
        if not start.duty.orderly and start is not starts[-1] and start.start not in taken_over:
            yield f"start {start.start} lost power: it counts as off from its last signed line on, and may have run on for a moment"
        if found := list(leaps(claims(journal.signed.lines))):
            worst = max(found, key=abs) / 1_000_000
            what = "was set, or the device was suspended, which no tick counts"
            yield f"start {start.start}: its clock left the ticks {len(found)} times, at most by {worst:+.1f} s: it {what}"


def gaps(names: Collection[RecordingName], opened: Collection[RecordingName], logs: Logs) -> Iterator[Reason]:
    """Recordings count on from 1 in each start: one that neither lies here nor stands in a journal, below one that does, is missing."""
    for start in sorted({name.start for name in logs}):
        last = max(name.number for name in logs if name.start == start)
        known = sorted({name.number for name in (*names, *opened) if name.start == start and name.number <= last})
        for before, after in pairwise([0, *known]):
            if after > before + 1:
                what = f"{after - before - 1} recordings are missing from here on: the numbers of this start have a gap"
                yield Reason(State.INCOMPLETE, what, str(RecordingName(start, before + 1)))
