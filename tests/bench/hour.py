"""A simulated hour of the agent with a microphone whose clock runs 300 ppm fast: does memory grow, does sound leave the picture?

It records every other half minute. Beeps at each full second are read out of the decoded packets at the beginning of each
minute; the camera's times are exact, so where a beep lands is where sound is against the picture.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

TOML = """
length = "3601 s"
sight = "packets"
microphone = { ppm = 300, jitter = "30 ms" }

[settings.picture]
size = "1280x720"
rate = 30
bitrate = "2 Mb/s"
"""
READY = 40
"""Seconds: the ring has been full for long."""
MINUTE, HOUR = READY + 60, 3600
LISTENED = 3
"""Seconds of each minute that are decoded."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Resident bytes one minute after the ring was full and after an hour; the largest distance of a beep from its second, in seconds."""

    minute: int
    hour: int
    offset: float
    beeps: int


def measure() -> Hour:
    """Played in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.hour"], stdout=subprocess.PIPE, text=True, check=True)
    minute, hour, offset, beeps = done.stdout.split()
    return Hour(int(minute), int(hour), float(offset), int(beeps))


def events() -> Iterator[str]:
    """Half a minute of recording, half a minute without."""
    for second in range(READY + 5, HOUR, 60):
        yield f'[[event]]\nat = "{second} s"\ndo = "double press"\n'
        if second + 30 < HOUR:
            yield f'[[event]]\nat = "{second + 30} s"\ndo = "hold"\n'


def resident() -> int:
    """Bytes of this process in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Play it; print both sizes, the largest offset and the number of beeps."""
    import datetime

    from bwc_agent.agency.trial import enrol_device, make_agency
    from bwc_agent.control.inputs import Input
    from bwc_agent.evidence.layout import Vault
    from bwc_agent.packets import Packet, Track
    from bwc_agent.units import TICKS
    from simulator.run import Simulation
    from simulator.scenario import load_scenario
    from simulator.world import SimulatedWorld
    from tests.bench.beeps import Beeps

    sizes, beeps = dict[int, int](), Beeps()

    def watch(now: int, _world: SimulatedWorld, item: Packet | Input) -> None:
        if isinstance(item, Packet):
            if item.track is Track.AUDIO and item.pts % (60 * TICKS) < LISTENED * TICKS:
                beeps.packet(item)
            return
        for second in (MINUTE, HOUR):
            if now >= second * TICKS and second not in sizes:
                sizes[second] = resident()

    with tempfile.TemporaryDirectory() as name:
        root, day = Path(name), datetime.datetime.now(datetime.UTC)
        (root / "hour.toml").write_text(TOML + "".join(events()))
        agency, vault = make_agency(root / "keys", b"bench", day), Vault(root / "device")
        enrol_device(agency, b"bench", vault, "BENCH-1", day)
        (root / "storage").mkdir()
        for _ in Simulation(load_scenario(root / "hour.toml"), vault, "BENCH-1", root / "storage").play(watch):
            pass
    print(sizes[MINUTE], sizes[HOUR], beeps.worst(), len(beeps.offsets))


if __name__ == "__main__":
    main()
