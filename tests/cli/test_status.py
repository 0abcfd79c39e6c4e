"""`bwc status`: the figures are what lies there and what two processes say, each under the name of a metric."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bwc_agent.cli.main import app
from bwc_agent.cli.status import METRICS, TOLD, look
from bwc_agent.offload.told import OffloadTold, RecorderTold, tell
from tests.offload.shift import UTC, Shift, Start

HOUR_US = 3_600_000_000
AT_WORK = OffloadTold(True, 17, 3, 1000, 410, "BWC-0001/recordings/000000-0001/0001.tink", "", 1)


def worked(root: Path, until: int = 2) -> Shift:
    """A device with one recording, switched off."""
    shift = Shift(root)
    start: Start = shift.start()
    start.record(1, segments=2, notes=True)
    start.end(until * 48_000)
    return shift


def status(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["status", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_has_no_receipt_is_counted_and_what_is_released_is_not(tmp_path: Path) -> None:
    shift = worked(tmp_path / "vault")
    told = json.loads(status(shift.vault.root, "--json"))
    files = list(shift.vault.recordings.glob("*/*.tink"))
    assert told["bwc_undelivered_recordings"] == 1 and told["bwc_undelivered_files"] == len(files) == 4
    assert told["bwc_undelivered_bytes"] == sum(path.stat().st_size for path in files) < told["bwc_vault_bytes"]
    for path in files:
        path.unlink()
    told = json.loads(status(shift.vault.root, "--json"))
    assert [told[f"bwc_undelivered_{name}"] for name in ("recordings", "files", "bytes", "oldest_age_seconds")] == [0, 0, 0, 0]


@pytest.mark.parametrize(("now", "age"), [(UTC + HOUR_US, 3600), (UTC - HOUR_US, 0)])
def test_the_age_is_by_clocks_and_never_below_nothing(tmp_path: Path, now: int, age: int) -> None:
    seen = look(worked(tmp_path / "vault").vault, None, now)
    assert {metric.name: metric.read(seen) for metric in METRICS}["bwc_undelivered_oldest_age_seconds"] == age


def test_an_age_that_no_clock_claims_is_not_known(tmp_path: Path) -> None:
    shift = worked(tmp_path / "vault")
    shift.vault.journal(0).unlink()
    assert json.loads(status(shift.vault.root, "--json"))["bwc_undelivered_oldest_age_seconds"] is None
    assert re.search(r"age of the oldest.* not known", status(shift.vault.root))


def test_what_the_processes_say_is_shown_where_they_say_it(tmp_path: Path) -> None:
    vault, run = worked(tmp_path / "vault").vault.root, tmp_path / "run"
    assert not any(name.startswith(TOLD) for name in json.loads(status(vault, "--json")))
    silent = json.loads(status(vault, "--run", run, "--json"))
    assert {value for name, value in silent.items() if name.startswith(TOLD)} == {None}
    tell(run, RecorderTold(7, "docked", True))
    tell(run, AT_WORK)
    told = json.loads(status(vault, "--run", run, "--json"))
    assert (told["bwc_recorder_state"], told["bwc_recorder_idle"], told["bwc_recorder_start"]) == ("docked", 1, 7)
    assert (told["bwc_offload_running"], told["bwc_offload_files"], told["bwc_offload_files_done"]) == (1, 17, 3)


def test_an_offloader_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    vault, run = worked(tmp_path / "vault").vault.root, tmp_path / "run"
    tell(run, OffloadTold(False, 0, 0, 0, 0, "", "\x1b[2Jall is well\nbwc starts 9", 1))
    said = status(vault, "--run", run)
    assert "\x1b" not in said and re.search(r"in its way\s+\[2Jall is well bwc starts 9", said)


def test_each_figure_has_a_name_that_a_metric_can_have() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"bwc_[a-z_]+", name) for name in names)
