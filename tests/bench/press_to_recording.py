"""From the press to "recording" (all that the ring held is sealed and on the card) over what `dd conv=fsync` takes for the same bytes.

The ring is filled at once with ready-made packets: 33 s at 8 Mb/s with sound, whose times end now.
"""

import secrets
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bwc_agent.agent import Agent, make_recorder
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.parts import Builder
from bwc_agent.live.storage import LiveStorage
from bwc_agent.live.stream import Stream
from bwc_agent.live.world import LiveWorld
from bwc_agent.media.audio_encoder import silent_sound
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.stated import journal_lines, profile
from bwc_agent.storage.starts import Starts
from bwc_agent.units import AAC_FRAME, TICKS, seconds
from tests.bench.heard import Heard, drivers_heard_by
from tests.bench.packets_to_disk import AVCC
from tests.live.enrolled import SERIAL, device, press_twice

TIMES = 7
SETTINGS = Settings(video=VideoSettings(1920, 1080, 30, 8_000_000))
HELD = seconds(33)


@dataclass(frozen=True, slots=True)
class Secured:
    """Medians, in seconds, and the bytes that were written."""

    ours: float
    dd: float
    bytes: int


def measure() -> Secured:
    """Press, dd, press, dd, …: each press into a new start."""
    ours, theirs, written = list[float](), list[float](), 0
    with tempfile.TemporaryDirectory() as name:
        made = device(Path(name))
        for _ in range(TIMES):
            took, segment = pressed(made)
            written = segment.stat().st_size
            ours.append(took)
            theirs.append(_dd(segment, Path(name) / "dd"))
    return Secured(sorted(ours)[TIMES // 2], sorted(theirs)[TIMES // 2], written)


def packets(end: int) -> list[Packet]:
    """What camera and microphone would have given up to `end`, in order of arrival; the bytes are random."""
    picture, sound = CodecConfig(Track.VIDEO, AVCC, 1920, 1080), CodecConfig(Track.AUDIO, silent_sound()[0].record, channels=1)
    start, step = -(-(end - HELD) // AAC_FRAME) * AAC_FRAME, TICKS // 30
    data, voice = [secrets.token_bytes(8_000_000 // 8 // 30) for _ in range(30)], secrets.token_bytes(170)
    seen = [Packet(Track.VIDEO, start + k * step, 0, k % 30 == 0, data[k % 30], picture) for k in range((end - start) // step)]
    heard = [Packet(Track.AUDIO, at, AAC_FRAME, True, voice, sound) for at in range(start, end - 2 * AAC_FRAME, AAC_FRAME)]
    return sorted([*seen, *heard], key=lambda p: p.pts + (2 * AAC_FRAME if p.track is Track.AUDIO else 0))


def pressed(made: Device) -> tuple[float, Path]:
    """Seconds from the deciding edge to the signal, in a start that began when the oldest packet was captured; and the segment."""
    vault, heard, stream = Vault(Path(made.vault)), Heard(), Stream(time.monotonic_ns)
    ready = packets(stream.now())
    began = ready[0].pts - AAC_FRAME
    starts = Starts(vault, SERIAL, trusted_recipients(vault.trust), journal_lines(SETTINGS, made.stated()))
    parts = replace(Builder(SETTINGS, made, drivers=drivers_heard_by(heard)).parts(stream), keepers={})
    world, storage = LiveWorld(parts, stream), LiveStorage(starts, began, stream)
    agent = Agent(make_recorder(profile(SETTINGS), AudioTimeline(*silent_sound()), began), storage, world)
    for packet in ready:
        stream.give(packet)
    decided, took = 0, None
    for item in agent.run():
        if item is ready[-1]:
            decided = time.monotonic_ns()
            press_twice(stream)
        if decided and (at := heard.when("recording", decided)) is not None:
            took = (at - decided) / 1e9
            break
    assert took is not None
    world.close()
    storage.close()
    (folder,) = vault.root.glob(f"recordings/{storage.start.device.start:06d}-*")
    return took, max(folder.iterdir(), key=lambda file: file.stat().st_size)


def _dd(source: Path, target: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["dd", f"if={source}", f"of={target}", "bs=1M", "conv=fsync"], check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - began
    target.unlink()
    return took


if __name__ == "__main__":
    print(measure())
