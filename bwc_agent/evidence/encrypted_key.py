"""A private key under a passphrase, taken out of its PEM only where it says how much work a guess costs, and that is bearable.

The file itself names the number of rounds between passphrase and key, up to 2^64; another method (scrypt) lets it name the
memory, too. A library does as it is told, so it is asked here first: one form, PBES2 with PBKDF2 (RFC 8018), as openssl and
this program write it.
"""

import base64
import binascii
import re
from typing import Final

from bwc_agent.errors import IntegrityError

MOST_ROUNDS: Final = 5_000_000
"""About half a second; what is written today has 2,048 to some hundred thousand."""

_PEM: Final = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\r\n]*)-----END ENCRYPTED PRIVATE KEY-----")
# SEQUENCE { SEQUENCE { PBES2, SEQUENCE { SEQUENCE { PBKDF2, SEQUENCE { salt, rounds, ..., each length in its shortest form.
_HEAD: Final = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x30[\x00-\x7f]\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
    rb"\x30[\x00-\x7f]\x30[\x00-\x7f]\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c\x30[\x00-\x7f]\x04([\x00-\x7f])",
    re.DOTALL,
)
_INTEGER: Final = 2


def encrypted_der(pem: bytes) -> bytes:
    """The DER of the first encrypted PKCS#8 block in `pem`. Raises IntegrityError where opening it could take for ever."""
    block = _PEM.search(pem)
    try:
        der = base64.b64decode(block[1].translate(None, b"\r\n"), validate=True) if block else b""
    except binascii.Error:
        der = b""
    head = _HEAD.match(der)
    if head is None:
        raise IntegrityError("the key is damaged, or under its passphrase in another way than PBKDF2; write it anew: openssl pkcs8 -topk8")
    at = head.end() + head[1][0]
    rounds = int.from_bytes(der[at + 2 : at + 2 + der[at + 1]]) if der[at : at + 1] == bytes((_INTEGER,)) and at + 1 < len(der) else 0
    if not 0 < rounds <= MOST_ROUNDS:
        raise IntegrityError(f"the key asks for {rounds} rounds to open it, not 1 to {MOST_ROUNDS}: it is damaged, or a trap")
    return der
