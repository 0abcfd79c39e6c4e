"""No cut ever bricks a device, and no key ever signs for two starts."""

import errno
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.certs import verify_chain
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.keys import StartKey, enrol, key_file, take_key
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.software_key import SoftwareKey, key_from_pem, key_to_pem
from bwc_agent.files import AlreadyThereError, leftover
from tests.evidence.trial import SERIAL, Agency
from tests.striking import Cut, cut_disk, refusing_disk, struck_disk

AGENCY = Agency.new()


def enrolled(keys: Path, start: int = 0) -> Path:
    key = new_key()
    enrol(keys, key, [AGENCY.enrolment(key, start=start)])
    return keys


@dataclass
class Device:
    """A device's key folder, and what its starts got."""

    keys: Path
    taken: list[StartKey] = field(default_factory=list)

    def start(self) -> StartKey:
        """A start that nothing disturbs; checks what must hold after each."""
        got = take_key(self.keys, SERIAL)
        assert verify_chain(got.chain, AGENCY.certificate) == StartIdentity(SERIAL, got.start)
        assert got.chain[0].public_key() == load_der_public_key(got.key.public_der())
        assert verify_chain([got.next_certificate, *got.chain], AGENCY.certificate).start == got.start + 1
        assert [p.name for p in self.keys.iterdir()] == [f"{got.start + 1:06d}.pem"]
        assert all(got.start > before.start for before in self.taken)
        assert all(got.key.public_der() != before.key.public_der() for before in self.taken)
        self.taken.append(got)
        return got

    def cut_start(self, at: int) -> bool:
        """A start whose system call number `at` is the last thing that happens; False if it ended before."""
        with cut_disk(at) as lived:
            try:
                got = take_key(self.keys, SERIAL)
            except Cut:
                return True
        assert len(lived.calls) <= at
        self.taken.append(got)
        return False


def test_starts_count_from_zero_and_each_certifies_the_next(tmp_path: Path) -> None:
    device = Device(enrolled(tmp_path / "keys"))
    assert [device.start().start for _ in range(4)] == [0, 1, 2, 3]
    assert [len(got.chain) for got in device.taken] == [1, 2, 3, 4]
    for before, after in zip(device.taken, device.taken[1:], strict=False):
        assert after.chain[0] == before.next_certificate


def test_the_key_of_a_start_is_gone_from_the_card(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "keys")
    stored = key_file(keys, 0).read_bytes()
    first = take_key(keys, SERIAL)
    private = key_from_pem(stored.partition(b"-----BEGIN CERT")[0], None)
    assert SoftwareKey(private).public_der() == first.key.public_der()
    assert stored.splitlines()[1] not in b"".join(p.read_bytes() for p in keys.iterdir())
    assert key_file(keys, 1).stat().st_mode & 0o777 == 0o600


def test_a_cut_at_any_system_call_is_survived(tmp_path: Path) -> None:
    at, cuts = 0, True
    while cuts:
        device = Device(enrolled(tmp_path / f"keys{at}"))
        device.start()
        cuts = device.cut_start(at)
        # The start that was cut signed nothing: it is tried again, or it never was.
        assert device.start().start in ((1, 2) if cuts else (2,))
        device.start()
        at += 1
    assert at > 10


@given(cuts=st.lists(st.integers(0, 16), max_size=8))
@settings(max_examples=40, deadline=None)
def test_cuts_upon_cuts_are_survived(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    device = Device(enrolled(folder / "keys"))
    for at in cuts:
        device.cut_start(at)
    assert device.start().start < device.start().start
    shutil.rmtree(folder)


def test_a_refusing_card_is_an_error_and_the_next_try_goes_on(tmp_path: Path) -> None:
    counted = enrolled(tmp_path / "count")
    with struck_disk() as lived:
        take_key(counted, SERIAL)
    # Call 0 asks for a leftover that is not there; a disk that is full has nothing against that.
    for at in range(1, len(lived.calls)):
        device = Device(enrolled(tmp_path / f"keys{at}"))
        with refusing_disk(at, errno.ENOSPC), pytest.raises(StorageError, match="disk full"):
            take_key(device.keys, SERIAL)
        assert device.start().start in (0, 1)


def test_a_torn_successor_gives_way(tmp_path: Path) -> None:
    device = Device(enrolled(tmp_path / "keys"))
    whole = key_file(enrolled(tmp_path / "other", 1), 1).read_bytes()
    for torn in (b"", whole[:100], whole[:-2], b"\0" * 900):
        key_file(device.keys, (device.taken[-1].start + 2) if device.taken else 1).write_bytes(torn)
        device.start()
    assert [got.start for got in device.taken] == [0, 1, 2, 3]


def test_lower_keys_and_leftovers_go_before_the_light_says_ready(tmp_path: Path) -> None:
    device = Device(enrolled(tmp_path / "keys"))
    low = key_file(device.keys, 0)
    kept = low.read_bytes()
    device.start()
    low.write_bytes(kept)
    leftover(key_file(device.keys, 1)).write_bytes(kept)
    assert device.start().start == 1


def test_a_key_of_another_device_or_number_is_not_taken(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "keys")
    with pytest.raises(IntegrityError, match=r"no usable key of BWC-0002.*it is for start 0 of BWC-0001"):
        take_key(keys, "BWC-0002")
    key_file(keys, 0).rename(key_file(keys, 7))
    with pytest.raises(IntegrityError, match="enrol the device"):
        take_key(keys, SERIAL)
    assert key_file(keys, 7).exists()


def test_without_a_key_the_mend_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="enrol the device"):
        take_key(tmp_path / "none", SERIAL)
    (tmp_path / "keys").mkdir()
    with pytest.raises(IntegrityError, match="empty"):
        take_key(tmp_path / "keys", SERIAL)


def test_a_key_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "keys")
    key_file(keys, 1).mkdir()
    with pytest.raises(StorageError, match="cannot read"):
        take_key(keys, SERIAL)
    assert key_file(keys, 0).exists()


def test_a_pipe_in_the_place_of_a_key_is_refused_and_hangs_nothing(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "keys")
    os.mkfifo(key_file(keys, 1))
    with pytest.raises(StorageError, match="not a plain file"):
        take_key(keys, SERIAL)


def test_enrolment_is_for_its_own_key_and_once(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "keys")
    key = new_key()
    with pytest.raises(AlreadyThereError):
        enrol(keys, key, [AGENCY.enrolment(key)])
    with pytest.raises(IntegrityError, match="another key"):
        enrol(tmp_path / "other", key, [AGENCY.enrolment(new_key())])
    assert not (tmp_path / "other").exists()


def test_a_software_key_signs_deterministically() -> None:
    key = SoftwareKey(new_key())
    assert key.sign_digest(b"d" * 32) == key.sign_digest(b"d" * 32) != key.sign_digest(b"e" * 32)


def test_a_stored_key_opens_under_its_passphrase_only() -> None:
    key = new_key()
    pem = key_to_pem(key, b"long words")
    assert key_from_pem(pem, b"long words").private_numbers() == key.private_numbers()
    for passphrase in (b"other words", b"", None):
        with pytest.raises(ConfigError, match="passphrase"):
            key_from_pem(pem, passphrase)
    with pytest.raises(ConfigError, match="empty"):
        key_to_pem(key, b"")
    with pytest.raises(IntegrityError, match="no private key"):
        key_from_pem(b"nothing", None)
