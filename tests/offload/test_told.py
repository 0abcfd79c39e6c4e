"""What recorder and offloader tell each other is read as if an enemy had written it."""

import os
from pathlib import Path

import pytest

from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell

IDLE = RecorderTold(3, "docked", True)


def test_what_is_told_is_heard_and_replaces_what_was_told_before(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert hear(run, RecorderTold) is None
    tell(run, RecorderTold(3, "recording", False))
    tell(run, IDLE)
    told = OffloadTold(True, 3, 1, 900, 300, "BWC-0001/recordings/000003-0001/0001.tink", "", 1)
    tell(run, told)
    assert (hear(run, RecorderTold), hear(run, OffloadTold)) == (IDLE, told)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\n",
        b'{"idle":true,"start":3}\n',
        b'{"idle":1,"start":3,"state":"docked"}\n',
        b'{"idle":true,"more":1,"start":3,"state":"docked"}\n',
        b'{"idle":true,"start":"3","state":"docked"}\n',
        b'{"idle":true,"start":3,"state":"' + b"x" * 5000 + b'"}\n',
    ],
)
def test_a_damaged_word_is_none(tmp_path: Path, data: bytes) -> None:
    tell(tmp_path, IDLE)
    (tmp_path / "recorder/told.json").write_bytes(data)
    assert hear(tmp_path, RecorderTold) is None


def test_a_pipe_or_a_link_in_its_place_neither_hangs_nor_leads_elsewhere(tmp_path: Path) -> None:
    tell(tmp_path, IDLE)
    path = tmp_path / "recorder/told.json"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert hear(tmp_path, RecorderTold) is None
    path.unlink()
    os.mkfifo(path)
    assert hear(tmp_path, RecorderTold) is None
