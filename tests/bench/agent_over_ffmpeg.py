"""CPU of the whole agent over the CPU of the ffmpeg program, for the same raw 1080p30 with sound and the same encoders' settings.

The agent records from the first picture on: encoders, ring, fragments, seal, marks, syncs, in a live start and in real
time; ffmpeg reads at the same pace. What each takes to begin, up to its second second, is left out. Both write to the same disk.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.__main__ import ALONE
from bwc_agent.control.inputs import Input
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet, Track
from tests.bench.film import HEIGHT, PICTURES, RATE, SOUND_RATE, WIDTH, Film, drivers_of, make_film
from tests.live.enrolled import device, press_twice

PAIRS = 3
LEFT_OUT = 2
"""Seconds at the beginning of each."""
FORMATS = {"yuyv422": 1.05, "nv12": 1.05, "bgr24": 1.0}
"""FFmpeg's names, and the bounds that are wanted."""
BITRATE, SOUND_BITRATE, PRESET, THREADS = 8_000_000, 64_000, "ultrafast", 1


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds of each, the least of all runs: what else the machine does only adds."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs


def measure(pixel_format: str) -> Costs:
    """Agent, ffmpeg, agent, ffmpeg, … over one film in RAM."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name, tempfile.TemporaryDirectory() as out:
        film = make_film(Path(name), pixel_format)
        ours, theirs = list[float](), list[float]()
        for k in range(PAIRS):
            ours.append(_agent(film, f"{out}/{k}"))
            begun = _spent(ffmpeg(film, f"{out}/{k}.mp4", ["-t", str(LEFT_OUT)]))
            theirs.append(_spent(ffmpeg(film, f"{out}/{k}.mp4")) - begun)
    return Costs(min(ours), min(theirs))


def _agent(film: Film, folder: str) -> float:
    command = [sys.executable, "-m", "tests.bench.agent_over_ffmpeg", film.pixel_format, str(film.pictures), str(film.sound), folder]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **ALONE}).stdout)


def ffmpeg(film: Film, out: str, most: list[str] | None = None) -> list[str]:
    """The command with the agent's settings; libavcodec's wrapper of x264 and its AAC encoder are the same on both sides."""
    kilobits = BITRATE // 1000
    x264 = f"scenecut=0:keyint=infinite:vbv-maxrate={kilobits}:vbv-bufsize={kilobits}:sliced-threads=0:force-cfr=0:repeat-headers=1"
    seen = f"-re -f rawvideo -pix_fmt {film.pixel_format} -s {WIDTH}x{HEIGHT} -framerate {RATE} -i {film.pictures}"
    heard = f"-re -f s16le -ar {SOUND_RATE} -ac 1 -i {film.sound}"
    video = f"-c:v libx264 -preset {PRESET} -tune zerolatency -threads {THREADS} -b:v {BITRATE} -bf 0 -forced-idr 1"
    keys = ["-force_key_frames", "expr:gte(t,n_forced)", "-x264-params", x264]
    encoded = "nv12" if film.pixel_format == "nv12" else "yuv420p"
    audio = f"-pix_fmt {encoded} -c:a aac -b:a {SOUND_BITRATE} -aac_coder fast -aac_pns 0"
    made = f"-f mp4 -movflags frag_keyframe+empty_moov {out}"
    return f"ffmpeg -v error -nostdin -y {seen} {heard} {video}".split() + keys + audio.split() + (most or []) + made.split()


def version() -> str:
    """The ffmpeg program's own line, up to its licence; empty where there is none."""
    if shutil.which("ffmpeg") is None:
        return ""
    line = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return line.partition(" Copyright")[0]


def _spent(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(film: Film, folder: Path) -> None:
    """One live start over the film, in this process; prints its CPU seconds."""
    settings = Settings(video=VideoSettings(WIDTH, HEIGHT, RATE, BITRATE, PRESET, THREADS))
    folder.mkdir()
    made = device(folder)
    live = Live(settings, made, Builder(settings, made, drivers=drivers_of(film)).parts)
    seen, before = 0, 0.0

    def watch(item: Packet | Input) -> None:
        nonlocal seen, before
        if isinstance(item, Packet) and item.track is Track.VIDEO:
            seen += 1
            if seen == 1:
                press_twice(live.stream)
            if seen == LEFT_OUT * RATE:
                before = time.process_time()
            if seen == PICTURES - 1:
                live.ask_to_end("the film is over")

    live.run(watch)
    print(time.process_time() - before)


if __name__ == "__main__":
    main(Film(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])), Path(sys.argv[4]))
