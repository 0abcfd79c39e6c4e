"""The offloader's program as its service runs it: killed, ended in order, and what it loads."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bwc_agent.fleet.device import Device
from bwc_agent.fleet.resolved import dump
from bwc_agent.fleet.settings import Settings
from bwc_agent.offload.settings import OffloadSettings
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell
from tests.evidence.trial import SERIAL
from tests.faults.killing import ROOT
from tests.offload.one_shift import expected, one_shift, put_mail
from tests.offload.shift import Shift, tree

KILLED = -signal.SIGKILL
NEVER = -1


class Camera:
    """A device that has worked, in the dock; its settings resolved, its recorder played by the test."""

    def __init__(self, root: Path, settings: OffloadSettings | None = None, run: str | None = None) -> None:
        self.shift, self.dock, self.run = Shift(root / "vault"), root / "dock", root / "run"
        one_shift(self.shift)
        self.shift.start()
        self.dock.mkdir()
        self.file = root / "resolved.json"
        named = settings or OffloadSettings("folder", str(self.dock))
        device = Device(SERIAL, str(self.shift.vault.root), run=str(self.run) if run is None else run)
        self.file.write_bytes(dump(Settings(offload=named), device))
        tell(self.run, RecorderTold(2, "docked", True))

    def start(self, after: int = NEVER, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.offload.offloader_process", str(after), str(self.file)]
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment)

    @property
    def whole(self) -> dict[str, bytes]:
        """Everything but the journal of the start that runs."""
        return {name: data for name, data in expected(self.shift.vault).items() if name != "journal/000002.jsonl"}

    @property
    def there(self) -> dict[str, bytes]:
        return {name: data for name, data in tree(self.dock / SERIAL).items() if not name.split("/")[-1].startswith(".")}


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return Camera(tmp_path)


def until(process: subprocess.Popen[str], word: str) -> None:
    """Reads what it says up to a line with `word`."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if word in line:
            return
    raise AssertionError("".join(said))


def ended(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    with process:
        return process.wait(60)


def test_killed_in_the_middle_again_and_again_it_loses_nothing_and_comes_to_its_end(camera: Camera) -> None:
    put_mail(camera.dock, b"{}\n")
    whole = camera.whole
    before = tree(camera.shift.vault.root)
    for after in (0, 2, 9, 26, 55, 70):
        with camera.start(after) as process:
            assert process.wait(60) == KILLED
        assert {name: data for name, data in camera.there.items() if name in whole}.items() <= whole.items()
    process = camera.start()
    until(process, "nothing is left")
    assert ended(process) == 0
    assert whole.items() <= camera.there.items()
    assert any(name.startswith("reports/000002-") for name in camera.there)
    assert tree(camera.shift.vault.inbox) == tree(camera.dock / SERIAL / "mailbox")
    assert {name: data for name, data in tree(camera.shift.vault.root).items() if not name.startswith("inbox/")} == before


def test_asked_to_end_it_says_so_to_the_service_manager_and_to_the_recorder(camera: Camera, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        process = camera.start(environment=environment)
        until(process, "nothing is left")
        assert ended(process) == 0
        manager.setblocking(False)
        heard = [manager.recv(100).decode()]
        while heard[-1] != "STOPPING=1":
            heard.append(manager.recv(100).decode())
    assert heard[0] == "READY=1" and "WATCHDOG=1" in heard
    told = hear(camera.run, OffloadTold)
    assert told is not None and not told.running and told.files == told.files_done > 0


@pytest.mark.parametrize(
    ("settings", "run", "said"),
    [
        (OffloadSettings(), None, "delivers nowhere"),
        (None, "", "device.run is empty"),
    ],
    ids=["no destination", "no folder"],
)
def test_what_cannot_work_is_refused_at_once(tmp_path: Path, settings: OffloadSettings | None, run: str | None, said: str) -> None:
    camera = Camera(tmp_path, settings, run)
    with camera.start() as process:
        assert process.wait(60) == 2
        assert process.stderr is not None
        until(process, said)


def test_it_loads_no_part_of_a_camera_and_nothing_of_the_admin() -> None:
    program = "import sys, bwc_agent.offloader; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    unwanted = {"av", "cv2", "gpiozero", "lgpio", "numpy", "pydantic", "rich", "serial", "sounddevice", "typer"}
    assert not unwanted & set(done.stdout.split())
