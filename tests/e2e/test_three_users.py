"""Recorder, offloader and custodian as three real users on one vault: the honest way leads to the release, no other does."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.storage.shared import share, share_run
from tests.live.enrolled import SERIAL, WORD
from tests.storage.flagged import flagged
from tests.storage.test_shared import CAN
from tests.three_users import CUSTODIAN, OFFLOADER, RECORDER, USERS, User, open_folder, ran, started

RECORDING = "recordings/000000-0001"
PATIENCE = 60.0
"""Seconds after which a service of a broken test is killed; a good one never waits so long."""


@dataclass(frozen=True)
class Camera:
    """One device of three users, its dock (a folder of the agency's that the offloader may write), its agency."""

    root: Path
    agency: TrialAgency

    @property
    def vault(self) -> Vault:
        return Vault(self.root / "vault")

    @property
    def dock(self) -> Path:
        return self.root / "dock"

    @property
    def segment(self) -> Path:
        return self.vault.root / RECORDING / "0001.tink"

    def sealed(self) -> set[str]:
        """The sealed files that are still there."""
        return {path.name for path in (self.vault.root / RECORDING).glob("*.tink")}

    def verdict(self) -> State:
        return verify_device(self.vault.root, read_certificate(self.agency.authority)).state


@pytest.fixture
def camera() -> Iterator[Camera]:
    """Enrolled and given to its three users; start 0 has made a recording and ended."""
    with open_folder() as root:
        now = datetime.datetime.now(datetime.UTC)
        made = Camera(root, make_agency(root / "keys", WORD, now))
        enrol_device(made.agency, WORD, made.vault, SERIAL, now)
        share(made.vault, USERS)
        share_run(root / "run", USERS)
        made.dock.mkdir()
        os.chown(made.dock, OFFLOADER.uid, OFFLOADER.gid)
        done = ran(RECORDER, "-m", "tests.e2e.live_recorder", made.vault.root, "record")
        assert done.returncode == 0, done.stderr
        yield made


@contextmanager
def running(user: User, *words: object, flags: bool = False) -> Iterator["subprocess.Popen[str]"]:
    """A service: asked to end by SIGTERM, it ends in order and without complaint."""
    process = started(user, [str(word) for word in words], flags=flags)
    patience = Timer(PATIENCE, process.kill)
    patience.start()
    with process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 0
            assert process.stderr is not None and process.stderr.read() == ""
        finally:
            patience.cancel()
            process.kill()


def custodian(camera: Camera, *more: object) -> tuple[object, ...]:
    vault = camera.vault
    places = ("--vault", vault.root, "--inbox", vault.inbox, "--trust", vault.trust)
    return "-m", "bwc_agent.storage.custodian", *places, "--immutable", *more


def said(service: "subprocess.Popen[str]") -> dict[str, Any]:
    """Its next line."""
    assert service.stdout is not None
    line: dict[str, Any] = json.loads(service.stdout.readline())
    return line


DOCKS = """
import sys
from pathlib import Path
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.offload.told import OffloadTold, tell
vault, dock, run, running = Vault(Path(sys.argv[1])), Folder(Path(sys.argv[2])), Path(sys.argv[3]), int(sys.argv[4])
tell(run, OffloadTold(True, 0, 0, 0, 0, "", "", 0))
print(len(bring_mail(vault, "LIVE-0001", dock).brought))
list(offload(vault, "LIVE-0001", dock, running))
"""


def docked(camera: Camera) -> int:
    """The offloader delivers all and brings the mail; how many messages were new."""
    done = ran(OFFLOADER, "-c", DOCKS, camera.vault.root, camera.dock, camera.root / "run", 1)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def custody(camera: Camera) -> None:
    """The agency signs, on its own machine; its share lets the offloader read what it left for the device."""
    word = camera.root / "word"
    word.write_bytes(WORD)
    keys = camera.agency
    command = ["custody", camera.dock, "--trust", keys.authority, "--key", keys.receipt_key, "--passphrase-file", word, "--no-open"]
    done = subprocess.run([sys.executable, "-m", "bwc_agent.cli", *map(str, command)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    for path in (camera.dock / SERIAL).rglob("*"):
        os.chown(path, OFFLOADER.uid, OFFLOADER.gid)


def test_the_honest_way_releases_and_a_hostile_offloader_gains_nothing_on_the_way(camera: Camera) -> None:
    sealed = camera.sealed()
    with ExitStack() as stack:
        recorder = stack.enter_context(running(RECORDER, "-m", "tests.e2e.live_recorder", camera.vault.root))
        assert recorder.stdout is not None and recorder.stdout.readline() == "up\n"
        keeper = stack.enter_context(running(CUSTODIAN, *custodian(camera, "--watch", "0.02"), flags=True))
        assert [said(keeper)["about"] for _ in range(2)] == ["journal/000000", RECORDING]
        assert flagged(camera.vault.root) >= {f"{RECORDING}/{name}" for name in ("0001.tink", "log.jsonl", "signer.pem")}
        assert_gains_nothing(camera, keeper, recorder.pid, keeper.pid)
        assert docked(camera) == 0
        custody(camera)
        assert docked(camera) == len(sealed)
        released = [said(keeper) for _ in sealed]
        assert {(line["kind"], line["file"]) for line in released} == {("released", f"000000-0001/{name}") for name in sealed}
        assert not camera.sealed() and os.listdir(camera.vault.inbox) == []
        assert (camera.vault.released.stat().st_uid, recorder.poll()) == (USERS.custodian, None)
        assert f"{RECORDING}/log.jsonl" in flagged(camera.vault.root)
    assert camera.verdict() is State.COMPLETE


def assert_gains_nothing(camera: Camera, keeper: "subprocess.Popen[str]", *processes: int) -> None:
    """Arbitrary code as the offloader, beside a recorder and a custodian at work."""
    ran(OFFLOADER, "-c", f"open('{camera.vault.inbox}/message', 'x')")
    done = ran(OFFLOADER, "-m", "tests.storage.attempts", camera.vault.root, camera.root / "run")
    ended: dict[str, str] = json.loads(done.stdout)
    wrong = {name for name, how in ended.items() if how not in ("done", "EACCES", "EPERM", "ENOENT")}
    assert {name for name, how in ended.items() if how == "done"} <= CAN["offloader"][1] and not wrong
    for number in processes:
        for attempt in (f"os.kill({number}, 9)", f"open('/proc/{number}/mem')", f"os.listdir('/proc/{number}/fd')"):
            assert "PermissionError" in ran(OFFLOADER, "-c", f"import os; {attempt}").stderr
    while said(keeper)["message"] != "another":
        continue
    camera.vault.inbox.joinpath("another").unlink()
    assert camera.segment.exists() and camera.verdict() is State.COMPLETE


def test_where_the_inbox_does_not_let_go_the_receipt_is_filed_the_file_is_gone_and_that_is_said(camera: Camera) -> None:
    sealed = camera.sealed()
    docked(camera)
    custody(camera)
    docked(camera)
    os.chown(camera.vault.inbox, USERS.offloader, USERS.offload)
    done = ran(CUSTODIAN, *custodian(camera), flags=True)
    assert done.returncode == 4, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()][: len(sealed)]
    assert all(each["kind"] == "released" and "cannot remove" in each["why"] and "Permission denied" in each["why"] for each in answers)
    assert not camera.sealed() and len(list((camera.vault.root / RECORDING / "receipts").iterdir())) == len(sealed)


def test_a_custodian_without_the_capability_says_so_once_and_releases_all_the_same(camera: Camera) -> None:
    sealed = camera.sealed()
    docked(camera)
    custody(camera)
    docked(camera)
    done = ran(CUSTODIAN, *custodian(camera))
    *released, notice = map(json.loads, done.stdout.splitlines())
    assert [each["kind"] for each in released] == ["released"] * len(sealed)
    assert notice["kind"] == "trouble" and "CAP_LINUX_IMMUTABLE" in notice["why"]
    assert done.returncode == 0 and flagged(camera.vault.root) == set()


def test_a_flagged_file_that_the_custodian_may_not_unflag_stays_with_its_receipt_filed(camera: Camera) -> None:
    assert ran(CUSTODIAN, *custodian(camera), flags=True).returncode == 0
    docked(camera)
    custody(camera)
    docked(camera)
    done = ran(CUSTODIAN, *custodian(camera))
    assert done.returncode == 4 and "it is immutable" in json.loads(done.stdout.splitlines()[0])["why"]
    assert camera.segment.exists() and f"{RECORDING}/0001.tink" in flagged(camera.vault.root)
    done = ran(CUSTODIAN, *custodian(camera), flags=True)
    assert json.loads(done.stdout.splitlines()[0])["kind"] == "released" and not camera.sealed()


def test_an_export_of_a_flagged_vault_is_as_of_any_other(camera: Camera) -> None:
    assert ran(CUSTODIAN, *custodian(camera), flags=True).returncode == 0
    word, out = camera.root / "word", camera.root / "out"
    word.write_bytes(WORD)
    out.mkdir()
    keys = camera.agency
    options = ["--trust", keys.authority, "--key", keys.recipient_key(), "--who", "me", "--purpose", "test", "--out", out]
    command = ["evidence", "export", camera.vault.root / RECORDING, *options, "--passphrase-file", word]
    done = subprocess.run([sys.executable, "-m", "bwc_agent.cli", *map(str, command)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(out)
