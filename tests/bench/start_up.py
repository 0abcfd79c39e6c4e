"""From the beginning of the process to the open journal and to the first picture and sound: `python -m bwc_agent` on simulated parts."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.fleet.resolved import dump
from bwc_agent.fleet.settings import Settings
from bwc_agent.units import TICKS
from tests.live.enrolled import device

TIMES = 3
PATIENCE = 60.0
REACHED = ("first packet of the camera", "first packet of the microphone")


@dataclass(frozen=True, slots=True)
class Reached:
    """Seconds since the process began; `python` is what `python -c pass` takes."""

    journal: float
    camera: float
    microphone: float
    python: float


def measure() -> Reached:
    """The median start by its last first packet."""
    runs = [_start() for _ in range(TIMES)]
    return sorted(runs, key=lambda run: max(run.camera, run.microphone))[TIMES // 2]


def _start() -> Reached:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    bare = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as name:
        made, file = device(Path(name)), Path(name) / "resolved.json"
        file.write_bytes(dump(Settings(), made))
        began = time.perf_counter()
        with subprocess.Popen([sys.executable, "-m", "bwc_agent", str(file)]) as process:
            try:
                opened, since = _followed(Path(made.vault) / "journal/000000.jsonl", began)
            finally:
                process.terminate()
    return Reached(opened, since[REACHED[0]], since[REACHED[1]], bare)


def _followed(journal: Path, began: float) -> tuple[float, dict[str, float]]:
    """When the journal had its first lines, and what it says was reached when."""
    opened, since = 0.0, dict[str, float]()
    while len(since) < len(REACHED):
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"no first packets within {PATIENCE:g} s: {since}")
        time.sleep(0.01)
        lines = journal.read_text().splitlines(keepends=True) if journal.exists() else []
        opened = opened or (time.perf_counter() - began if lines else 0.0)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        since = {line["what"]: line["since"] / TICKS for line in whole if line["kind"] == "reached"}
    return opened, since


if __name__ == "__main__":
    print(measure())
