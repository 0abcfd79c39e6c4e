"""`bwc` as its users type it: each bad input is one clear sentence and its exit status, and nothing changes on disk."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bwc_agent.evidence.given import given_revocations
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.signed import spoken_for
from bwc_agent.evidence.trusted import read_authority
from simulator.scenario import shipped
from tests.e2e.played import SERIAL, WORD, Shift, shipped_shift


def bwc(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bwc_agent.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL)


def word(tmp_path: Path, text: bytes = WORD) -> Path:
    path = tmp_path / "word"
    path.write_bytes(text)
    return path


@pytest.fixture
def shift() -> Shift:
    return shipped_shift("again")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


BAD_SCENARIOS = [
    ('length = "10 s"\n[settings.buffer]\nseconds = 29\n', "line 3: settings.buffer.seconds: 29 is below the floor of DHS 045-07 V.A.7"),
    ('length = "10 s"\nlenght = 3\n', "line 2: lenght: unknown key; did you mean 'length'?"),
    ("length = 10\n", "line 1: length: 10 is not understood"),
    ('length = "10 s"\n[[event]]\nat = "5 s"\ndo = "dubble press"\n', "did you mean 'double press'?"),
    ('length = "10 s"\n[[event]]\nat = "15 s"\ndo = "press"\n', "line 3: event.0.at: outside the scenario"),
    ('length = "10 s"\n[[event]]\nat = "5 s"\ndo = "boot"\n', "the device is on"),
    ("length = \n", "not TOML"),
]


@pytest.mark.parametrize(("text", "said"), BAD_SCENARIOS)
def test_a_bad_scenario_is_refused_by_place_and_mend_and_nothing_is_made(text: str, said: str, tmp_path: Path) -> None:
    scenario = tmp_path / "bad.toml"
    scenario.write_text(text)
    done = bwc("sim", scenario, "--out", tmp_path / "out")
    assert done.returncode == 2 and said in done.stderr.replace("\n", " ")
    assert not (tmp_path / "out").exists()


def test_an_unreadable_scenario_is_refused(tmp_path: Path) -> None:
    done = bwc("sim", tmp_path / "none.toml", "--out", tmp_path / "out")
    assert done.returncode == 2 and "check the path" in done.stderr


def test_list_and_verify_give_json_for_scripts(shift: Shift) -> None:
    listed = json.loads(bwc("evidence", "list", shift.vault.root, "--trust", shift.agency.authority, "--json").stdout)
    assert {row["device"] for row in listed["recordings"]} == {SERIAL}
    assert [row["verdict"] for row in listed["recordings"]] == ["complete", "complete"]
    verified = bwc("evidence", "verify", shift.folder(), "--trust", shift.agency.authority, "--json")
    assert verified.returncode == 0 and json.loads(verified.stdout)["verdict"] == "complete"


def test_a_foreign_certificate_is_an_unknown_signer(shift: Shift) -> None:
    other = shipped_shift("sleep")
    assert bwc("evidence", "verify", shift.folder(), "--trust", other.agency.authority).returncode == 16


def test_what_is_no_recording_is_said_to_be_none(shift: Shift, tmp_path: Path) -> None:
    assert bwc("evidence", "verify", tmp_path, "--trust", shift.agency.authority).returncode == 2
    assert bwc("evidence", "verify", tmp_path / "gone", "--trust", shift.agency.authority).returncode == 2


def export(shift: Shift, key: Path, passphrase: Path, out: Path) -> subprocess.CompletedProcess[str]:
    options = ["--who", "w", "--purpose", "p", "--out", out, "--passphrase-file", passphrase]
    return bwc("evidence", "export", shift.folder(), "--trust", shift.agency.authority, "--key", key, *options)


def test_a_wrong_key_a_wrong_passphrase_and_a_missing_folder_export_nothing(shift: Shift, tmp_path: Path) -> None:
    out, before = tmp_path / "out", snapshot(shift.vault.root)
    key = shift.agency.recipient_key()
    assert export(shift, key, word(tmp_path), out).returncode == 2
    out.mkdir()
    stranger = shipped_shift("sleep").agency.recipient_key()
    assert export(shift, stranger, word(tmp_path), out).returncode == 3
    assert export(shift, key, word(tmp_path, b"wrong"), out).returncode == 2
    assert list(out.iterdir()) == [] and snapshot(shift.vault.root) == before


def test_a_good_export_is_never_overwritten(shift: Shift, tmp_path: Path) -> None:
    assert export(shift, shift.agency.recipient_key(), word(tmp_path), tmp_path).returncode == 0
    before = snapshot(tmp_path)
    again = export(shift, shift.agency.recipient_key(), word(tmp_path), tmp_path)
    assert again.returncode == 4
    assert snapshot(tmp_path) == before


def test_keys_are_made_once_under_a_passphrase(tmp_path: Path) -> None:
    made = bwc("keys", "--out", tmp_path / "keys", "--device", tmp_path / "vault", "--passphrase-file", word(tmp_path))
    assert made.returncode == 0 and (tmp_path / "vault" / "keys" / "000000.pem").is_file()
    for key in (tmp_path / "keys").rglob("*.key"):
        assert b"ENCRYPTED PRIVATE KEY" in key.read_bytes()
    assert bwc("keys", "--out", tmp_path / "keys", "--passphrase-file", word(tmp_path)).returncode == 4
    assert bwc("keys", "--out", tmp_path / "other").returncode == 2


def test_status_counts_and_refuses_what_is_no_vault(shift: Shift, tmp_path: Path) -> None:
    told = json.loads(bwc("status", shift.vault.root, "--json").stdout)
    assert told["bwc_recordings"] == 2 and told["bwc_starts"] == 1
    assert bwc("status", tmp_path).returncode == 2


def test_a_clip_that_holds_no_picture_is_a_hardware_error(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("no clip")
    done = bwc("sim", shipped("again"), "--out", tmp_path / "out", "--camera", clip)
    assert done.returncode == 6 and "no picture" in done.stderr


def test_a_key_that_is_not_there_is_a_sentence_and_no_traceback(shift: Shift, tmp_path: Path) -> None:
    keys, gone = shift.agency, tmp_path / "gone.key"
    options = ["--key", keys.receipt_key, "--open", gone, "--passphrase-file", word(tmp_path)]
    done = bwc("custody", shift.root / "storage", "--trust", keys.authority, *options)
    assert done.returncode == 2 and str(gone) in done.stderr and "Traceback" not in done.stderr


def test_a_lost_camera_is_revoked_and_its_later_starts_are_of_an_unknown_signer(shift: Shift, tmp_path: Path) -> None:
    authority, out = shift.agency.authority, tmp_path / "revocations"
    options = ["--why", "stolen", "--agency", shift.agency.root, "--out", out, "--passphrase-file", word(tmp_path)]
    done = bwc("evidence", "revoke", SERIAL, "--last-start", -1, *options)
    assert done.returncode == 0 and "none of its starts counts" in done.stdout
    assert bwc("evidence", "revoke", SERIAL, "--last-start", -1, *options).returncode == 0 and len(list(out.iterdir())) == 2
    verified = bwc("evidence", "verify", shift.vault.root, "--trust", authority, "--revocations", out)
    assert verified.returncode == 16 and "stolen" in verified.stdout
    assert bwc("evidence", "verify", shift.vault.root, "--trust", authority, "--revocations", tmp_path / "none").returncode == 2
    seen = bwc("evidence", "revoke", SERIAL, "--last-start", 0, "--seen", shift.vault.root, *options)
    assert seen.returncode == 0 and "its last start that counts is 0 up to byte" in seen.stdout
    held = given_revocations(out, read_authority(authority)).held
    said = spoken_for(shift.vault.journal(0).read_bytes())
    assert (len(said), sha256_hex(said)) in [revocation.journal for revocation in held], "not the signature's line, which has a twin"
    gone = bwc("evidence", "revoke", SERIAL, "--last-start", 7, "--seen", shift.vault.root, *options)
    assert gone.returncode == 2 and "no journal of start 7" in gone.stderr
    assert "give --last-start as `bwc evidence verify --starts` lists it, or leave --seen out" in gone.stderr
    before = snapshot(tmp_path)
    assert bwc("evidence", "revoke", "../x", "--last-start", 0, *options).returncode == 2
    assert snapshot(tmp_path) == before


def test_receipts_that_are_not_there_are_missed_aloud(shift: Shift, tmp_path: Path) -> None:
    done = bwc("evidence", "verify", shift.vault.root, "--trust", shift.agency.authority, "--receipts", tmp_path)
    assert done.returncode == 2 and "holds no receipts" in done.stderr


def test_what_is_no_authority_is_a_wrong_option_and_no_finding_about_the_evidence(shift: Shift) -> None:
    for trust in (shift.agency.root / "receipt.pem", Path(__file__)):
        done = bwc("evidence", "verify", shift.folder(), "--trust", trust)
        assert done.returncode == 2 and "is not the certificate of the agency's authority" in done.stderr.replace("\n", " ")


def test_a_folder_that_is_no_recording_is_not_called_incomplete(shift: Shift) -> None:
    done = bwc("evidence", "verify", shift.exported().mp4, "--record", shift.root, "--trust", shift.agency.authority)
    assert done.returncode == 2 and "give the one of the recording that the film came from" in done.stderr.replace("\n", " ")
