"""Three users on one vault: what each can do is what it is for, and the kernel refuses the rest."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import ConfigError, StorageError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell
from bwc_agent.storage import shared
from bwc_agent.storage.shared import find_users, main, share, share_run
from tests.offload.shift import Shift
from tests.three_users import CUSTODIAN, OFFLOADER, RECORDER, STRANGER, USERS, User, open_folder, ran

READS = {"read journal", "read log", "read segment", "read released", "read message", "hear recorder", "hear offloader"}
CAN = {
    "recorder": (
        RECORDER,
        READS
        | {"read key", "list keys", "put key", "lock recorder out", "read trust", "lock custodian out"}
        | {"add to journal", "put journal", "remove journal", "add to log", "put into recording", "file receipt", "speak for recorder"}
        | {"change segment", "open segment to all", "lease segment", "remove segment"},
    ),
    "custodian": (
        CUSTODIAN,
        READS
        | {"read trust", "lock custodian out", "put revocation", "file receipt", "put into recording", "add to released"}
        | {"put message", "remove message", "remove segment", "shut inbox", "remove recording"},
    ),
    "offloader": (OFFLOADER, READS | {"put message", "change message", "remove message", "speak for offloader"}),
    "a stranger": (STRANGER, set[str]()),
}


@pytest.fixture
def shift() -> Iterator[Shift]:
    """A vault given to its three users, a closed recording in it, a message of the offloader, both told files."""
    with open_folder() as folder:
        made = Shift(folder / "vault")
        start = made.start()
        start.record(1)
        start.off()
        share(made.vault, USERS)
        share_run(folder / "run", USERS)
        tell(folder / "run", RecorderTold(0, "docked", True))
        tell(folder / "run", OffloadTold(True, 1, 0, 1, 0, "", "", 0))
        for path, user in ((folder / "run/recorder", USERS.recorder), (folder / "run/offload", USERS.offloader)):
            os.chown(path / "told.json", user, -1)
        (made.vault.inbox / "message").write_bytes(b"x")
        os.chown(made.vault.inbox / "message", USERS.offloader, USERS.offload)
        yield made


@pytest.mark.parametrize("who", CAN)
def test_each_user_can_do_what_it_is_for_and_the_kernel_refuses_the_rest(shift: Shift, who: str) -> None:
    user, can = CAN[who]
    done = ran(user, "-m", "tests.storage.attempts", shift.vault.root, shift.vault.root.parent / "run")
    assert done.returncode == 0, done.stderr
    ended: dict[str, str] = json.loads(done.stdout)
    assert {name for name, how in ended.items() if how == "done"} == can
    assert {how for how in ended.values()} <= {"done", "EACCES", "EPERM"}


PROGRAM = """
import sys
from pathlib import Path
from bwc_agent.evidence.layout import Vault
from bwc_agent.storage.alone import {lock}
with {lock}(Vault(Path(sys.argv[1]))):
    print("held")
"""


@pytest.mark.parametrize(("user", "lock"), [(RECORDER, "recorder_alone"), (CUSTODIAN, "custodian_alone")])
def test_recorder_and_custodian_can_hold_their_own_locks(shift: Shift, user: User, lock: str) -> None:
    done = ran(user, "-c", PROGRAM.format(lock=lock), shift.vault.root)
    assert done.stdout == "held\n", done.stderr


WORKS = """
import sys
from pathlib import Path
from bwc_agent.storage.startup import open_device, open_journal
from bwc_agent.evidence.keys import take_key
from bwc_agent.storage.filing import Filing
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.requests import OpenRecording
from tests.offload.shift import FIRST, desk, media
vault = Vault(Path(sys.argv[1]))
device = open_device(vault, "BWC-0001", take_key(vault.keys, "BWC-0001"), [desk().recipient.public("evidence room")])
filing = Filing(device, open_journal(device, 0, []))
filing.perform(OpenRecording(0, 1, FIRST))
for request in media(1, 0):
    filing.perform(request)
