"""A card that is not there, or is another camera's, is named before anything goes to a store that keeps it for years."""

from pathlib import Path

import pytest

from bwc_agent.errors import BwcError, ConfigError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.docking import Docking, Work
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.right_vault import check_vault
from tests.evidence.trial import SERIAL
from tests.offload.shift import Shift, tree


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    start = made.start()
    start.record(1)
    start.off()
    return made


@pytest.mark.parametrize(
    ("vault", "serial", "kind", "mend"),
    [
        ("vauld", SERIAL, StorageError, "is no vault: mount the card"),
        ("vault", "BWC-7777", ConfigError, f"is of the camera '{SERIAL}', and device.toml says serial = 'BWC-7777'"),
    ],
)
def test_nothing_is_sent_of_no_vault_or_of_another_cameras(
    shift: Shift, tmp_path: Path, vault: str, serial: str, kind: type[BwcError], mend: str
) -> None:
    dock, wrong = tmp_path / "dock", Vault(shift.vault.root.parent / vault)
    dock.mkdir()
    with pytest.raises(kind, match=mend):
        list(Docking(Work(wrong, serial), lambda: 0, lambda line: None).deliver(Folder(dock)))
    assert not tree(dock)


@pytest.mark.parametrize("begin", [b"", b"{", b"[]\n", b'{"device":7}\n', b'{"device":"BWC-7777"', b"\xff" * 9000])
def test_a_journal_that_says_no_serial_keeps_nothing_from_being_sent(shift: Shift, begin: bytes) -> None:
    shift.vault.journal(0).write_bytes(begin)
    check_vault(shift.vault, SERIAL)


def test_a_vault_before_its_first_start_is_one(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    check_vault(Vault(tmp_path), SERIAL)
