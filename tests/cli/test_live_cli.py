"""The commands of a live camera, run as their users run them."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.test_cli import bwc, word

CONFIG = Path(__file__).parents[2] / "config"


def test_the_live_demo_records_proves_and_exports(tmp_path: Path) -> None:
    done = bwc("demo", "--live", "--config", CONFIG / "simulator", "--seconds", "1", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout and len(list((tmp_path / "demo/export").glob("*.mp4"))) == 1


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="there is a camera /dev/video0 here, which this must not open")
def test_the_live_demo_without_a_camera_says_so(tmp_path: Path) -> None:
    done = bwc("demo", "--live", "--seconds", "1", "--out", tmp_path / "demo")
    assert done.returncode == 6 and "bwc devices lists what is here" in done.stderr


def test_the_live_demo_needs_hands_or_a_length(tmp_path: Path) -> None:
    done = bwc("demo", "--live", "--out", tmp_path / "demo")
    assert done.returncode == 2 and "give --seconds" in done.stderr and not (tmp_path / "demo").exists()
    done = bwc("demo", "--seconds", "3", "--out", tmp_path / "demo")
    assert done.returncode == 2 and "belong to --live" in done.stderr and not (tmp_path / "demo").exists()


def test_devices_can_be_listed_for_people_and_for_scripts() -> None:
    done = bwc("devices", "--json")
    assert done.returncode == 0 and set(json.loads(done.stdout)) == {"cameras", "microphones", "gpio chips", "serial ports"}
    assert bwc("devices").returncode == 0


def test_a_camera_runs_on_the_file_that_run_resolved_and_ends_in_order_by_sigterm(tmp_path: Path) -> None:
    keys = bwc("keys", "--out", "keys", "--device", "vault", "--serial", "SIM-0001", "--passphrase-file", word(tmp_path), cwd=tmp_path)
    assert keys.returncode == 0, keys.stderr
    resolved = tmp_path / "camera.json"
    assert bwc("run", "--config", CONFIG / "simulator", "--resolve", resolved, cwd=tmp_path).returncode == 0
    again = bwc("run", "--config", CONFIG / "simulator", "--resolve", resolved, cwd=tmp_path)
    assert again.returncode == 4 and str(resolved) in again.stderr
    camera = subprocess.Popen([sys.executable, "-m", "bwc_agent", str(resolved)], cwd=tmp_path, stderr=subprocess.PIPE)
    path = tmp_path / "vault/journal/000000.jsonl"
    with camera:
        while not (path.exists() and b'"what":"first packet of the camera"' in path.read_bytes()):
            with suppress(subprocess.TimeoutExpired):
                assert camera.wait(0.05) is None, "it ended by itself"
        camera.terminate()
        assert camera.wait(60) == 0, camera.stderr
    assert b'"why":"asked to end (SIGTERM)"' in path.read_bytes()


def test_a_folder_without_a_device_and_a_vault_that_is_none_are_refused(tmp_path: Path) -> None:
    done = bwc("run", "--config", tmp_path)
    assert done.returncode == 2 and "has no device.toml" in done.stderr
    done = bwc("run", "--config", CONFIG / "simulator", cwd=tmp_path)
    assert done.returncode == 2 and "vault is no vault: enrol the device first" in done.stderr
    run = subprocess.run([sys.executable, "-m", "bwc_agent"], capture_output=True, text=True, check=False)
    assert run.returncode == 2 and "give one file" in run.stderr
