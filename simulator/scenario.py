"""A scenario in TOML: how long, what the world is like, and what a hand does at which second."""

import datetime
import difflib
import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.load import check, line_of, read_toml, settings_from_table
from bwc_agent.fleet.settings import Settings
from bwc_agent.fleet.units import parse_speed, parse_time
from bwc_agent.units import TICKS, seconds

Time = Annotated[int, BeforeValidator(parse_time)]
Speed = Annotated[int, BeforeValidator(parse_speed)]


class Verb(Enum):
    """What can be done; the values are the words of the TOML. Those with N take a number after them."""

    PRESS = "press"
    DOUBLE_PRESS = "double press"
    HOLD = "hold"
    FUNCTION_PRESS = "function press"
    FUNCTION_HOLD = "function hold"
    FUNCTION_TRIPLE = "function triple"
    HOLD_BOTH = "hold both"
    DOCK = "dock"
    UNDOCK = "undock"
    UNPLUG_CAMERA = "unplug camera"
    PLUG_CAMERA = "plug camera"
    UNPLUG_MICROPHONE = "unplug microphone"
    PLUG_MICROPHONE = "plug microphone"
    DIM = "dim"
    BRIGHT = "bright"
    OPEN_ENCLOSURE = "open enclosure"
    SHUT_ENCLOSURE = "shut enclosure"
    FIX = "fix"
    BATTERY = "battery"
    STALL_STORAGE = "stall storage"
    CUT_POWER = "cut power"
    BOOT = "boot"


NUMBERS = {Verb.HOLD: 1, Verb.FUNCTION_HOLD: 1, Verb.HOLD_BOTH: 1, Verb.FIX: 2, Verb.BATTERY: 1, Verb.STALL_STORAGE: 1}
"""How many numbers a verb takes; those of holds may be left out (3.2 s)."""
OPTIONAL = {Verb.HOLD, Verb.FUNCTION_HOLD, Verb.HOLD_BOTH}
DEFAULT_HOLD = 3.2
_DO = re.compile(r"([a-z ]*[a-z])((?:\s+-?\d+(?:\.\d+)?)*)\s*(?:s|%)?")


@dataclass(frozen=True, slots=True)
class Event:
    """At `at` ticks after the world began, `verb` with `numbers` (seconds, percent or degrees)."""

    at: int
    verb: Verb
    numbers: tuple[float, ...] = ()


def parse_do(text: str) -> tuple[Verb, tuple[float, ...]]:
    """The verb and numbers of a `do`. Raises ValueError with a suggestion."""
    match = _DO.fullmatch(text.strip())
    words = {verb.value: verb for verb in Verb}
    if match is None or match[1] not in words:
        close = difflib.get_close_matches(match[1] if match else text, words, 1)
        raise ValueError(
            f"{text!r} is nothing that can be done; " + (f"did you mean {close[0]!r}?" if close else f"known: {', '.join(words)}")
        )
    verb, numbers = words[match[1]], tuple(float(n) for n in match[2].split())
    wanted = NUMBERS.get(verb, 0)
    if len(numbers) != wanted and not (verb in OPTIONAL and not numbers):
        raise ValueError(f"{verb.value!r} takes {wanted} number{'s' * (wanted != 1)}, not {len(numbers)}")
    if verb is not Verb.FIX and any(number < 0 for number in numbers):
        raise ValueError(f"{verb.value!r} takes no number below 0")
    if verb is Verb.BATTERY and numbers[0] > 100:
        raise ValueError(f"{verb.value!r} takes 0 to 100 percent")
    return verb, numbers


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
    jitter: Time = seconds(0.02)


class LatencyTable(_Table):
    """How long after its capture each input is there."""

    camera: Time = seconds(0.04)
    microphone: Time = seconds(0.03)
    buttons: Time = seconds(0.005)
    storage: Time = seconds(0.03)


class StorageTable(_Table):
    """The card."""

    speed: Speed = 20_000_000


class DockTable(_Table):
    """The dock's link."""

    speed: Speed = 40_000_000


class World(_Table):
    """Everything of a scenario but the settings."""

    length: Time
    time: AwareDatetime = datetime.datetime(2026, 3, 14, 15, 9, 26, tzinfo=datetime.UTC)
    seed: int = 1
    sight: str = Field(default="scene", pattern="^(scene|packets)$")
    camera_jitter: float = Field(default=0.2, ge=0, le=0.5)
    microphone: MicrophoneTable = MicrophoneTable()
    latency: LatencyTable = LatencyTable()
    storage: StorageTable = StorageTable()
    dock: DockTable = DockTable()
    event: list[EventTable] = []


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
        raise ConfigError(f"{path}, line {line_of(text, ['settings'])}: settings: write it as a table, [settings]")
    resolved = settings_from_table(settings, text, str(path), ["settings"])
    world = check(World, table, text, str(path))
    events: list[Event] = []
    for number, entry in enumerate(world.event):
        verb, numbers = parse_do(entry.do)
        if not 0 <= entry.at <= world.length:
            line = line_of(text, ["event", number, "at"])
            raise ConfigError(
                f"{path}, line {line}: event.{number}.at: outside the scenario: from 0 s to length, {world.length / TICKS:g} s"
            )
        events.append(Event(entry.at, verb, numbers))
    events.sort(key=lambda event: event.at)
    _check_power(path, events)
    return Scenario(world, resolved, tuple(events))


def _check_power(path: Path, events: list[Event]) -> None:
    on = True
    for event in events:
        if event.verb is Verb.BOOT and on:
            raise ConfigError(f"{path}: boot at {event.at / TICKS:g} s, but the device is on: put 'cut power' before it")
        if event.verb is Verb.CUT_POWER and not on:
            raise ConfigError(f"{path}: cut power at {event.at / TICKS:g} s, but the device is off: put 'boot' before it")
        on = on if event.verb not in (Verb.BOOT, Verb.CUT_POWER) else event.verb is Verb.BOOT


def shipped(name: str) -> Path:
    """A scenario that comes with the simulator. Raises ConfigError naming those there are."""
    folder = Path(__file__).resolve().parent / "scenarios"
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(f"no shipped scenario {name!r}: choose one of {', '.join(sorted(p.stem for p in folder.glob('*.toml')))}")
    return path
