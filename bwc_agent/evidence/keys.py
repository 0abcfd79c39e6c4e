"""One key a start, certified by the one before and then forgotten: who steals the card cannot speak for the past.

`keys/` holds one file, the *next* start's: its private key, then its certificate chain down to the enrolled one. A start
takes it into RAM, writes the successor's file, and removes its own, all durable, before it signs anything. So:

- a cut before the successor is durable: the same start is tried again, having signed nothing but a request for renewal
  that nobody kept;
- a cut after it: two files; the higher wins, the lower start never was (the next journal says that it is missing);
- a torn successor cannot exist under its own name, and if a card makes one all the same, the lower key still stands and
  a new successor takes its place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.certs import chain_from_pem, chain_to_pem, check_links
from bwc_agent.evidence.issue import issue_next, new_key
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.software_key import SoftwareKey, key_from_pem, key_to_pem
from bwc_agent.files import is_leftover, make_directory, replace, unlink, write_new

RENEW_AT: Final = 90
"""Certificates in a chain from which on the dock should renew the enrolment: openssl's default stops at 100."""

_END_OF_KEY: Final = b"-----END PRIVATE KEY-----\n"
_NAME: Final = re.compile(r"([0-9]{6,15})\.pem")


@dataclass(frozen=True, slots=True)
class StartKey:
    """What this start signs with: its number, its key (in RAM only), its chain (own certificate first), and the
    certificate that it issued for the next start."""

    start: int
    key: SoftwareKey
    chain: tuple[x509.Certificate, ...]
    next_certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class _Stored:
    """A key file that parses."""

    path: Path
    identity: StartIdentity
    private: ec.EllipticCurvePrivateKey
    chain: list[x509.Certificate]


def key_file(keys: Path, start: int) -> Path:
    """Where the key of `start` waits."""
    return keys / f"{start:06d}.pem"


def enrol(keys: Path, key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> None:
    """The first start can take `key`: it stands in `keys` (made if missing) with its chain, authority left out.

    Raises IntegrityError if the chain is not for this key, StorageError; AlreadyThereError if one waits already.
    """
    identity = check_links(chain)
    _check_match(key, chain)
    if not keys.is_dir():
        make_directory(keys)
    write_new(key_file(keys, identity.start), _content(key, chain))


def take_key(keys: Path, serial: str) -> StartKey:
    """The key of this start, in RAM; on return its file is gone and its successor's is durable, cut where you like.

    Raises IntegrityError if no key of device `serial` parses, StorageError if the card refuses. After a StorageError
    nothing was signed, and the next try goes on.
    """
    current, others = _waiting(keys, serial)
    for path in others:
        unlink(path)
    successor = new_key()
    start = current.identity.start + 1
    certificate = issue_next(current.private, current.chain[0], successor.public_key(), serial, start)
    _write_successor(key_file(keys, start), _content(successor, [certificate, *current.chain]))
    unlink(current.path)
    return StartKey(current.identity.start, SoftwareKey(current.private), tuple(current.chain), certificate)


def _content(key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> bytes:
    # Unencrypted: at a start nobody is there to ask. It can renew itself and sign what comes, nothing that was.
    return key_to_pem(key, None) + chain_to_pem(chain)


def _write_successor(path: Path, content: bytes) -> None:
    """A file of that name can only be one that does not parse: its predecessor would be gone had it been in use."""
    if path.exists():
        replace(path, content)
    else:
        write_new(path, content)


def _waiting(keys: Path, serial: str) -> tuple[_Stored, list[Path]]:
    """The highest key that parses, and what must go before it signs: lower keys, and leftovers that hold one."""
    names = _names(keys)
    numbered = sorted(((int(match[1]), keys / name) for name in names if (match := _NAME.fullmatch(name))), reverse=True)
    reasons = []
    for index, (number, path) in enumerate(numbered):
        try:
            stored = _parse(path, StartIdentity(serial, number))
        except (IntegrityError, ConfigError) as error:
            reasons.append(f"{path.name}: {error}")
            continue
        lower = [lower for _, lower in numbered[index + 1 :]]
        return stored, lower + [keys / name for name in names if is_leftover(keys / name)]
    raise IntegrityError(f"no usable key of {serial} in {keys} ({'; '.join(reasons) or 'it is empty'}); enrol the device")


def _names(keys: Path) -> list[str]:
    try:
        return [path.name for path in keys.iterdir()]
    except OSError as error:
        raise StorageError(f"cannot read {keys}: {error.strerror}; enrol the device") from error


def _parse(path: Path, wanted: StartIdentity) -> _Stored:
    try:
        content = read_plain(path)
    except OSError as error:
        # A key that cannot be read is not a torn one: a lower key must not take its place.
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check the card") from error
    key, end, certificates = content.partition(_END_OF_KEY)
    private = key_from_pem(key + end, None)
    chain = chain_from_pem(certificates)
    identity = check_links(chain)
    if identity != wanted:
        raise IntegrityError(f"it is for start {identity.start} of {identity.serial}")
    _check_match(private, chain)
    return _Stored(path, identity, private, chain)


def _check_match(key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> None:
    if chain[0].public_key() != key.public_key():
        raise IntegrityError("the chain's first certificate is for another key")
