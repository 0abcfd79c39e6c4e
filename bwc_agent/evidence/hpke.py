"""Segment keys wrapped for the agency by HPKE (RFC 9180), post-quantum and classical at once.

One suite: MLKEM1024_P384, HKDF-SHA384, AES-256-GCM, one shot, base mode. `info` names the sealed file, so a wrapped key
cannot be moved to another one. `wrapped` is the encapsulated key (1665 bytes) and the ciphertext (48 bytes).
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM1024P384PrivateKey, MLKEM1024P384PublicKey, Suite

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.fields import octets, text
from bwc_agent.evidence.identity import Identity, key_info
from bwc_agent.evidence.lines import Json, b64
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic

__all__ = ["RecipientPrivate", "RecipientPublic", "commitment", "unwrap", "wrap"]

_SUITE: Final = Suite(KEM.MLKEM1024_P384, KDF.HKDF_SHA384, AEAD.AES_256_GCM)
_COMMITMENT: Final = b"bwc/1 commit"


def wrap(recipients: Sequence[RecipientPublic], segment_key: bytes, identity: Identity) -> list[dict[str, Json]]:
    """`keys` of the `segment` line: `segment_key` (32 bytes) for each recipient, bound to `identity`.

    Raises ConfigError without a recipient: what nobody can open must not be recorded.
    """
    if not recipients:
        raise ConfigError("no recipient is given: nobody could ever open the recording; give at least one")
    info = key_info(identity)
    return [{"recipient": r.id, "wrapped": b64(_SUITE.encrypt(segment_key, _joined(r), info=info))} for r in recipients]


def unwrap(private: RecipientPrivate, keys: Sequence[dict[str, Json]], identity: Identity) -> bytes:
    """The segment key (32 bytes) that `keys` of a `segment` line hold for `private`.

    Raises IntegrityError: no entry for this recipient (it names those that could open), or an entry that does not open.
    """
    own = private.public("").id
    entry = next((entry for entry in keys if text(entry, "recipient") == own), None)
    if entry is None:
        others = ", ".join(text(entry, "recipient") for entry in keys)
        raise IntegrityError(f"sealed for {others or 'nobody'}, not for recipient {own}; give a key of one of them")
    pair = MLKEM1024P384PrivateKey(private.mlkem, private.p384)
    try:
        return _SUITE.decrypt(octets(entry, "wrapped"), pair, info=key_info(identity))
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(f"the key wrapped for recipient {own} does not open: it was altered, or is another file's") from error


def commitment(segment_key: bytes) -> str:
    """`commit` of the `segment` line, hex: GCM alone would open one ciphertext under two keys, to two films."""
    return hashlib.sha256(_COMMITMENT + segment_key).hexdigest()


def _joined(recipient: RecipientPublic) -> MLKEM1024P384PublicKey:
    return MLKEM1024P384PublicKey(recipient.mlkem, recipient.p384)
