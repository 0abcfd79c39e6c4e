"""A moment of a recording as a person writes it: seconds into it, or the clock time that statement and subtitles print; pure."""

import datetime
import re
from fractions import Fraction
from typing import Final

from bwc_agent.agency.wall_time import WallTime, words
from bwc_agent.errors import ConfigError
from bwc_agent.units import TICKS

_COUNTED: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,9})?)", re.ASCII)


def moment(text: str, begin: int, clock: WallTime | None, zone: datetime.tzinfo) -> int:
    """The capture time (ticks) that `text` names, in a recording that begins at `begin`.

    `12.5`, `01:23` and `1:02:03.5` count from its beginning; `2026-01-01 01:30:00 +01:00` is the time of day by the
    recording's anchor. Raises ConfigError showing what can be written.
    """
    if counted := _COUNTED.fullmatch(text.strip()):
        hours, minutes, last = (Fraction(part or 0) for part in counted.groups())
        return begin + round((hours * 3600 + minutes * 60 + last) * TICKS)
    example = words(clock.of(begin).astimezone(zone)) if clock else None
    try:
        of_day = datetime.datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text.strip()))
    except ValueError as error:
        raise ConfigError(f"{text!r} is no time: write {_forms(example)}") from error
    if clock is None:
        raise ConfigError(f"{text!r}: the camera had no clock, so write {_forms(None)}")
    if of_day.tzinfo is None:
        raise ConfigError(f"{text!r}: a clock time needs its zone's offset; write {_forms(example)}")
    return clock.tick(of_day)


def _forms(example: str | None) -> str:
    counted = "seconds into the recording, as in 12.5 or 01:23"
    return f"{counted}, or the clock time, as in '{example}'" if example else counted
