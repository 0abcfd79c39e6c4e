"""Rows of the table: a real recorder process killed (SIGKILL) at random moments and in the middle of random writes.

A kill keeps what the kernel has taken, so this measures what the process itself holds back; what the card has not written is
the disk model's. Half of the recorders die one after another on one vault, each waking up with another year on its clock;
the other half have a fresh vault each. After every death the vault is judged as it lies, the next start boots on it, and
it is judged again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from bwc_agent.agency.trial import TrialAgency
from bwc_agent.control.policy import Policy
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.fleet.device import ButtonsPart
from bwc_agent.fleet.resolved import dump
from bwc_agent.units import TICKS, ns_from_ticks, seconds
from tests.faults.kept import Kept, behind, kept, missing
from tests.faults.killing import Key, Killed, Moment, killed
from tests.faults.recovery import booted, complaints, judged
from tests.faults.table import Row, worst
from tests.faults.tally import Tally
from tests.live.enrolled import SERIAL, SMALL, WORD, authority, device

CHAIN: Final = 10
"""So many recorders die one after another on one vault."""
AT_ONCE: Final = 2
QUICK: Final = replace(SMALL, policy=Policy(hold=seconds(0.7), short_stop=seconds(0.1)))
"""The smallest picture that can be read, and a stop that takes less than a second of hold."""
YEARS: Final = (2026, 1970, 2099)


@dataclass(frozen=True, slots=True)
class Death:
    """What one death cost, as `Tally.add` takes it; seconds from the press to "recording", None where it was not shown."""

    what: str
    loss: tuple[float, float] | None
    found: tuple[str, ...]
    missing: int
    secured: float | None


def _press(random: Random) -> Key:
    """The officer starts a recording, at one of the first pictures or when the ring has some seconds."""
    return str(random.choice([6, 15, 30, 90])), 0.2, "r"


def _inside(random: Random, event: str, changes: int) -> list[str]:
    """One time in two the process kills itself, within one of so many changes to the disk after `event`."""
    return ["--die", f"{event}:{random.randrange(changes)}"] if random.random() < 0.5 else []


KINDS: Final[Mapping[str, Callable[[Random], Moment]]] = {
    "killed while it boots": lambda random: Moment("boot", 0.3, [], _inside(random, "boot", 24)),
    'killed from the press to "recording"': lambda random: Moment("heard", 0.06, [_press(random)], _inside(random, "heard", 24)),
    "killed while recording": lambda random: Moment("recording", 4.0, [_press(random)]),
    "killed while recording, a new segment each second": lambda random: Moment(
        "recording", 3.0, [_press(random)], ["--segments", "1", *_inside(random, "recording", 120)]
    ),
    "killed at the stop": lambda random: Moment("stopped", 0.3, [_press(random), ("recording", 1.5, "s")], _inside(random, "stopped", 24)),
    "killed while the card hangs, less that time": lambda random: Moment("begins", 4.5, [_press(random)], ["--stall", "recording:4"]),
}
"""Each row of the table, and how a moment of it is drawn."""


def rows(seed: int, kills: int) -> Iterator[Row]:
    """A row for each kind of moment, `kills` deaths together; takes about three seconds a death."""
    random = Random(seed)
    moments = [_moment(kind, random) for kind in islice(cycle(KINDS), kills)]
    half = kills // 2
    chains = [moments[k : min(k + CHAIN, half)] for k in range(0, half, CHAIN)] + [[moment] for moment in moments[half:]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_chain, chain, random.randrange(2**32)) for chain in chains]
        deaths = [death for job in jobs for death in job.result()]
    return (_row(what, [death for death in deaths if death.what == what]) for what in KINDS)


def _moment(kind: str, random: Random) -> Moment:
    """A moment of that kind, in a year that the device's clock may wake up in."""
    made = KINDS[kind](random)
    return replace(made, options=[*made.options, "--year", str(random.choice(YEARS))], what=kind)


def _row(what: str, deaths: Sequence[Death]) -> Row:
    tally, secured = Tally(what), worst([death.secured for death in deaths])
    for death in deaths:
        tally.add(death.loss, death.found, death.missing)
    return tally.row("" if secured is None else f"press to recording: at most {secured:.2f} s")


def _chain(moments: Sequence[Moment], seed: int) -> list[Death]:
    """One vault: a death, the next, …, and at last a start that only looks."""
    random = Random(seed)
    with TemporaryDirectory() as name:
        root = Path(name)
        made = replace(device(root), buttons=ButtonsPart("keyboard"))
        config = root / "resolved.json"
        config.write_bytes(dump(QUICK, made))
        scene = _Scene(root)
        deaths = [scene.after(moment, killed(config, moment, random)) for moment in moments]
        return [*deaths[:-1], scene.looked_at(deaths[-1])]


class _Scene:
    """A vault in which recorders die, and the agency that looks."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._vault = Vault(root / "vault")
        self._authority = authority(root)
        self._private = RecipientPrivate.load(TrialAgency(root / "keys").recipient_key().read_bytes(), WORD)
        self._before: set[str] = set()

    def after(self, moment: Moment, dead: Killed) -> Death:
        """What a death cost."""
        found = complaints(self._vault.root, self._authority) + ([dead.error] if dead.error else [])
        new = [name for name in self._vault.names() if str(name) not in self._before]
        self._before |= {str(name) for name in new}
        films = [film for name in new if (film := kept(self._vault.recording(name), self._authority, self._private)) is not None]
        film = films[0] if films else None
        shown, decided = dead.when("recording"), None if film is None else _decided(film)
        loss = None if shown is None else _loss(film, dead)
        secured = None if shown is None or decided is None else (shown - ns_from_ticks(decided)) / 1e9
        return Death(moment.what, loss, tuple(found), _missing(film, dead), secured)

    def looked_at(self, death: Death) -> Death:
        """The last death, with what the next start finds wrong."""
        booted(self._vault, SERIAL)
        return replace(death, found=(*death.found, *judged(self._vault, self._authority)))


def _decided(film: Kept) -> int | None:
    trigger = film.log.first["trigger"]
    decided = trigger["decided"] if isinstance(trigger, dict) else None
    return decided if isinstance(decided, int) else None


def _loss(film: Kept | None, dead: Killed) -> tuple[float, float]:
    """Seconds of pictures or sound, whichever lost more, less the time that the card hung: stored, signed."""
    taken = dead.taken
    if film is not None and film.log.stop is not None:
        return 0.0, 0.0
    seen, heard = (taken[-1][1] if taken else None), dead.heard
    if film is None:
        return behind(seen, None), behind(seen, None)
    stored = max(behind(seen, film.last_picture), behind(heard, film.sound_end))
    signed = max(behind(seen, film.signed_picture), behind(heard, film.signed_sound_end))
    return max(0.0, stored - dead.stalled), max(0.0, signed - dead.stalled)


def _missing(film: Kept | None, dead: Killed) -> int:
    """As `missing`; and a ring that had not yet let go of anything gives all, from the camera's first picture on."""
    if film is None or not film.pictures:
        return 0
    before = film.pictures[0][1] - dead.taken[0][1]
    lost = [picture for picture in dead.taken if picture[1] < film.pictures[0][1]] if before < 25 * TICKS else []
    return missing(film, dead.taken) + len(lost)
