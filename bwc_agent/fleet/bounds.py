"""What no setting can be, whatever file it stands in: a damaged one must be refused before a part, the ring or a journal meets it.

What an agency may set is narrower, and is said where a person writes it (`model.py`, `device_model.py`).
"""

from typing import Final

from bwc_agent.errors import ConfigError
from bwc_agent.evidence.names import check_serial
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings
from bwc_agent.offload.settings import check_place
from bwc_agent.units import TICKS

LONGEST: Final = 4096
"""Characters of a text: those of a path."""
_PRESETS: Final = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")
_HOUR: Final = 3600 * TICKS
_BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "video.width": (64, 8192),
    "video.height": (64, 8192),
    "video.rate": (1, 240),
    "video.bitrate": (100_000, 100_000_000),
    "video.threads": (1, 16),
    "video.keyframe": (TICKS // 10, 10 * TICKS),
    "low_bitrate": (100_000, 100_000_000),
    "policy.pre_roll": (0, 600 * TICKS),
    "policy": (0, _HOUR),
    "offload.alarm": (_HOUR, 240 * _HOUR),
    "offload.parallel": (1, 8),
    "microphone.rate": (8_000, 192_000),
    "microphone.offset": (0, 1_000_000_000),
    "location.baud": (1, 1_000_000),
    "pin": (0, 53),
}
"""By the last two words of a key, its last one, or the table that it stands in: what a number may be."""


def check_number(where: str, found: float) -> None:
    """Raises ConfigError for a number that the setting `where` (its key, dotted) cannot have."""
    *_, table, name = where.split(".")
    low, high = next((_BOUNDS[key] for key in (f"{table}.{name}", name, table) if key in _BOUNDS), (0, 0))
    if not low <= found <= high:
        raise ConfigError(f"{where} is {found}, not from {low} to {high}")


def check_text(where: str, found: str) -> None:
    """Raises ConfigError for a text that no path and no record can hold: too long, or not in print (half of a character, a zero)."""
    if len(found) > LONGEST or not found.isprintable():
        raise ConfigError(f"{where} is {found[:60]!r}, which is no text of at most {LONGEST} characters in print")


def check_whole(settings: Settings, device: Device) -> None:
    """Raises ConfigError for values that each are possible, and make no camera."""
    for name, size in (("width", settings.video.width), ("height", settings.video.height)):
        if size % 2:
            raise ConfigError(f"settings.video.{name} is {size}, which is not even")
    if settings.video.preset not in _PRESETS:
        raise ConfigError(f"settings.video.preset is {settings.video.preset[:60]!r}, not one of {', '.join(_PRESETS)}")
    try:
        check_serial(device.serial)
    except ConfigError as error:
        raise ConfigError(f"device.serial: {error}") from error
    try:
        if settings.offload.driver == "s3":
            check_place(settings.offload.place)
    except ConfigError as error:
        raise ConfigError(f"settings.offload: {error}") from error
    if settings.offload.driver == "folder" and not settings.offload.folder:
        raise ConfigError("settings.offload.folder is empty, which is no folder")
    if not device.vault.strip():
        raise ConfigError("device.vault is empty, which is no folder")
