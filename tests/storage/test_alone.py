"""Two recorders on one vault would sign with one key."""

import subprocess
import sys
from pathlib import Path

import pytest

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.storage.alone import custodian_alone, recorder_alone

HOLDS = """
import sys
from pathlib import Path
from bwc_agent.evidence.layout import Vault
from bwc_agent.storage.alone import recorder_alone
with recorder_alone(Vault(Path(sys.argv[1]))):
    print("held", flush=True)
    input()
"""


def test_another_recorder_is_refused_until_the_first_has_gone_even_if_it_was_killed(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.keys.mkdir()
    other = subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(StorageError, match=r"another recorder runs on .*: end it first"), recorder_alone(vault):
            pass
        other.kill()
    with recorder_alone(vault):
        pass
    with recorder_alone(vault):
        pass


def test_a_vault_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot open .*nowhere/keys: No such file"), recorder_alone(Vault(tmp_path / "nowhere")):
        pass


def test_a_recorder_and_a_custodian_are_alone_side_by_side_and_a_second_of_either_is_refused(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.keys.mkdir()
    vault.trust.mkdir()
    with recorder_alone(vault), custodian_alone(vault):
        with pytest.raises(StorageError, match="another recorder"), recorder_alone(vault):
            pass
        with pytest.raises(StorageError, match="another custodian"), custodian_alone(vault):
            pass
