"""The settings in force as one JSON file: written by `bwc run`, read by the recorder's unit without any of the admin's libraries.

The values were checked when they were written; here only what a damaged or foreign file would do is refused.
"""

import json
import types
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from bwc_agent.errors import ConfigError
from bwc_agent.evidence.lines import MAX_INTEGER
from bwc_agent.fleet.bounds import check_number, check_text, check_whole
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings

Value = TypeVar("Value")
_ANEW: Final = "remove it and write it anew with `bwc run --resolve FILE`"


def dump(settings: Settings, device: Device) -> bytes:
    """Both as JSON (UTF-8)."""
    return json.dumps({"device": asdict(device), "settings": asdict(settings)}, indent=1, sort_keys=True).encode() + b"\n"


def load(path: Path) -> tuple[Settings, Device]:
    """Both from a file that `dump` made. Raises ConfigError naming the key that is not as it should be."""
    try:
        found = json.loads(path.read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror or error}; check the path, or write it with `bwc run --resolve FILE`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no JSON: {str(error)[:200]}; {_ANEW}") from error
    try:
        if not isinstance(found, dict) or set(found) != {"device", "settings"}:
            raise ConfigError('needs exactly "device" and "settings"')
        settings, device = built(Settings, found["settings"], "settings"), built(Device, found["device"], "device")
        check_whole(settings, device)
        return settings, device
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}; {_ANEW}") from error


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def built(kind: type[Value], found: object, where: str) -> Value:
    """A frozen dataclass from a table of JSON. Raises ConfigError."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    if not isinstance(found, dict) or not set(found) <= set(hints):
        raise ConfigError(f"{where} is no table of {', '.join(hints)}")
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    if missing := [name for name in needed if name not in found]:
        raise ConfigError(f"{where}.{missing[0]} is missing")
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in found.items()})


def _value(hint: Any, found: object, where: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        return built(hint, found, where)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return None if found is None else _value(kinds[0], found, where)
    if origin is tuple and isinstance(found, list) and all(isinstance(each, str) for each in found):
        for each in found:
            check_text(where, each)
        return tuple(found)
    if origin is Literal and found in get_args(hint):
        return found
    if isinstance(found, int | float) and abs(found) > MAX_INTEGER:
        raise ConfigError(f"{where} is a number that no setting can have")
    if type(found) is str and hint is str:
        check_text(where, found)
        return found
    if (type(found) is int and hint in (int, float)) or (type(found) is float and hint is float):
        check_number(where, found)
        return found
    if type(found) is bool and hint is bool:
        return found
    raise ConfigError(f"{where} is {str(found)[:60]!r}, which is no {getattr(hint, '__name__', hint)}")
