"""What lies in a folder of evidence, one entry a recording: whose, when, how long, with what pre-roll, and the verdict."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.subtitles import muted, press
from bwc_agent.agency.wall_time import wall_time
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.fields import Line, fields, integer, objects, text
from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.verdict import DeviceVerdict, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import find_devices, find_recordings, verify_device
from bwc_agent.evidence.verify_files import Progress, silent
from bwc_agent.packets import Track


@dataclass(frozen=True, slots=True)
class Summary:
    """What a signed log says of its recording. Times are ticks; `begin` is UTC, None where the device had no clock.

    `officer` is None where nobody was assigned, `time_zone` the agency's by its IANA name, for whoever prints `begin`.
    `heard` and `secured` are ticks from the deciding edge to "heard" and to "recording", None where the log has none.
    `lost` counts pictures and sounds that came and were not kept; `gaps` stretches of time in which none came.
    """

    device: str
    recording: str
    officer: str | None
    begin: datetime.datetime | None
    time_zone: str | None
    length: int
    press: int
    asked: int
    preroll: int
    preroll_audio: int
    why_short: str | None
    heard: int | None
    secured: int | None
    segments: int
    pictures: int
    sounds: int
    lost: int
    gaps: int
    markers: int
    mutes: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One recording: where it lies, the verdict, what its log says, and the verdict of its device.

    `summary` is None where the log is not believed, or lacks what every log has; `device` is None where a recording's own folder was given.
    """

    folder: Path
    verdict: Verdict
    summary: Summary | None
    device: DeviceVerdict | None


def summary(log: RecordingLog) -> Summary:
    """The figures that a person asks for. Raises IntegrityError if the log lacks a field that every log has."""
    preroll, clock = fields(log.first, "preroll"), wall_time(log.first)
    secured = next((line for line in log.lines if line["kind"] == "secured"), {})
    why, stop = preroll.get("why"), log.stop
    return Summary(
        device=log.who.serial,
        recording=str(log.name),
        officer=log.officer,
        begin=clock.of(log.begin) if clock else None,
        time_zone=log.time_zone,
        length=log.length,
        press=press(log),
        asked=integer(preroll, "asked"),
        preroll=integer(preroll, "video"),
        preroll_audio=integer(preroll, "audio"),
        why_short=why if isinstance(why, str) else None,
        heard=_maybe(secured, "heard"),
        secured=_maybe(secured, "secured"),
        segments=len(log.media),
        pictures=_samples(log, Track.VIDEO),
        sounds=_samples(log, Track.AUDIO),
        lost=sum(integer(line, "samples") for line in log.lines if line["kind"] == "drop"),
        gaps=sum(line["kind"] == "gap" for line in log.lines),
        markers=sum(line["kind"] == "marker" for line in log.lines),
        mutes=len(muted(log.lines)),
        reason=text(stop, "reason") if stop is not None else None,
    )


def _samples(log: RecordingLog, track: Track) -> int:
    return sum(integer(entry, "samples") for mark in log.marks for entry in objects(mark, "tracks") if entry.get("track") == track.value)


def _maybe(line: Line, name: str) -> int | None:
    value = line.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def list_recordings(root: Path, authority: Certificate, given: Given = NOTHING, progress: Progress = silent) -> list[Listed]:
    """Every recording at `root` (a recording's folder, a vault, a device's folder, a destination), verified, in order of name.

    Raises ConfigError if nothing is there, StorageError.
    """
    found = list(_listed(root, authority, given, progress))
    if not found and not find_devices(root):
        raise ConfigError(f"{root} holds no evidence: give a recording, a vault, or the folder that the docks fill")
    return found


def _listed(root: Path, authority: Certificate, given: Given, progress: Progress) -> Iterator[Listed]:
    if find_recordings(root) == [root]:
        yield _entry(root, verify_recording(root, authority, given, progress), None)
        return
    for device in find_devices(root):
        judged = verify_device(device, authority, given, progress)
        for folder, verdict in zip(find_recordings(device), judged.recordings, strict=True):
            yield _entry(folder, verdict, judged)


def _entry(folder: Path, verdict: Verdict, device: DeviceVerdict | None) -> Listed:
    try:
        told = summary(verdict.log) if verdict.log is not None else None
    except IntegrityError:
        # One odd log must not hide the others; its verdict stands in the list without figures.
        told = None
    return Listed(folder, verdict, told, device)
