"""An export to look at, by the programs that everybody has."""

import datetime
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import av

from bwc_agent.agency.export import Exported, Order, export
from bwc_agent.evidence.given import Given
from bwc_agent.evidence.revocations import Revocation, Revocations
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift

ZONE = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
AT = datetime.datetime(2026, 2, 1, 12, tzinfo=datetime.UTC)
ORDER = Order("technician 7", "case 12", ZONE, at=AT)


def exported(shift: Shift, folder: Path, out: Path, order: Order = ORDER) -> Exported:
    out.mkdir(exist_ok=True)
    return export(folder, shift.authority, shift.desk.recipient, order, out)


def revoked(last_start: int) -> Given:
    """The agency has said that no later start of the trial's device counts."""
    return Given(revocations=Revocations((Revocation(SERIAL, last_start, None, UTC, "stolen"),)))


def run(*words: str | Path) -> str:
    found = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=True)
    assert found.stderr == ""
    return found.stdout


def ffmpeg(*words: str | Path) -> str:
    return run("ffmpeg", "-y", "-v", "error", *words)


def stream_hashes(path: Path) -> list[str]:
    """What a stranger gets from the one line in the documentation."""
    found = ffmpeg("-i", path, "-map", "0:v", "-map", "0:a?", "-c", "copy", "-f", "streamhash", "-hash", "sha256", "-")
    return [line.split("SHA256=")[1] for line in found.splitlines()]


def frames(path: Path) -> list[str]:
    """Shape and SHA-256 of each decoded picture, in its own size."""
    with av.open(str(path)) as file:
        images = [frame.to_ndarray(format="yuv420p") for frame in file.decode(video=0)]
    return [f"{image.shape} {hashlib.sha256(image.tobytes()).hexdigest()}" for image in images]


def probe(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path))
    return found


def packet_times(path: Path, kind: str) -> list[float]:
    found = run("ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path)
    return [float(line.strip(",")) for line in found.split()]
