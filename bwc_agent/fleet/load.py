"""Reads TOML that a person wrote; whatever is wrong with it is said with file, line, key, and what would be right."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.model import Profile
from bwc_agent.fleet.settings import Settings

Model = TypeVar("Model", bound=BaseModel)
Key = Sequence[str | int]

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")


def read_toml(path: Path) -> tuple[dict[str, object], str]:
    """The table of a TOML file, and its text for `line_of`. Raises ConfigError; nothing is ever written."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}: save it as UTF-8") from error
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {str(error)[:200]}; mend the line named") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: a number too long or tables too deep to be read: shorten it") from error


def line_of(text: str, key: Key) -> int:
    """The line (from 1) that sets `key` in TOML `text`, or its nearest table; integers count `[[tables]]`."""
    path = [str(part) for part in key if not isinstance(part, int)]
    nth = next((part for part in key if isinstance(part, int)), 0)
    table: list[str] = []
    best, seen = (0, 1), -1
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            seen += line.lstrip().startswith("[[") and table == path[: len(table)]
            here = table
        elif assignment := _ASSIGNMENT.match(line):
            here = [*table, *_parts(assignment[1])]
        else:
            continue
        common = len(here) if here == path[: len(here)] else 0
        if common > best[0] and (seen < 0 or seen == nth or not table):
            best = (common, number)
    return best[1]


def _parts(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in text.split(".")]


def check(model: type[Model], table: dict[str, object], text: str, where: str, prefix: Key = ()) -> Model:
    """`table` as `model`. Raises ConfigError for the first thing wrong, naming file, line, key and what is allowed."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = [*prefix, *first["loc"]]
        name = ".".join(str(part) for part in key)
        raise ConfigError(f"{where}, line {line_of(text, key)}: {name}: {_say(model, dict(first))}") from error


def _say(model: type[BaseModel], error: dict[str, object]) -> str:
    context = error.get("ctx")
    if error["type"] == "extra_forbidden":
        location = error["loc"]
        assert isinstance(location, tuple)
        return _unknown(model, [str(part) for part in location])
    if error["type"] == "value_error" and isinstance(context, dict):
        return str(context["error"])
    message = str(error["msg"])
    return f"{message[:1].lower()}{message[1:]}, not {error['input']!r}"


def _unknown(model: type[BaseModel], key: list[str]) -> str:
    fields: type[BaseModel] = model
    for part in key[:-1]:
        annotation = fields.model_fields[part].annotation if part in fields.model_fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation
    known = list(fields.model_fields)
    close = difflib.get_close_matches(key[-1], known, 1)
    return f"unknown key; did you mean {close[0]!r}?" if close else f"unknown key; known here: {', '.join(known)}"


def settings_from_table(table: dict[str, object], text: str, where: str, prefix: Key = ()) -> Settings:
    """Settings from a table already read. Raises ConfigError."""
    profile = check(Profile, table, text, where, prefix)
    try:
        return profile.settings()
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def load_settings(path: Path | None) -> Settings:
    """Settings from agency.toml; the baseline where there is none. Raises ConfigError."""
    if path is None:
        return Profile().settings()
    table, text = read_toml(path)
    return settings_from_table(table, text, str(path))
