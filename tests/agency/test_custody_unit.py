"""The service unit is one that systemd understands, and starts `bwc custody` with options that it has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_cli import bwc

UNIT = Path(__file__).parents[2] / "systemd/bwc-custody.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
def test_systemd_has_nothing_to_say_about_it(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/usr/local/bin/bwc", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_option_that_it_gives_is_one_of_the_command_and_every_file_is_handed_to_it() -> None:
    text = UNIT.read_text()
    start = text[text.index("ExecStart=") : text.index("Restart=")]
    options = re.findall(r"--[a-z-]+", start)
    told = bwc("custody", "--help").stdout
    assert "--every" in options and all(option in told for option in options)
    assert set(re.findall(r"%d/([a-z.]+)", start)) <= set(re.findall(r"^LoadCredential=([a-z.]+):", text, re.MULTILINE))
