"""agency.toml as a fleet admin writes it, and how it becomes `Settings`. Unknown keys and values below the floor are refused.

The defaults here are the baseline; `config/baseline.toml` is its readable copy (a test holds them equal).
"""

import zoneinfo
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bwc_agent.control.policy import PRE_ROLL_FLOOR, Policy
from bwc_agent.fleet.settings import Settings
from bwc_agent.fleet.units import parse_bitrate, parse_size, parse_time
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.units import TICKS, seconds

Time = Annotated[int, BeforeValidator(parse_time)]
Bitrate = Annotated[int, BeforeValidator(parse_bitrate)]
Size = Annotated[tuple[int, int], BeforeValidator(parse_size)]


class Table(BaseModel):
    """A table that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True, validate_default=False)


class Buffer(Table):
    """The pre-activation ring (V.A.7)."""

    seconds: int = Field(default=30, le=600)
    sound: bool = True

    @field_validator("seconds")
    @classmethod
    def _floor(cls, value: int) -> int:
        least = PRE_ROLL_FLOOR // TICKS
        if value < least:
            raise ValueError(
                f"{value} is below the floor of DHS 045-07 V.A.7, at least {least} seconds before activation: set {least} or more"
            )
        return value


class Buttons(Table):
    """Gestures (IV.A)."""

    double_press_window: Time = seconds(0.6)
    hold: Time = seconds(3)
    start_by_hold: bool = False
    short_stop: Time = seconds(10)
    debounce: Time = seconds(0.03)


class Allowed(Table):
    """What the officer may do (III.A.1, II.B.6)."""

    allowed: bool = True


class Reminder(Table):
    """Signals while recording and while asleep (IV.A, IV.F)."""

    every: Time = seconds(120)
    asleep: Time = seconds(900)


class DockTable(Table):
    """What dock contact does to a recording (IV.E)."""

    while_recording: Literal["continue", "stop"] = "continue"


class Picture(Table):
    """What is encoded."""

    size: Size = (1280, 720)
    rate: int = Field(default=30, ge=5, le=60)
    bitrate: Bitrate = 8_000_000
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = "ultrafast"
    threads: int = Field(default=1, ge=1, le=4)

    @field_validator("bitrate")
    @classmethod
    def _sensible(cls, value: int) -> int:
        if not 250_000 <= value <= 20_000_000:
            raise ValueError(f"{value / 1e6:g} Mb/s cannot be held: set 0.25 Mb/s to 20 Mb/s")
        return value


class Agency(Table):
    """Who owns what is recorded (II.A, VI)."""

    owner: str = "trial agency"
    lead: str = "trial agency"
    purpose: str = "trial"
    officer: str | None = None
    time_zone: str = "UTC"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f'{value!r} is no time zone: write one as in "America/Chicago"') from error
        return value


class Profile(Table):
    """The whole of agency.toml."""

    agency: Agency = Agency()
    buffer: Buffer = Buffer()
    buttons: Buttons = Buttons()
    mute: Allowed = Allowed()
    stealth: Allowed = Allowed()
    reminder: Reminder = Reminder()
    dock: DockTable = DockTable()
    picture: Picture = Picture()

    def settings(self) -> Settings:
        """The frozen values. Raises ConfigError where gestures contradict each other."""
        policy = Policy(
            double_press_window=self.buttons.double_press_window,
            debounce=self.buttons.debounce,
            hold=self.buttons.hold,
            start_by_hold=self.buttons.start_by_hold,
            short_stop=self.buttons.short_stop,
            mute_allowed=self.mute.allowed,
            stealth_allowed=self.stealth.allowed,
            reminder=self.reminder.every,
            sleep_reminder=self.reminder.asleep,
            dock_while_recording=self.dock.while_recording,
            pre_roll=self.buffer.seconds * TICKS,
            pre_roll_audio=self.buffer.sound,
        )
        picture = self.picture
        video = VideoSettings(*picture.size, picture.rate, picture.bitrate, picture.preset, picture.threads)
        maker = self.agency
        return Settings(policy, video, maker.officer, maker.owner, maker.lead, maker.purpose, maker.time_zone)