filing.sync()
"""


def test_what_a_recorder_makes_in_the_shared_vault_is_readable_whatever_its_umask_and_writable_by_it_alone(shift: Shift) -> None:
    done = ran(RECORDER, "-c", WORKS, shift.vault.root)
    assert done.returncode == 0, done.stderr
    folder = shift.vault.recording(RecordingName(1, 1))
    assert _is(folder) == (0o2775, USERS.recorder, USERS.custody)
    made = [shift.vault.journal(1), shift.vault.journal_signer(1), folder / "log.jsonl", folder / "signer.pem", folder / "0001.tink"]
    assert {_is(path) for path in made} == {(0o644, USERS.recorder, USERS.custody)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in shift.vault.keys.iterdir()} == {0o600}


def _is(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def test_sharing_again_changes_nothing_and_leaves_what_the_users_made(shift: Shift) -> None:
    assert ran(RECORDER, "-c", WORKS, shift.vault.root).returncode == 0
    before = {path: (_is(path), path.stat().st_ctime_ns) for path in shift.vault.root.rglob("*")}
    share(shift.vault, USERS)
    assert {path: (_is(path), path.stat().st_ctime_ns) for path in shift.vault.root.rglob("*")} == before


def test_sharing_gives_away_nothing_that_a_user_led_it_to(shift: Shift, tmp_path: Path) -> None:
    secret = shift.vault.root.parent / "secret"
    secret.write_bytes(b"root's own")
    secret.chmod(0o600)
    planted = shift.vault.recordings / "000000-0001/x"
    planted.hardlink_to(secret)
    with pytest.raises(StorageError, match="no plain file with one name"):
        share(shift.vault, USERS)
    planted.unlink()
    planted.symlink_to(secret)
    with pytest.raises(StorageError, match="cannot open"):
        share(shift.vault, USERS)
    assert _is(secret) == (0o600, 0, 0)


def test_a_folder_that_turns_into_a_link_under_the_eyes_of_root_leads_it_nowhere(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    etc = shift.vault.root.parent / "etc"
    etc.mkdir()
    (etc / "shadow").write_bytes(b"root's own")
    (etc / "shadow").chmod(0o600)
    planted = shift.vault.inbox / "planted"
    planted.mkdir()
    really = os.open

    def robbed(path: Any, flags: int, *more: Any, **where: Any) -> int:
        """What stood there a moment ago is another thing when it is opened to be listed."""
        if path == planted.name and flags == os.O_RDONLY and not planted.is_symlink():
            planted.rename(planted.with_name("aside"))
            planted.symlink_to(etc)
        return really(path, flags, *more, **where)

    monkeypatch.setattr(os, "open", robbed)
    share(shift.vault, USERS)
    assert planted.is_symlink() and _is(etc / "shadow") == (0o600, 0, 0)


def test_recorder_and_offloader_hear_each_other(shift: Shift) -> None:
    run = shift.vault.root.parent / "run"
    told = "from pathlib import Path; from bwc_agent.offload.told import *; tell(Path('{run}'), RecorderTold(7, 'docked', True))"
    assert ran(RECORDER, "-c", told.format(run=run)).returncode == 0
    heard = hear(run, RecorderTold)
    assert heard is not None and heard.start == 7
    done = ran(OFFLOADER, "-c", f"from pathlib import Path; from bwc_agent.offload.told import *; print(hear(Path('{run}'), RecorderTold))")
    assert done.stdout.startswith("RecorderTold(start=7"), done.stderr


def test_users_that_are_not_there_are_named_with_the_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match=r"bwc-recorder.*add users bwc-recorder, bwc-custodian, bwc-offloader"):
        find_users()
    assert main(["--vault", str(tmp_path)]) == ConfigError.exit_status
    assert "add users" in capsys.readouterr().err


def test_a_user_in_a_group_too_many_or_too_few_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECORDER", "CUSTODIAN", "OFFLOADER", "EVERYBODY", "CUSTODY"):
        monkeypatch.setattr(shared, name, "root")
    monkeypatch.setattr(shared, "EVERYBODY", "daemon")
    with pytest.raises(ConfigError, match="root must be in daemon and root"):
        find_users()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may give files away")
def test_without_root_it_is_said(tmp_path: Path) -> None:
    made = Shift(tmp_path / "vault")
    with pytest.raises(StorageError, match="run this as root"):
        share(made.vault, USERS)


def test_what_is_no_vault_is_not_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shared, "find_users", lambda: USERS)
    assert main(["--vault", str(tmp_path)]) == ConfigError.exit_status
    assert "enrol the device first" in capsys.readouterr().err and not os.listdir(tmp_path)
