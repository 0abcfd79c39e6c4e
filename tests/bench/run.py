"""`make bench`: what the evidence costs on this machine, as ratios within one run. Prints a table; exits 0 always.

Each figure stands beside the bound that the project wants; a machine that is busy with other work measures itself.
"""

import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rich.console import Console
from rich.table import Table

from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.media.ring import Ring
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS
from simulator.scenario import load_scenario, shipped
from tests.bench import custody_rows, live_rows, memory, offload_over_curl, packets_to_disk
from tests.e2e.played import Shift, play


def ring_over_payload() -> float:
    """Bytes that a ring of 30 s at 8 Mb/s takes, over the payload in it."""
    picture, sound = CodecConfig(Track.VIDEO, b"avcc", 1920, 1080), CodecConfig(Track.AUDIO, b"asc", channels=1)
    tracemalloc.start()
    ring, step = Ring(33 * TICKS, 60_000_000), TICKS // 30
    for k in range(30 * 40):
        ring.push(Packet(Track.VIDEO, k * step, 0, k % 30 == 0, bytes(33_333), picture))
        if k % 2:
            ring.push(Packet(Track.AUDIO, k // 2 * AAC_FRAME * 3, AAC_FRAME, True, bytes(170), sound))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / ring.bytes


def simulated_speed(folder: Path) -> tuple[float, Shift]:
    """Seconds simulated in a second, 640x360 with sound, median of five; and the last shift."""
    scenario = load_scenario(shipped("again"))
    speeds: list[float] = []
    for k in range(5):
        root = folder / str(k)
        root.mkdir()
        began = time.perf_counter()
        shift = play(scenario, root)
        speeds.append(scenario.world.length / TICKS / (time.perf_counter() - began))
    return sorted(speeds)[2], shift


def verify_over_sha256sum(folder: Path) -> float:
    """Time of verify over `sha256sum` of the same files; a shift of ready-made packets, 200 MB, each the best of five."""
    vault, authority = packets_to_disk.recorded(folder / "vault", 160)
    files = [str(p) for p in vault.rglob("*") if p.is_file()]
    ours, theirs = [], []
    for _ in range(5):
        began = time.perf_counter()
        verdict = verify_device(vault, authority)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL, check=True)
        theirs.append(time.perf_counter() - began)
        if verdict.recordings[0].state.exit_status:
            raise SystemExit(f"the benchmark's own recording does not verify: {verdict.recordings[0].reasons}")
    return min(ours) / min(theirs)


def export_speed(shift: Shift) -> float:
    """Recorded seconds exported in a second."""
    began = time.perf_counter()
    exported = shift.exported(0, 2)
    return exported.length / TICKS / (time.perf_counter() - began)


def main() -> None:
    """All of it, in one table."""
    table = Table("what", "measured", "wanted", title="make bench")
    with tempfile.TemporaryDirectory() as name:
        disk = packets_to_disk.measure()
        table.add_row("CPU, ready packets from ring to disk at 9.6 Mb/s, over the bare work", f"{disk['ratio']:.2f}", "<= 1.5")
        table.add_row("  the same in ms of CPU a recorded second (bare)", f"{disk['ours_ms']:.2f} ({disk['bare_ms']:.2f})", "")
        table.add_row("ring's bytes over its payload, 30 s at 8 Mb/s", f"{ring_over_payload():.3f}", "<= 1.05")
        table.add_row("peak memory, 1080p30, 30 s ring, with encoder", f"{memory.peak_in_a_process() / 1e6:.0f} MB", "<= 200 MB")
        speed, shift = simulated_speed(Path(name))
        table.add_row("simulated speed, 640x360 with sound, median of 5", f"{speed:.1f} x real time", ">= 25")
        table.add_row("verify over sha256sum of the same files", f"{verify_over_sha256sum(Path(name)):.2f}", "<= 1.3")
        for row in custody_rows.rows(Path(name)):
            table.add_row(*row)
        table.add_row("export", f"{export_speed(shift):.0f} x real time", "")
    for row in (*offload_over_curl.rows(), *live_rows.rows()):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
