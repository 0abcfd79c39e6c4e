"""agency.toml as a fleet admin writes it, and how it becomes `Settings`. Unknown keys and values below the floor are refused.

The defaults here are the baseline; `config/baseline.toml` is its readable copy (a test holds them equal).
"""

import re
import zoneinfo
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from bwc_agent.control.policy import PRE_ROLL_FLOOR, Policy
from bwc_agent.errors import ConfigError
from bwc_agent.fleet.settings import Settings
from bwc_agent.fleet.units import bounded, parse_bitrate, parse_size, parse_time, show_time, shown
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.offload.settings import S3_KEYS, OffloadSettings, check_place
from bwc_agent.units import TICKS, seconds


def _said(value: str) -> str:
    if not value.strip() or not value.isprintable() or len(value) > 200:
        raise ValueError(f"{shown(value)} cannot stand in a record: write 1 to 200 printable characters on one line")
    return value


Window = Annotated[int, BeforeValidator(bounded(parse_time, "200 ms", "2 s"))]
Hold = Annotated[int, BeforeValidator(bounded(parse_time, "1 s", "10 s"))]
ShortStop = Annotated[int, BeforeValidator(bounded(parse_time, "1 s", "60 s"))]
Debounce = Annotated[int, BeforeValidator(bounded(parse_time, "1 ms", "50 ms"))]
Every = Annotated[int, BeforeValidator(bounded(parse_time, "10 s", "15 min"))]
Waits = Annotated[int, BeforeValidator(bounded(parse_time, "1 h", "240 h"))]
Asleep = Annotated[int, BeforeValidator(bounded(parse_time, "1 min", "1 h"))]
Bitrate = Annotated[int, BeforeValidator(bounded(parse_bitrate, "0.25 Mb/s", "20 Mb/s"))]
Size = Annotated[tuple[int, int], BeforeValidator(parse_size)]
Said = Annotated[str, AfterValidator(_said)]


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
                f"{value} is below the floor of DHS 045-07 V.A.7: at least {least} seconds before activation; set {least} or more"
            )
        return value


class Buttons(Table):
    """Gestures (IV.A)."""

    double_press_window: Window = seconds(0.6)
    hold: Hold = seconds(3)
    start_by_hold: bool = False
    short_stop: ShortStop = seconds(10)
    debounce: Debounce = seconds(0.03)

    @field_validator("hold")
    @classmethod
    def _longer_than_a_double_press(cls, value: int, info: ValidationInfo) -> int:
        window = info.data.get("double_press_window", 0)
        if value <= window:
            raise ValueError(
                f"hold is not longer than double_press_window, {show_time(window)}, so that one press could be both: set a longer hold"
            )
        return value


class Allowed(Table):
    """What the officer may do (III.A.1, II.B.6)."""

    allowed: bool = True


class Reminder(Table):
    """Signals while recording and while asleep (IV.A, IV.F)."""

    every: Every = seconds(120)
    asleep: Asleep = seconds(900)


class Battery(Table):
    """When the officer is warned, and when the device goes off in order (IV.B, V.A.4)."""

    warn_minutes: int = Field(default=20, ge=1, le=120)
    warn_percent: int = Field(default=15, ge=1, le=90)
    reserve_percent: int = Field(default=3, ge=1, le=20)

    @field_validator("reserve_percent")
    @classmethod
    def _below_the_warning(cls, value: int, info: ValidationInfo) -> int:
        if value >= (warn := info.data.get("warn_percent", 100)):
            raise ValueError(f"{value} is not below warn_percent, {warn}: nobody would be warned; set it lower")
        return value


class StorageTable(Table):
    """What happens as space runs out: warned early, then a coarser picture; never is anything deleted to make room (V.A.4)."""

    warn_minutes: int = Field(default=120, ge=10, le=1440)
    scarce_minutes: int = Field(default_factory=lambda told: min(30, told.get("warn_minutes", 30)), ge=0, le=720)
    low_bitrate: Bitrate = 2_000_000

    @field_validator("scarce_minutes")
    @classmethod
    def _below_the_warning(cls, value: int, info: ValidationInfo) -> int:
        if value > (warn := info.data.get("warn_minutes", 1440)):
            raise ValueError(f"{value} is above warn_minutes, {warn}: nobody would be warned; set it lower")
        return value


