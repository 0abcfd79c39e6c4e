"""BY_HAND.md, run as it stands: its blocks prove and open a simulated record, and each stops at what was altered."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.evidence.recipients import RecipientPrivate
from simulator.scenario import load_scenario
from tests.e2e.played import WORD, Shift, play
from tests.evidence.by_hand import CLOSED, PAGE, run

CUT = "000000-0002"
SHIFT = """
length = "116 s"
[settings.picture]
size = "320x180"
rate = 20
bitrate = "300 kb/s"
[[event]]
at = "4 s"
do = "double press"
[[event]]
at = "6 s"
do = "fix 41.8781 -87.6298"
[[event]]
at = "68 s"
do = "hold"
[[event]]
at = "98 s"
do = "double press"
[[event]]
at = "104 s"
do = "cut power"
[[event]]
at = "108 s"
do = "boot"
"""


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    """Two starts: the first closed a recording of two segments with notes, and lost its power within another."""
    root = tmp_path_factory.mktemp("by-hand")
    (root / "shift.toml").write_text(SHIFT)
    return play(load_scenario(root / "shift.toml"), root)


@pytest.fixture
def table(shift: Shift, tmp_path: Path) -> Path:
    """What the page asks for, laid out as it says."""
    for name in ("journal", "recordings"):
        shutil.copytree(shift.vault.root / name, tmp_path / "device" / name)
    shutil.copy(shift.agency.authority, tmp_path / "authority.pem")
    shutil.copy(shift.agency.recipient_key(), tmp_path / "recipient.key")
    (tmp_path / "passphrase").write_bytes(WORD + b"\n")
    shutil.copy(shift.exported().mp4, tmp_path / "export.mp4")
    return tmp_path


def test_it_proves_and_opens_a_closed_recording(table: Path) -> None:
    ran = run(table)
    assert (ran.returncode, ran.stderr) == (0, "")
    for said in ("signer.pem: device and start SIM-0001 0", "0002.tink: OK", "device/recordings/000000-0001/log.jsonl: OK", "418781000"):
        assert said in ran.stdout
    assert re.findall(r"track ([12]) is [0-9a-f]{64}", ran.stdout) == ["1", "2"]


def test_it_opens_what_a_power_cut_ended_as_far_as_it_is_signed(table: Path) -> None:
    ran = run(table, PAGE[: PAGE.index("## 7. An export")], CUT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "device/recordings/000000-0002/0001.tink: OK" in ran.stdout
    assert "hand/0001.mp4" in ran.stdout and "track 1" not in ran.stdout


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _sealed_byte(table: Path) -> None:
    flip(table / "device/recordings" / CLOSED / "0002.tink", 5000)


def _log_byte(table: Path) -> None:
    log = table / "device/recordings" / CLOSED / "log.jsonl"
    flip(log, log.read_bytes().index(b'"gesture"') + 12)


def _journal_byte(table: Path) -> None:
    journal = table / "device/journal/000000.jsonl"
    flip(journal, journal.read_bytes().index(b'"sha256":"') + 12)


def _tail_cut_from_an_old_journal(table: Path) -> None:
    journal = table / "device/journal/000000.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    last = max(n for n, line in enumerate(lines[:-1]) if b'"kind":"sig"' in line)
    journal.write_bytes(b"".join(lines[: last + 1]))


def _time_of_the_last_signature(table: Path) -> None:
    journal = max((table / "device/journal").glob("*.jsonl"))
    data = journal.read_bytes()
    at = data.rindex(b'"t":') + 4
    journal.write_bytes(data[:at] + bytes([data[at] % 48 % 9 + 49]) + data[at + 1 :])


def _recording_taken_away(table: Path) -> None:
    shutil.rmtree(table / "device/recordings" / CUT)


def _file_put_there(table: Path) -> None:
    shutil.copy(table / "device/recordings" / CLOSED / "0001.tink", table / "device/recordings" / CLOSED / "0003.tink")


def _authority_of_somebody_else(table: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=trial authority",
         "-keyout", "other.key", "-out", "authority.pem"],
        cwd=table, check=True, capture_output=True,
    )  # fmt: skip


def _key_of_somebody_else(table: Path) -> None:
    (table / "recipient.key").write_bytes(RecipientPrivate.generate().dump(WORD))


def _export_of_something_else(table: Path) -> None:
    shutil.copy(table / "export.mp4", table / "whole.mp4")
    cut = ["ffmpeg", "-v", "error", "-y", "-i", "whole.mp4", "-t", "3", "-c", "copy", "export.mp4"]
    subprocess.run(cut, cwd=table, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (_authority_of_somebody_else, "signer.pem|first.pem: verification failed"),
        (_log_byte, "log.jsonl: line 2: Verification failure"),
        (_file_put_there, "> 0003.tink"),
        (_sealed_byte, "0002.tink: its first [0-9]+ bytes are not those that were signed"),
        (_journal_byte, "000000.jsonl: line [0-9]+: Verification failure"),
        (_tail_cut_from_an_old_journal, "journal/000000.jsonl: FAILED"),
        (_time_of_the_last_signature, "a signature has another time than the line before it"),
        (_recording_taken_away, "000000-0002/log.jsonl: FAILED open or read"),
        (_key_of_somebody_else, "0001.tink is sealed for [0-9a-f, ]+, not for"),
        (_export_of_something_else, "> [0-9a-f]{64}"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_what_was_altered_stops_it_and_is_named(table: Path, alter: Callable[[Path], None], said: str) -> None:
    alter(table)
    ran = run(table)
    assert ran.returncode != 0
    assert re.search(said, ran.stdout + ran.stderr)
