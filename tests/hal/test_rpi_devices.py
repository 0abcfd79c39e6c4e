"""What `bwc devices` says of a CSI camera: board and picamera2, on trees that look like a Pi's."""

import sys
from pathlib import Path

import pytest

from hal.camera.rpi_devices import csi


def pi(root: Path, model: str) -> Path:
    tree = root / "proc/device-tree"
    tree.mkdir(parents=True)
    (tree / "model").write_bytes(model.encode() + b"\0")
    return root


def test_where_there_is_no_raspberry_pi_there_is_no_csi_camera(tmp_path: Path) -> None:
    assert csi(tmp_path) is None
    assert csi(pi(tmp_path, "Radxa ROCK 5B")) is None


@pytest.mark.parametrize(
    ("model", "gives"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4", "H.264"),
        ("Raspberry Pi Zero 2 W Rev 1.0", "H.264"),
        ("Raspberry Pi 5 Model B Rev 1.0", "pictures"),
    ],
)
def test_a_board_gives_what_its_encoder_makes_of_it(tmp_path: Path, model: str, gives: str) -> None:
    found = csi(pi(tmp_path, model), sys.executable)
    assert found is not None and (found.board, found.gives) == (model, gives)
    assert found.why_not is not None and "sudo apt install python3-picamera2" in found.why_not


def test_a_python_that_is_not_there_is_said(tmp_path: Path) -> None:
    found = csi(pi(tmp_path, "Raspberry Pi 5 Model B Rev 1.0"), "/no/such/python3")
    assert found is not None and found.why_not is not None and "install the system's python3" in found.why_not
