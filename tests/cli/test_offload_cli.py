"""`bwc offload` as it is typed: one pass, its progress where nobody sees a bar, and each failure with its exit status."""

from pathlib import Path

import pytest

from bwc_agent.offload.told import RecorderTold, tell
from bwc_agent.storage.alone import recorder_alone
from tests.cli.test_cli import bwc
from tests.evidence.trial import SERIAL
from tests.offload.one_shift import expected, one_shift
from tests.offload.shift import Shift, tree

DRIVERS = {"camera": "opencv", "microphone": "none", "buttons": "keyboard", "indicator": "terminal"}
PARTS = "".join(f'[{part}]\ndriver = "{driver}"\n' for part, driver in DRIVERS.items())


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    one_shift(made)
    return made


@pytest.fixture
def config(tmp_path: Path, shift: Shift) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "dock").mkdir()
    device = f'serial = "{SERIAL}"\nvault = "{shift.vault.root}"\nrun = "{tmp_path / "run"}"\n'
    (folder / "device.toml").write_text(device + PARTS)
    (folder / "agency.toml").write_text(f'[offload]\ndriver = "folder"\nfolder = "{tmp_path / "dock"}"\n')
    return folder


def test_a_card_in_a_reader_is_delivered_whole_and_progress_is_said_in_lines(config: Path, shift: Shift, tmp_path: Path) -> None:
    done = bwc("offload", "--config", config, "--once", "--no-recorder")
    assert done.returncode == 0, done.stderr
    assert expected(shift.vault).items() <= tree(tmp_path / "dock" / SERIAL).items()
    assert f"{len(expected(shift.vault))} files" in done.stdout
    assert f"0 of {len(expected(shift.vault))} files" in done.stderr
    again = bwc("offload", "--config", config, "--once", "--no-recorder")
    assert again.returncode == 0 and "0 files, 0 bytes delivered" in again.stdout


def test_without_a_word_the_newest_start_is_taken_to_be_running(config: Path, shift: Shift, tmp_path: Path) -> None:
    assert bwc("offload", "--config", config, "--once").returncode == 0
    there = tree(tmp_path / "dock" / SERIAL)
    assert "journal/000000.jsonl" in there and "journal/000001.jsonl" not in there


def test_that_no_recorder_works_is_not_believed_while_one_does(config: Path, shift: Shift, tmp_path: Path) -> None:
    with recorder_alone(shift.vault):
        done = bwc("offload", "--config", config, "--once", "--no-recorder")
    assert done.returncode == 4 and "another recorder runs" in done.stderr
    assert tree(tmp_path / "dock") == {}


def test_a_camera_that_is_busy_is_refused(config: Path, tmp_path: Path) -> None:
    tell(tmp_path / "run", RecorderTold(1, "recording", False))
    done = bwc("offload", "--config", config, "--once")
    assert done.returncode == 2 and "dock the camera" in done.stderr


def test_what_is_refused_at_the_destination_is_named_and_the_exit_status_says_whose_fault_it_is(config: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "dock" / SERIAL / "recordings" / "000000-0001" / "0001.tink"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"other")
    mailbox = tmp_path / "dock" / SERIAL / "mailbox"
    mailbox.mkdir()
    (mailbox / "notes.txt").write_bytes(b"x")
    done = bwc("offload", "--config", config, "--once")
    assert done.returncode == 5 and "0001.tink; what is there is left as it is" in done.stderr
    assert "'notes.txt' refused" in done.stderr


def test_a_destination_that_is_not_there_is_named(config: Path, tmp_path: Path) -> None:
    (tmp_path / "dock").rmdir()
    done = bwc("offload", "--config", config, "--once")
    assert done.returncode == 5 and "plug the destination in" in done.stderr


def test_without_a_destination_nothing_is_delivered(config: Path) -> None:
    (config / "agency.toml").write_text("")
    done = bwc("offload", "--config", config, "--once")
    assert done.returncode == 2 and "delivers nowhere" in done.stderr
