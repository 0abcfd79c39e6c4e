"""From the device's settings to its parts: each driver by its name, imported only when it is named (imports are most of a Pi's start).

There is no fallback: a name that is not known, or a part that does not work, is said, and the rest goes on.
"""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.pins import WiredDock, input_pin, needed, output_pin
from bwc_agent.units import ns_from_ticks, seconds
from hal.interfaces import Buttons, Dock, EncodedCamera, Indicator, Location, Microphone, Pixels, Power, RawCamera, TamperSwitch

if TYPE_CHECKING:
    from hal.gpio import Board

NowNs = Callable[[], int]


TERMINAL = "/dev/tty"
CAMERAS = ("simulated", "opencv", "v4l2-h264", "rpi")
MICROPHONES = ("simulated", "sounddevice")
PIXELS = {"auto": None, "yuyv": Pixels.YUYV, "mjpeg": Pixels.JPEG}


class Drivers:
    """Makes the parts of a device; nothing is opened here. Raises ConfigError for a driver that is not known."""

    def __init__(self, settings: Settings, device: Device, now_ns: NowNs) -> None:
        self._settings = settings
        self._device = device
        self._now_ns = now_ns

    @cached_property
    def _board(self) -> "Board":
        """The pins of all parts: gpiozero shares lines between factories, so there is one."""
        from hal.gpio import Board

        gpio = self._device.gpio
        return Board(gpio.factory, None if gpio.chip == "auto" else gpio.chip)

    def camera(self) -> Callable[[], RawCamera | EncodedCamera]:
        """What makes the camera; loading its driver takes seconds on a small board. Raises ConfigError at once for an unknown one."""
        if self._device.camera.driver not in CAMERAS:
            raise _unknown("camera", self._device.camera.driver)
        return self._camera

    def _camera(self) -> RawCamera | EncodedCamera:
        part, video = self._device.camera, self._settings.video
        match part.driver:
            case "simulated":
                from simulator.paced import simulated_camera

                return simulated_camera(video.width, video.height, video.rate, self._now_ns)
            case "opencv" if part.pixels in PIXELS:
                from hal.camera.opencv import OpencvCamera

                return OpencvCamera(part.device, video.width, video.height, video.rate, self._now_ns, PIXELS[part.pixels])
            case "v4l2-h264":
                from hal.camera.v4l2_h264 import V4l2H264Camera

                return V4l2H264Camera(part.device, video.width, video.height, video.rate, self._now_ns)
            case "rpi":
                from hal.camera.rpi import RpiEncodedCamera, RpiRawCamera, board_model, encodes

                if encodes(board_model() or ""):
                    return RpiEncodedCamera(video.width, video.height, video.rate, video.bitrate, now_ns=self._now_ns)
                return RpiRawCamera(video.width, video.height, video.rate, now_ns=self._now_ns)
        raise _unknown("camera", part.driver)

    def microphone(self) -> Callable[[], Microphone] | None:
        """What makes the microphone, if there is one: PortAudio waits for a sound server while it loads, however long that hangs."""
        if self._device.microphone.driver == "none":
            return None
        if self._device.microphone.driver not in MICROPHONES:
            raise _unknown("microphone", self._device.microphone.driver)
        return self._microphone

    def _microphone(self) -> Microphone:
        part = self._device.microphone
        match part.driver:
            case "simulated":
                from simulator.paced import simulated_microphone

                return simulated_microphone(self._now_ns)
            case "sounddevice":
                from hal.microphone.portaudio import PortAudioMicrophone

                return PortAudioMicrophone(None if part.device == "default" else part.device, part.rate, part.offset, self._now_ns)
        raise _unknown("microphone", part.driver)

    def buttons(self) -> Buttons | None:
        """What the officer presses; None for a demonstration without hands."""
        part = self._device.buttons
        match part.driver:
            case "gpiozero":
                from hal.buttons.gpio import GpioButtons

                return GpioButtons(needed(part.event), input_pin(part.function), input_pin(part.power), self._board, self._now_ns)
            case "keyboard":
                from hal.buttons.keyboard import Fingers, KeyboardButtons

                policy = self._settings.policy
                holds = (policy.hold, policy.mute_hold, policy.sleep_hold, policy.power_hold)
                between = min(seconds(0.3), policy.double_press_window // 2, policy.triple_window // 3)
                over, tap = seconds(0.2), between * 2 // 5
                return KeyboardButtons(self._now_ns, Fingers(*(ns_from_ticks(ticks) for ticks in (*holds, over, tap, between))))
            case "none":
                return None
        raise _unknown("buttons", part.driver)

    def indicator(self) -> Indicator:
        """Light, buzzer and haptics."""
        part = self._device.indicator
        match part.driver:
            case "gpiozero":
                from hal.indicator.gpio import GpioIndicator

                red, green, blue = output_pin(part.red), output_pin(part.green), output_pin(part.blue)
                buzzer, vibration = output_pin(part.buzzer), output_pin(part.vibration)
                return GpioIndicator(red, green, blue, buzzer, vibration, self._board, now_ns=self._now_ns)
            case "terminal":
                from hal.indicator.terminal import TerminalIndicator

                # Without a terminal there is no bell to ring; light and cues stand in the log all the same.
                return TerminalIndicator(self._now_ns, TERMINAL if _can_ring() else "")
        raise _unknown("indicator", part.driver)

    def location(self) -> Location | None:
        """The GPS receiver, if there is one."""
        part = self._device.location
        match part.driver:
            case "nmea":
                from hal.location.nmea import NmeaReceiver

                return NmeaReceiver(part.port, part.baud, self._now_ns)
            case "none":
                return None
        raise _unknown("location", part.driver)

    def power(self) -> Power | None:
        """Battery and charger, if anything tells of them."""
        part = self._device.power
        match part.driver:
            case "sysfs":
                from hal.power.sysfs import SysfsPower

                battery = None if part.battery == "auto" else part.battery
                return SysfsPower(Path(self._device.root) / "sys", battery, now_ns=self._now_ns)
            case "none":
                return None
        raise _unknown("power", part.driver)

    def dock(self) -> Dock | None:
        """What tells the dock, if anything does."""
        part = self._device.dock
        match part.driver:
            case "sysfs":
                from hal.dock.rule import DockRule
                from hal.dock.sysfs import SysfsDock

                rule, root = DockRule.parse(part.signs, part.mode), Path(self._device.root) / "sys"
                if part.contact is None:
                    return SysfsDock(rule, root, self._now_ns)
                from hal.contacts.gpio import ContactPin

                pin = ContactPin("dock", needed(part.contact), self._board, now_ns=self._now_ns)
                return WiredDock(SysfsDock(rule, root, self._now_ns, contact=pin.level), pin)
            case "none":
                return None
        raise _unknown("dock", part.driver)

    def tamper(self) -> TamperSwitch | None:
        """The enclosure's switch, if there is one."""
        part = self._device.tamper
        match part.driver:
            case "gpiozero":
                from hal.contacts.gpio import ContactPin

                return ContactPin("tamper", needed(part.contact), self._board, now_ns=self._now_ns)
            case "none":
                return None
        raise _unknown("tamper", part.driver)


def _can_ring() -> bool:
    """Whether this process has a terminal of its own."""
    try:
        os.close(os.open(TERMINAL, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def _unknown(part: str, driver: str) -> ConfigError:
    return ConfigError(f"{part}: no driver is called {driver!r}: mend {part}.driver in device.toml")
