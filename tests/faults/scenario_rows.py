"""Rows of the table: the whole agent in the simulator, which knows each picture: cuts, stalls, cables, and clocks that are wrong."""

from collections.abc import Iterator, Sequence
from random import Random

from bwc_agent.agency.custody import custody
from bwc_agent.agency.trial import read_signer
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.storage.custodian import release
from bwc_agent.storage.release import Outcome
from bwc_agent.storage.trust import read_trust
from bwc_agent.units import seconds
from tests.e2e.played import SERIAL, WORD, Shift, go_on
from tests.faults.recovery import complaints, judged
from tests.faults.simulated import Event, a_device, faults, films, loss, missing_in, scene
from tests.faults.table import Row
from tests.faults.tally import Tally

FIRST = RecordingName(0, 1)
LONGEST = (5, 5, 70)
"""Seconds from the press to a cut at most; a segment ends after 60."""
YEARS = (1970, 2026, 2099)
CUSTODY_US = 4_070_908_800_000_000
"""The agency's own clock may be wrong, too: the year 2099."""


def rows(seed: int, runs: int) -> Iterator[Row]:
    """A row for each kind of fault, `runs` of each and four times as many cuts; a run takes one to three seconds."""
    random = Random(seed)
    yield _cuts(random, 4 * runs)
    yield _stalls(random, runs)
    for parts in (("camera",), ("microphone",), ("camera", "microphone")):
        yield _cables(random, runs, parts)
    yield _clocks(random, runs)


def _cuts(random: Random, runs: int) -> Row:
    """Power cuts at any moment of a recording, segments' borders included, and a start after each."""
    tally = Tally("power cut while recording")
    for _ in range(runs):
        with a_device() as shift:
            pressed = round(random.uniform(1, 20), 3)
            cut = round(pressed + random.uniform(0.5, random.choice(LONGEST)), 3)
            go_on(shift, scene(shift, cut + 3, [(pressed, "double press"), (cut, "cut power"), (cut + 1, "boot")]))
            found = films(shift)
            tally.add(
                loss(shift, found.get(FIRST), 0, seconds(cut)),
                judged(shift.vault, shift.authority),
                missing_in(shift, found, [seconds(cut)]),
            )
    return tally.row()


def _stalls(random: Random, runs: int) -> Row:
    """The card does nothing for ten seconds; not a picture may be given up."""
    tally = Tally("the card hangs for 10 s while recording")
    for _ in range(runs):
        _whole(tally, 45, [(random.uniform(6, 20), "stall storage 10")])
    return tally.row()


def _cables(random: Random, runs: int, parts: Sequence[str]) -> Row:
    """Cables pulled while recording and put back, each at its own moment."""
    tally = Tally(f"{' and '.join(parts)} unplugged and back")
    for _ in range(runs):
        events: list[Event] = []
        for part in parts:
            pulled = random.uniform(6, 20)
            events += [(pulled, f"unplug {part}"), (pulled + random.uniform(0.3, 8), f"plug {part}")]
        _whole(tally, 45, events, parts)
    return tally.row()


def _whole(tally: Tally, length: float, events: Sequence[Event], parts: Sequence[str] = ()) -> None:
    """One recording from the fourth second on, stopped in order: it is complete, and states each loss and return of `parts`."""
    with a_device() as shift:
        go_on(shift, scene(shift, length, [(4, "double press"), *events, (length - 8, "hold")]))
        kept, found = films(shift), judged(shift.vault, shift.authority)
        film = kept[FIRST]
        found += ["the recording was not finished"] if film.log.stop is None else []
        said = {part: faults(film, part) for part in parts}
        found += [f"the log says of the {part}: {told}" for part, told in said.items() if told != [True, False]]
        tally.add(found=found, missing=missing_in(shift, kept, [seconds(length)]))


def _clocks(random: Random, runs: int) -> Row:
    """The clock is set by years at any moment, in starts that woke up in any year; then dock, custody and release."""
    tally = Tally("clocks years off, from boot to release")
    for _ in range(runs):
        with a_device() as shift:
            events: list[Event] = [(at, f"set clock {year}") for at, year in zip(_times(random), (2099, 1970, 2099, 2026), strict=True)]
            events += [(4, "double press"), (15, "hold"), (22, "double press"), (28, "cut power")]
            events += [(29, "boot"), (32, "double press"), (44, "hold"), (52, "dock")]
            go_on(shift, scene(shift, 58, events, random.choice(YEARS)))
            missing = missing_in(shift, films(shift), [seconds(28), seconds(58)])
            shift.exported(1, 1)
            tally.add(found=[*judged(shift.vault, shift.authority), *_released(shift)], missing=missing)
    return tally.row()


def _times(random: Random) -> list[float]:
    """In the first recording, in the second that is cut, and in the third."""
    return [random.uniform(6, 10), random.uniform(10, 14), random.uniform(23, 27), random.uniform(33, 43)]


def _released(shift: Shift) -> list[str]:
    """What keeps the agency from its custody, or the device from giving up what is in it."""
    signer, storage = read_signer(shift.agency.receipt, shift.agency.receipt_key, WORD), shift.root / "storage"
    report = custody(storage, shift.authority, signer.key, signer.certificate, shift.recipient, CUSTODY_US)
    bring_mail(shift.vault, SERIAL, Folder(storage))
    answers = list(release(shift.vault, shift.vault.inbox, read_trust(shift.vault.trust)))
    kept = [f"{answer.file}: {answer.outcome}" for answer in answers if answer.outcome is not Outcome.RELEASED]
    found = [f"{item.path}: {item.checked.why}" for item in report.wrong]
    return [*found, *kept, *judged(shift.vault, shift.authority), *complaints(storage / SERIAL, shift.authority)]
