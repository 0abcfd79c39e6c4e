"""HPKE of our suite in its single steps (RFC 9180, 4 and 5.1; draft-ietf-hpke-pq), from primitives: what our one-shot is held against."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION = b"HPKE-v1"
_SUITE = b"HPKE" + (0x0051).to_bytes(2) + (0x0002).to_bytes(2) + (0x0002).to_bytes(2)
_LABEL = b"MLKEM1024-P384"
_CIPHERTEXT, _HASH = 1568, 48


@dataclass(frozen=True)
class Steps:
    """Every intermediate value of one decapsulation and key schedule, as bytes, in the order in which they come about."""

    ss_pq: bytes
    ss_t: bytes
    ct_t: bytes
    ek_t: bytes
    shared_secret: bytes
    psk_id_hash: bytes
    info_hash: bytes
    key_schedule_context: bytes
    secret: bytes
    key: bytes
    base_nonce: bytes


def steps(mlkem: MLKEM1024PrivateKey, p384: ec.EllipticCurvePrivateKey, enc: bytes, info: bytes) -> Steps:
    """Base mode, sequence number 0. Raises ValueError for an encapsulated key that is none."""
    ct_t = enc[_CIPHERTEXT:]
    ss_pq = mlkem.decapsulate(enc[:_CIPHERTEXT])
    ss_t = p384.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), ct_t))
    ek_t = p384.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared_secret = hashlib.sha3_256(ss_pq + ss_t + ct_t + ek_t + _LABEL).digest()
    psk_id_hash, info_hash = _extract(b"", b"psk_id_hash", b""), _extract(b"", b"info_hash", info)
    context = b"\0" + psk_id_hash + info_hash
    secret = _extract(shared_secret, b"secret", b"")
    key, nonce = _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)
    return Steps(ss_pq, ss_t, ct_t, ek_t, shared_secret, psk_id_hash, info_hash, context, secret, key, nonce)


def opened(found: Steps, aad: bytes, ciphertext: bytes) -> bytes:
    """The first message under these steps. Raises InvalidTag."""
    return AESGCM(found.key).decrypt(found.base_nonce, ciphertext, aad)


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(_HASH), _VERSION + _SUITE + label + ikm, "sha384")


def _expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand of at most one block, which is all that this suite needs."""
    assert length <= _HASH
    labelled = length.to_bytes(2) + _VERSION + _SUITE + label + info
    return hmac.digest(secret, labelled + b"\x01", "sha384")[:length]
