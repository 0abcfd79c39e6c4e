"""A key under a passphrase opens, unless its file asks for work without end."""

import base64
import subprocess
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.encrypted_key import MOST_ROUNDS, encrypted_der
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.software_key import key_from_pem

WORD = b"a passphrase"
KEY = new_key()
ROUNDS = 100_000


@cache
def pem() -> bytes:
    """As openssl writes it."""
    plain = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    command = ("openssl", "pkcs8", "-topk8", "-iter", str(ROUNDS), "-passout", f"pass:{WORD.decode()}")
    return subprocess.run(command, input=plain, capture_output=True, timeout=60, check=True).stdout


def with_rounds(rounds: bytes) -> bytes:
    """The same file, its number of rounds (3 bytes) exchanged."""
    der = encrypted_der(pem())
    stated = b"\x02\x03" + ROUNDS.to_bytes(3)
    assert der.count(stated) == 1
    body = base64.encodebytes(der.replace(stated, b"\x02\x03" + rounds))
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + b"-----END ENCRYPTED PRIVATE KEY-----\n"


def test_it_opens_as_written_by_other_programs_and_with_other_ends_of_lines() -> None:
    for form in (pem(), pem().replace(b"\n", b"\r\n"), b"a note before\n" + pem()):
        assert key_from_pem(form, WORD).private_numbers() == KEY.private_numbers()


def test_more_rounds_than_anybody_asks_for_are_refused_before_the_first() -> None:
    assert MOST_ROUNDS < 0x7FFFFF
    with pytest.raises(IntegrityError, match=r"8388607 rounds to open it, not 1 to 5000000: it is damaged, or a trap"):
        key_from_pem(with_rounds(b"\x7f\xff\xff"), WORD)
    with pytest.raises(IntegrityError, match="0 rounds"):
        key_from_pem(with_rounds(b"\0\0\0"), WORD)
    with pytest.raises(ConfigError, match="passphrase"):
        key_from_pem(with_rounds((ROUNDS + 1).to_bytes(3)), WORD)


def test_another_method_is_refused_with_the_command_that_writes_it_anew() -> None:
    pbkdf2, other_method = bytes.fromhex("2a864886f70d01050c"), bytes.fromhex("2a864886f70d01050e")
    der = encrypted_der(pem()).replace(pbkdf2, other_method)
    other = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + base64.encodebytes(der) + b"-----END ENCRYPTED PRIVATE KEY-----\n"
    with pytest.raises(IntegrityError, match="openssl pkcs8 -topk8"):
        key_from_pem(other, WORD)


@pytest.mark.parametrize("end", range(0, 60, 7))
def test_one_that_is_cut_is_refused(end: int) -> None:
    body = base64.encodebytes(encrypted_der(pem())[:end])
    with pytest.raises((IntegrityError, ConfigError)):
        key_from_pem(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + b"-----END ENCRYPTED PRIVATE KEY-----\n", WORD)
