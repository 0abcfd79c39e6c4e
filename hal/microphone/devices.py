"""The microphones that PortAudio finds, and PortAudio itself, of which a process has one.

PortAudio looks for devices when it is initialised and never again: one that was plugged in later is missing from its
list, and a number in the list may stand for another device by then. So it is initialised anew once the cards have changed or
something failed; never while a stream is open, since that would pull it away. It takes a second or more on a small device, so
it is not done each time.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hal.errors import HardwareError

CARDS: Final = Path("/proc/asound/cards")


def _cards() -> bytes | None:
    """What the kernel says of its sound cards, where each is plugged in included; None if it knows of no sound at all."""
    return CARDS.read_bytes() if CARDS.exists() else None


_listed = _cards()

try:
    import sounddevice
except Exception as error:
    raise HardwareError("microphone", f"PortAudio does not load ({error}): sudo apt install libportaudio2") from error

RATES: Final = (48_000, 44_100, 32_000, 16_000)
"""Samples a second that are asked for, the best first."""

PortAudioError: Final[type[Exception]] = sounddevice.PortAudioError

_lock = threading.Lock()
_stale = False
# Also keeps them: PortAudio's thread would call into freed memory if a stream were forgotten while it is open.
_streams: set[Any] = set()


@dataclass(frozen=True, slots=True)
class Found:
    """An input of PortAudio. `index` and `name` choose it; the name is the one that stays when devices come and go.

    `channels` is the most that it gives, `rate` its own choice in samples a second, `default` whether it is taken when none is named.
    """

    index: int
    name: str
    host_api: str
    channels: int
    rate: int
    default: bool

    def __str__(self) -> str:
        return f"[{self.index}] {self.name} ({self.host_api})"


@dataclass(frozen=True, slots=True)
class Tried:
    """An input and the rates of `RATES` at which it opens; none: `why_not` says why."""

    found: Found
    rates: tuple[int, ...]
    why_not: str | None


def microphones() -> list[Tried]:
    """Every input, each opened for a moment at each rate but never started: no sound is taken. Raises HardwareError.

    For a listing: what the process writes to its standard error meanwhile is lost, as ALSA says too much there.
    """
    with library(), _hushed():
        return [tried(found) for found in inputs()]


@contextmanager
def library() -> Iterator[set[Any]]:
    """PortAudio for one caller alone, its list of devices up to date unless a stream is open; yields the streams that are.

    Whoever opens a stream adds it, and discards it once it is closed. Raises HardwareError for PortAudio's own.
    """
    global _stale
    with _lock:
        try:
            _refresh()
            yield _streams
        except PortAudioError as error:
            _stale = True
            raise HardwareError("microphone", f"PortAudio failed: {said(error)}: check the sound system by `arecord -l`") from error
        except HardwareError:
            _stale = True
            raise


def _refresh() -> None:
    global _listed, _stale
    cards = _cards()
    if _streams or (cards == _listed and not _stale):
        return
    if sounddevice._initialized:
        sounddevice._terminate()
    sounddevice._initialize()
    _listed, _stale = cards, False


@contextmanager
def _hushed() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def inputs() -> list[Found]:
    """The inputs in PortAudio's list, to be called within `library()`."""
    try:
        default = sounddevice.query_devices(kind="input")["index"]
    except PortAudioError:
        default = None
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    return [
        Found(k, str(d["name"]), str(apis[d["hostapi"]]), d["max_input_channels"], round(d["default_samplerate"]), k == default)
        for k, d in enumerate(sounddevice.query_devices())
        if d["max_input_channels"] > 0
    ]


def chosen(device: str | None, found: list[Found]) -> Found:
    """The one that `device` means: PortAudio's number, the whole name, or a part of it in any case; None means the default.

    Pure. Raises HardwareError, with all inputs listed, if it means none or several.
    """
    if not found:
        raise HardwareError("microphone", "no microphone found: plug one in, and check that `arecord -l` lists it")
    if device is None:
        matches = [one for one in found if one.default]
    elif device.isdecimal():
        matches = [one for one in found if one.index == int(device)]
    else:
        exact = [one for one in found if device.casefold() == one.name.casefold()]
        matches = exact or [one for one in found if device.casefold() in one.name.casefold()]
    if len(matches) == 1:
        return matches[0]
    asked = "a default input" if device is None else f'"{device}"'
    verb = "is not here" if not matches else f"means {len(matches)} of them"
    raise HardwareError("microphone", f"{asked} {verb}: name one of {'; '.join(map(str, found))}")


def opened(found: Found, rate: int, **options: Any) -> Any:
    """A `sounddevice.RawInputStream` of int16, not started; two channels wherever there are two, to be called within `library()`.

    Raises PortAudioError.
    """
    # Asked for one channel of a device that has but two, PortAudio drops the second unsaid; on an I2S bus the microphone may be there.
    return sounddevice.RawInputStream(device=found.index, channels=min(2, found.channels), samplerate=rate, dtype="int16", **options)


def tried(found: Found) -> Tried:
    """Opens it at each rate, to be called within `library()`."""
    rates: list[int] = []
    why_not: str | None = None
    for rate in RATES:
        try:
            opened(found, rate).close()
            rates.append(rate)
        except PortAudioError as error:
            why_not = why_not or said(error)
    return Tried(found, tuple(rates), None if rates else why_not)


def said(error: Exception) -> str:
    """PortAudio's words for an error, and the sound system's where it gives some."""
    words, *rest = error.args
    host = rest[1][2] if len(rest) > 1 else ""
    return f"{str(words).rpartition(': ')[2]}{f' ({host})' if host else ''}"
