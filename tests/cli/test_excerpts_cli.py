"""`bwc evidence excerpt`, `link` and what `verify` prints of a film, as people type them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_cli import bwc, word
from tests.e2e.played import SERIAL, Shift, shipped_shift


@pytest.fixture
def shift() -> Shift:
    return shipped_shift("again")


def cut(shift: Shift, out: Path, begin: str, end: str, *more: object) -> subprocess.CompletedProcess[str]:
    keys = shift.agency
    options = ["--trust", keys.authority, "--key", keys.recipient_key(), "--who", "w", "--purpose", "p", "--out", out]
    return bwc("evidence", "excerpt", shift.folder(), "--from", begin, "--to", end, *options, "--passphrase-file", word(out), *more)


def record(shift: Shift, folder: Path) -> Path:
    """Only the log and its chain."""
    folder.mkdir()
    for name in ("log.jsonl", "signer.pem"):
        shutil.copy(shift.folder() / name, folder)
    return folder


def test_an_excerpt_is_cut_signed_and_proven_by_the_log_alone(shift: Shift, tmp_path: Path) -> None:
    done = cut(shift, tmp_path, "12.5", "00:20", "--agency", shift.agency.root, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    mp4 = Path(said["mp4"])
    assert said["verdict"] == "complete" and mp4.name.endswith(f"_{said['seconds']}.mp4")
    assert mp4.with_name(f"{mp4.stem}_statement.jsonl").is_file()
    verified = bwc("evidence", "verify", mp4, "--record", record(shift, tmp_path / "record"), "--trust", shift.agency.authority, "--json")
    (row,) = json.loads(verified.stdout)["seconds"]
    assert (verified.returncode, row["what"]) == (0, "original")
    first, last = row["recording"]
    assert first <= 12.5 and last >= 19.9
    table = bwc("evidence", "verify", mp4, "--record", tmp_path / "record", "--trust", shift.agency.authority).stdout
    assert "seconds of the recording" in table and f"{first:.2f} - {last:.2f}" in table


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("90", "95", "is outside the recording, which has the seconds 0 to"),
        ("5", "x", "is no time: write seconds"),
        ("5", "5", "not behind"),
    ],
)
def test_a_bad_time_is_a_sentence_with_what_is_allowed_and_makes_nothing(
    shift: Shift, tmp_path: Path, begin: str, end: str, said: str
) -> None:
    done = cut(shift, tmp_path, begin, end)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["word"]


def test_a_folder_of_several_recordings_is_asked_for_one(shift: Shift, tmp_path: Path) -> None:
    keys = shift.agency
    options = ["--trust", keys.authority, "--key", keys.recipient_key(), "--who", "w", "--purpose", "p", "--out", tmp_path]
    done = bwc("evidence", "excerpt", shift.vault.root, "--from", "1", "--to", "2", *options, "--passphrase-file", word(tmp_path))
    assert done.returncode == 2 and "holds 2 recordings: give the folder of one" in done.stderr


def test_a_copy_is_linked_once_and_verify_reads_the_link(shift: Shift, tmp_path: Path) -> None:
    mp4 = Path(json.loads(cut(shift, tmp_path, "3", "6", "--json").stdout)["mp4"])
    of = record(shift, tmp_path / "record")
    words = ("evidence", "link", mp4, "--of", of, "--trust", shift.agency.authority, "--who", "me", "--why", "for the press")
    signed = (*words, "--agency", shift.agency.root, "--passphrase-file", word(tmp_path))
    assert bwc(*signed).returncode == 0
    assert mp4.with_name(f"{mp4.name}_link.jsonl").is_file()
    assert bwc(*signed).returncode == 4
    told = bwc("evidence", "verify", mp4, "--record", of, "--trust", shift.agency.authority)
    assert told.returncode == 0 and "linked by me" in told.stdout and "for the press" in told.stdout
    with mp4.open("ab") as file:
        file.write(bytes(8))
    told = bwc("evidence", "verify", mp4, "--record", of, "--trust", shift.agency.authority)
    assert told.returncode == 13 and "this copy was changed" in told.stdout


def test_of_a_revoked_camera_nothing_is_cut_linked_exported_or_believed(shift: Shift, tmp_path: Path) -> None:
    mp4 = Path(json.loads(cut(shift, tmp_path, "3", "6", "--json").stdout)["mp4"])
    held, keys = tmp_path / "revocations", shift.agency
    options = ["--agency", keys.root, "--out", held, "--passphrase-file", word(tmp_path)]
    assert bwc("evidence", "revoke", SERIAL, "--last-start", -1, "--why", "stolen", *options).returncode == 0
    known = ["--trust", keys.authority, "--revocations", held]
    verified = bwc("evidence", "verify", mp4, "--record", shift.folder(), *known)
    assert verified.returncode == 16 and "stolen" in verified.stdout
    linked = bwc("evidence", "link", mp4, "--of", shift.folder(), *known, "--who", "me", "--why", "x")
    key = ["--key", keys.recipient_key(), "--who", "w", "--purpose", "p", "--out", tmp_path, "--passphrase-file", word(tmp_path)]
    exported = bwc("evidence", "export", shift.folder(), *known, *key)
    for refused in (linked, exported, cut(shift, tmp_path, "7", "9", "--revocations", held)):
        assert refused.returncode == 3 and "stolen" in refused.stderr


def test_without_an_agencys_key_the_link_says_that_it_is_not_signed(shift: Shift, tmp_path: Path) -> None:
    mp4 = Path(json.loads(cut(shift, tmp_path, "3", "6", "--json").stdout)["mp4"])
    done = bwc("evidence", "link", mp4, "--of", shift.folder(), "--trust", shift.agency.authority, "--who", "me", "--why", "x")
    assert done.returncode == 0 and "NOT signed" in done.stdout
    assert mp4.with_name(f"{mp4.name}_link.json").is_file()
    assert (
        bwc(
            "evidence", "link", tmp_path / "gone.mp4", "--of", tmp_path, "--trust", shift.agency.authority, "--who", "m", "--why", "x"
        ).returncode
        == 2
    )
