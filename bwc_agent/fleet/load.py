"""Reads TOML that a person wrote; whatever is wrong with it is said with file, line, key, and what would be right.

Nothing is ever written, and nothing is ever replaced by a default that its author did not ask for.
"""

import stat
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.complaints import complaint, place
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.device_model import DeviceTable
from bwc_agent.fleet.model import Profile
from bwc_agent.fleet.places import line_of
from bwc_agent.fleet.settings import Settings
from bwc_agent.offload.settings import PATHS

__all__ = ["check", "line_of", "load_device", "load_folder", "load_settings", "read_toml", "settings_from_table"]

Model = TypeVar("Model", bound=BaseModel)
LONGEST: Final = 1 << 20
"""Bytes of the longest file that is read."""
MOST_DOTS: Final = 64
"""In one line: the time of `tomllib` and the memory of nested tables grow with the square of the parts of a key."""


def read_toml(path: Path) -> tuple[dict[str, object], str]:
    """The table of a TOML file, and its text for `line_of`. Raises ConfigError; nothing is ever written."""
    text = _read(path)
    if deep := next((number for number, line in enumerate(text.split("\n"), 1) if line.count(".") > MOST_DOTS), None):
        raise ConfigError(f"{path}, line {deep}: more than {MOST_DOTS} dots in a line: no key is that deep, and no other line needs them")
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        # Where a bracket or a text stays open the parser names no line: it looked for the end to the last one.
        last = f"the last line is {len(text.splitlines()) or 1}" if "end of document" in str(error) else "mend the line named"
        raise ConfigError(f"{path}: not TOML: {str(error)[:200]}; {last}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: a number too long or tables too deep to be read: shorten it") from error


def _read(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise ConfigError(f"cannot read {path}: it is no regular file; check the path")
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    if len(data) > LONGEST:
        raise ConfigError(f"cannot read {path}: longer than {LONGEST} bytes; check that it is the file you mean")
    try:
        # Some editors put a byte order mark before UTF-8; it is no part of the text.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8 at byte {error.start}: save it as UTF-8") from error


def check(model: type[Model], table: dict[str, object], text: str, where: str, prefix: Sequence[str | int] = ()) -> Model:
    """`table` as `model`. Raises ConfigError for the first thing wrong, naming file, line, key and what is allowed.

    `text` is the whole file, `where` its name, `prefix` the key of `table` inside it.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(complaint(model, error, text, where, prefix)) from error


def settings_from_table(table: dict[str, object], text: str, where: str, prefix: Sequence[str | int] = ()) -> Settings:
    """Settings from a table already read; arguments as in `check`. Raises ConfigError."""
    profile = check(Profile, table, text, where, prefix)
    try:
        return profile.settings()
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def load_device(path: Path) -> Device:
    """What the device is made of, from device.toml. Raises ConfigError; nothing is ever written."""
    table, text = read_toml(path)
    found = check(DeviceTable, table, text, str(path))
    if (twice := found.used_twice()) is not None:
        raise ConfigError(f"{place(text, str(path), twice[0])}: {twice[1]}")
    return found.frozen()


def load_folder(folder: Path) -> tuple[Settings, Device]:
    """agency.toml (the baseline where there is none) and device.toml of a folder. Raises ConfigError.

    A vault that is not absolute lies below where the command runs; what is resolved names it whole.
    """
    agency, device = folder / "agency.toml", folder / "device.toml"
    if not device.is_file():
        raise ConfigError(f"{folder} has no device.toml: copy the profile of your board to {device}, and put in serial and vault")
    found = load_device(device)
    return load_settings(agency if agency.exists() else None), replace(found, vault=str(Path(found.vault).absolute()))


def load_settings(path: Path | None) -> Settings:
    """Settings from agency.toml; the baseline where there is none. Raises ConfigError; nothing is ever written."""
    if path is None:
        return Profile().settings()
    table, text = read_toml(path)
    return _placed(settings_from_table(table, text, str(path)), path.parent.absolute())


def _placed(settings: Settings, folder: Path) -> Settings:
    """Files and folders of `[offload]` named whole: those that are not absolute lie below the folder of agency.toml."""
    paths: dict[str, Any] = {name: str(folder / found) for name in PATHS if (found := getattr(settings.offload, name))}
    return replace(settings, offload=replace(settings.offload, **paths))