class DockTable(Table):
    """What dock contact does to a recording (IV.E)."""

    while_recording: Literal["continue", "stop"] = "continue"


class OffloadTable(Table):
    """Where a docked camera delivers to (IV.E, V.A.5); only what the driver needs may be given."""

    driver: Literal["none", "folder", "s3"] = "none"
    folder: str = ""
    mounted: bool = False
    endpoint: str = ""
    bucket: str = ""
    region: str = "us-east-1"
    authority: str = ""
    certificate: str = ""
    key: str = ""
    credentials: str = ""
    plain_http: bool = False
    order: Literal["oldest", "marked"] = "oldest"
    parallel: int = Field(default=3, ge=1, le=8)
    alarm: Waits = seconds(24 * 3600)

    @field_validator("folder", "mounted", *S3_KEYS)
    @classmethod
    def _of_its_driver(cls, value: str | bool, info: ValidationInfo) -> str | bool:
        needs, driver = "s3" if info.field_name in S3_KEYS else "folder", info.data.get("driver", "none")
        if value != cls.model_fields[str(info.field_name)].default and driver != needs:
            raise ValueError(f'belongs to driver = "{needs}", and the driver is "{driver}": take it out, or change the driver')
        return value

    @model_validator(mode="after")
    def _whole(self) -> "OffloadTable":
        if self.driver == "folder" and not self.folder:
            raise ValueError('folder is missing: write its path, as in folder = "/mnt/dock"')
        if self.driver == "s3":
            try:
                check_place(self.settings().place)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return self

    def settings(self) -> OffloadSettings:
        """The plain values."""
        return OffloadSettings(**self.model_dump())


class Picture(Table):
    """What is encoded."""

    size: Size = (1280, 720)
    rate: int = Field(default=30, ge=5, le=60)
    bitrate: Bitrate = 8_000_000
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = "ultrafast"
    threads: int = Field(default=1, ge=1, le=4)


class Agency(Table):
    """Who owns what is recorded (II.A, VI)."""

    owner: Said = "trial agency"
    lead: Said = "trial agency"
    purpose: Said = "trial"
    officer: str | None = None
    time_zone: str = "UTC"

    @field_validator("officer")
    @classmethod
    def _opaque(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", value):
            raise ValueError(
                f"{shown(value)} is no opaque number: write up to 32 letters, digits, dots or dashes; logs are not sealed, so no name"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f'{shown(value)} is no time zone: write one as in "America/Chicago"{_near(value)}') from error
        return value


def _near(zone: str) -> str:
    alike = [known for known in zoneinfo.available_timezones() if known.lower() == zone.strip().replace(" ", "_").lower()]
    return f'; did you mean "{alike[0]}"?' if alike else ""


class Profile(Table):
    """The whole of agency.toml."""

    agency: Agency = Agency()
    buffer: Buffer = Buffer()
    buttons: Buttons = Buttons()
    mute: Allowed = Allowed()
    stealth: Allowed = Allowed()
    reminder: Reminder = Reminder()
    battery: Battery = Battery()
    storage: StorageTable = StorageTable()
    dock: DockTable = DockTable()
    offload: OffloadTable = OffloadTable()
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
            low_battery_minutes=self.battery.warn_minutes,
            low_battery_percent=self.battery.warn_percent,
            low_storage_minutes=self.storage.warn_minutes,
            scarce_storage_minutes=self.storage.scarce_minutes,
            reserve_percent=self.battery.reserve_percent,
        )
        picture = self.picture
        video = VideoSettings(*picture.size, picture.rate, picture.bitrate, picture.preset, picture.threads)
        maker = self.agency
        low = min(self.storage.low_bitrate, picture.bitrate)
        return Settings(policy, video, maker.officer, maker.owner, maker.lead, maker.purpose, maker.time_zone, low, self.offload.settings())
