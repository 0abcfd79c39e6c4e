"""A scenario in TOML: how long, what the world is like, and what a hand does at which second.

Every key and verb is on the page `scenarios/README.md`; the scenarios beside it show them at work.
"""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.complaints import place
from bwc_agent.fleet.load import check, read_toml, settings_from_table
from bwc_agent.fleet.settings import Settings
from bwc_agent.fleet.units import bounded, parse_bytes, parse_speed, parse_time, shown
from bwc_agent.units import TICKS, seconds
from simulator.order import misplaced
from simulator.verbs import Event, Verb, parse_do

__all__ = ["Event", "Scenario", "Verb", "World", "load_scenario", "parse_do", "shipped"]

Time = Annotated[int, BeforeValidator(parse_time)]
Length = Annotated[int, BeforeValidator(bounded(parse_time, "1 s", "48 h"))]
Late = Annotated[int, BeforeValidator(bounded(parse_time, "0 s", "5 s"))]
Jitter = Annotated[int, BeforeValidator(bounded(parse_time, "0 s", "500 ms"))]
Speed = Annotated[int, BeforeValidator(bounded(parse_speed, "1 kB/s", "10 GB/s"))]
CardSize = Annotated[int, BeforeValidator(bounded(parse_bytes, "1 MB", "4000 GB"))]
YEARS: Final = range(1970, 2200)
"""Years that a scenario may play in, from where a clock begins that nobody has set: microseconds since 1970 stay below 2^53."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EventTable(_Table):
    """One `[[event]]`."""

    at: Time
    do: str

    @field_validator("do")
    @classmethod
    def _known(cls, value: str) -> str:
        parse_do(value)
        return value


class MicrophoneTable(_Table):
    """The microphone's clock and arrival."""

    ppm: int = Field(default=100, ge=-1000, le=1000)
    jitter: Jitter = seconds(0.02)


class LatencyTable(_Table):
    """How long after its capture each input is there."""

    camera: Late = seconds(0.04)
    microphone: Late = seconds(0.03)
    buttons: Late = seconds(0.005)
    storage: Late = seconds(0.03)


class StorageTable(_Table):
    """The card."""

    speed: Speed = 20_000_000
    size: CardSize = 64_000_000_000


class DockTable(_Table):
    """The dock's link."""

    speed: Speed = 40_000_000


class World(_Table):
    """Everything of a scenario but the settings."""

    length: Length
    time: AwareDatetime = datetime.datetime(2026, 3, 14, 15, 9, 26, tzinfo=datetime.UTC)
    seed: int = Field(default=1, ge=0, le=2**53 - 1)
    sight: Literal["scene", "packets"] = "scene"
    camera_jitter: float = Field(default=0.2, ge=0, le=0.5)
    microphone: MicrophoneTable = MicrophoneTable()
    latency: LatencyTable = LatencyTable()
    storage: StorageTable = StorageTable()
    dock: DockTable = DockTable()
    event: list[EventTable] = []

    @field_validator("time")
    @classmethod
    def _near(cls, value: datetime.datetime) -> datetime.datetime:
        if value.year not in YEARS:
            raise ValueError(f"{value} is too far away: write a year from {YEARS[0]} to {YEARS[-1]}")
        return value


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the simulator plays: the world, the device's settings, and the events in order."""

    world: World
    settings: Settings
    events: tuple[Event, ...] = field(default=())

    def spans(self, begin: Verb, end: Verb) -> tuple[tuple[int, int], ...]:
        """Intervals (ticks after the world began) from each `begin` to the next `end`."""
        out: list[tuple[int, int]] = []
        since: int | None = None
        for event in (*self.events, Event(self.world.length + TICKS, end)):
            if event.verb is begin and since is None:
                since = event.at
            elif event.verb is end and since is not None:
                out.append((since, event.at))
                since = None
        return tuple(out)

    def starts(self) -> tuple[tuple[int, int, bool], ...]:
        """Each start of the device: from, to (ticks), and whether it ends by a power cut."""
        out: list[tuple[int, int, bool]] = []
        since: int | None = 0
        for event in self.events:
            if event.verb is Verb.CUT_POWER and since is not None:
                out.append((since, event.at, True))
                since = None
            elif event.verb is Verb.BOOT:
                since = event.at
        return (*out, (since, self.world.length, False)) if since is not None else tuple(out)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file. Raises ConfigError naming file, line, key and what is allowed."""
    table, text = read_toml(path)
    settings = table.pop("settings", {})
    if not isinstance(settings, dict):
        raise ConfigError(f"{place(text, str(path), ('settings',))}: {shown(settings)} is no table: write [settings]")
    resolved = settings_from_table(settings, text, str(path), ["settings"])
    world = check(World, table, text, str(path))
    return Scenario(world, resolved, _events(world, text, str(path)))


def _events(world: World, text: str, where: str) -> tuple[Event, ...]:
    """The events in order of time; those of the same time as they were written."""
    order = sorted(range(len(world.event)), key=lambda number: world.event[number].at)
    events = tuple(Event(world.event[number].at, *parse_do(world.event[number].do)) for number in order)
    for number, event in zip(order, events, strict=True):
        if event.at > world.length:
            at = place(text, where, ("event", number, "at"))
            raise ConfigError(f"{at}: outside the scenario: from 0 s to length, {world.length / TICKS:g} s")
    if wrong := misplaced(events):
        raise ConfigError(f"{place(text, where, ('event', order[wrong[0]], 'do'))}: {wrong[1]}")
    return events


def shipped(name: str) -> Path:
    """A scenario that comes with the simulator. Raises ConfigError naming those there are."""
    folder = Path(__file__).resolve().parent / "scenarios"
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(f"no shipped scenario {name!r}: choose one of {', '.join(sorted(p.stem for p in folder.glob('*.toml')))}")
    return path
