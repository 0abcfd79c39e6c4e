"""GCM alone opens one ciphertext under two keys, to two films; `commit` lets only one of them be the recording's."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bwc_agent.agency.open import unseal
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.hpke import commitment, wrap
from bwc_agent.evidence.identity import Identity
from bwc_agent.evidence.lines import Json, encode, sha256_hex
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.tink_stream import decrypt

BLOCK = 16
ONE, OTHER = b"he raises a hand", b"he lowers a hand"
KEYS = b"1" * 32, b"2" * 32


def product(a: int, b: int) -> int:
    """In the field of GHASH (NIST SP 800-38D, 6.3): the leftmost bit is the coefficient of 1."""
    found = 0
    for bit in range(127, -1, -1):
        if a >> bit & 1:
            found ^= b
        b = b >> 1 ^ (0xE1 << 120 if b & 1 else 0)
    return found


def inverse(a: int) -> int:
    """a to the power 2^128 - 2."""
    found, power = 1 << 127, a
    for _ in range(127):
        power = product(power, power)
        found = product(found, power)
    return found


class OneKey:
    """What a chunk's key makes of counter blocks, of hashes, and of tags."""

    def __init__(self, key: bytes, salt: bytes, associated: bytes, nonce: bytes) -> None:
        derived = HKDF(SHA256(), 32, salt, associated).derive(key)
        self._block = Cipher(algorithms.AES256(derived), modes.ECB()).encryptor()
        self._nonce = nonce
        self.h = int.from_bytes(self._block.update(bytes(BLOCK)), "big")

    def stream(self, counter: int) -> int:
        return int.from_bytes(self._block.update(self._nonce + counter.to_bytes(4, "big")), "big")

    def tag(self, blocks: list[int]) -> int:
        found = 0
        for block in [*blocks, len(blocks) * BLOCK * 8]:
            found = product(found ^ block, self.h)
        return found ^ self.stream(1)


def one_ciphertext(keys: tuple[bytes, bytes], associated: bytes) -> bytes:
    """A stream of one chunk that opens under both keys: its first block to `ONE` under the first, its second to `OTHER` under the other."""
    salt, prefix = b"s" * 32, b"p" * 7
    one, other = (OneKey(key, salt, associated, prefix + bytes(4) + b"\1") for key in keys)
    blocks = [int.from_bytes(ONE, "big") ^ one.stream(2), int.from_bytes(OTHER, "big") ^ other.stream(3), 0]
    # The tags differ by a known amount; the last block, times the difference of both h^2, makes up for it.
    wanted = one.tag(blocks) ^ other.tag(blocks)
    blocks[2] = product(wanted, inverse(product(one.h, one.h) ^ product(other.h, other.h)))
    assert one.tag(blocks) == other.tag(blocks)
    chunk = b"".join(block.to_bytes(BLOCK, "big") for block in blocks)
    return bytes((40,)) + salt + prefix + chunk + one.tag(blocks).to_bytes(BLOCK, "big")


def _line(identity: Identity, recipients: list[RecipientPrivate]) -> dict[str, Json]:
    """A `segment` line by a dishonest maker: the first recipient gets the first key, to which the line commits, the other another."""
    pairs = zip(recipients, KEYS, strict=True)
    keys: list[Json] = [entry for recipient, key in pairs for entry in wrap([recipient.public("")], key, identity)]
    return {"commit": commitment(KEYS[0]), "file": "0001.tink", "keys": keys, "kind": "segment"}


def test_the_attack_is_real_and_the_commitment_refuses_the_second_film() -> None:
    identity, recipients = Identity("BWC-0001", 0, 1, 1, "media"), [RecipientPrivate.generate(), RecipientPrivate.generate()]
    line = _line(identity, recipients)
    associated = bytes.fromhex(sha256_hex(encode(line)))
    sealed = one_ciphertext(KEYS, associated)
    shown = [decrypt(key, associated, sealed) for key in KEYS]
    assert shown[0][:BLOCK] == ONE and shown[1][BLOCK : 2 * BLOCK] == OTHER and shown[0] != shown[1]
    assert unseal(sealed, line, identity, recipients[0], whole=True) == shown[0]
    with pytest.raises(IntegrityError, match="not the one that the log commits to"):
        unseal(sealed, line, identity, recipients[1], whole=True)
