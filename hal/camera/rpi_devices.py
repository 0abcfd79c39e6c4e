"""Whether a Raspberry Pi's CSI camera can be used here: the board, and the system's own picamera2. No camera is opened."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from hal.camera.rpi import SYSTEM_PYTHON, board_model, encodes

_ASK = "import importlib.util, sys; sys.exit(importlib.util.find_spec('picamera2') is None)"
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """The board, what its camera would give ("H.264" or "pictures"), and why not, None where nothing speaks against it."""

    board: str
    gives: str
    why_not: str | None


def csi(root: Path = Path("/"), python: str = SYSTEM_PYTHON[0]) -> Found | None:
    """None where this is no Raspberry Pi. Raises nothing."""
    board = board_model(root)
    if board is None or "Raspberry Pi" not in board:
        return None
    return Found(board, "H.264" if encodes(board) else "pictures", _missing(python))


def _missing(python: str) -> str | None:
    try:
        asked = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{python} does not run ({error}): install the system's python3"
    return "picamera2 is missing: sudo apt install python3-picamera2" if asked.returncode else None
