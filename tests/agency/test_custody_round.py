"""Dock, custody, dock, custodian, as real processes: each sees only what is its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.software_key import key_to_pem
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from tests.agency.docked import FIRST, dock_device, flip, sealed, worked
from tests.evidence.trial import SERIAL
from tests.offload.shift import Shift, tree


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


@pytest.fixture
def dock(shift: Shift, tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    dock_device(shift, folder)
    return folder


_CUSTODY = """
import sys
from pathlib import Path
from bwc_agent.agency.custody import custody
from bwc_agent.evidence.certs import certificate_from_pem
from bwc_agent.evidence.software_key import SoftwareKey, key_from_pem
authority, certificate, key = (Path(name).read_bytes() for name in sys.argv[2:])
signer = SoftwareKey(key_from_pem(key, b"secret"))
report = custody(Path(sys.argv[1]), certificate_from_pem(authority), signer, certificate_from_pem(certificate))
sys.exit(report.exit_status)
"""


class Agency:
    """The agency's own machine: a receipt key under a passphrase, certified by the device's authority."""

    def __init__(self, shift: Shift, folder: Path) -> None:
        self.shift = shift
        self.key: ec.EllipticCurvePrivateKey = new_key()
        certificate: Certificate = shift.desk.agency.receipt(self.key)
        folder.mkdir()
        self.files = [folder / "authority.pem", folder / "receipt.pem", folder / "receipt.key"]
        contents = (chain_to_pem([shift.authority]), chain_to_pem([certificate]), key_to_pem(self.key, b"secret"))
        for path, content in zip(self.files, contents, strict=True):
            path.write_bytes(content)
        (shift.vault.trust / "receipt.pem").write_bytes(contents[1])

    def custody(self, dock: Path) -> int:
        return _run("-c", _CUSTODY, str(dock), *map(str, self.files))

    def custodian(self) -> int:
        vault = self.shift.vault
        places = ["--vault", str(vault.root), "--inbox", str(vault.inbox), "--trust", str(vault.trust)]
        return _run("-m", "bwc_agent.storage.custodian", *places)


def _run(*words: str) -> int:
    return subprocess.run([sys.executable, *words], capture_output=True, timeout=60, check=False).returncode


def test_dock_custody_dock_custodian_releases_every_closed_segment_and_keeps_the_rest(shift: Shift, dock: Path, tmp_path: Path) -> None:
    agency = Agency(shift, tmp_path / "agency")
    before = tree(shift.vault.root)
    assert agency.custody(dock) == 0
    assert len(bring_mail(shift.vault, SERIAL, Folder(dock)).brought) == len(sealed(dock))
    assert agency.custodian() == 0
    after = tree(shift.vault.root)
    assert before.keys() - after.keys() == sealed(dock).keys()
    kept = before.keys() & after.keys()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {name.split("/")[-2] for name in after.keys() - before.keys() if name != "released.jsonl"} == {"receipts"}
    for again in (agency.custody(dock), agency.custodian()):
        assert again == 0
    assert bring_mail(shift.vault, SERIAL, Folder(dock)).brought == ()
    dock_device(shift, dock)
    assert tree(shift.vault.root) == after


def test_corrupted_before_custody_nothing_is_released(shift: Shift, dock: Path, tmp_path: Path) -> None:
    agency = Agency(shift, tmp_path / "agency")
    for path in (dock / SERIAL).rglob("*.tink"):
        flip(path)
    before = tree(shift.vault.root)
    assert agency.custody(dock) == 13
    assert bring_mail(shift.vault, SERIAL, Folder(dock)).brought == ()
    assert agency.custodian() == 0
    assert tree(shift.vault.root) == before


def test_one_corrupted_segment_stays_on_the_device_and_is_delivered_again_once_it_is_moved_away(
    shift: Shift, dock: Path, tmp_path: Path
) -> None:
    agency = Agency(shift, tmp_path / "agency")
    bad = dock / SERIAL / FIRST / "0001.tink"
    flip(bad)
    assert agency.custody(dock) == 13
    bring_mail(shift.vault, SERIAL, Folder(dock))
    assert agency.custodian() == 0
    assert [p.relative_to(shift.vault.root).as_posix() for p in shift.vault.root.rglob("*.tink")] == [f"{FIRST}/0001.tink"]
    bad.rename(tmp_path / "bad")
    dock_device(shift, dock)
    assert agency.custody(dock) == 0
    bring_mail(shift.vault, SERIAL, Folder(dock))
    assert agency.custodian() == 0
    assert list(shift.vault.root.rglob("*.tink")) == []
