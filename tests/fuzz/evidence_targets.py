"""What was signed or sealed, or claims to be: lines, logs, journals, receipts, revocations, recipients, certificates, keys, ciphertext."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bwc_agent.agency.excerpt_match import windows
from bwc_agent.agency.held import Journals, read_claims, read_journals
from bwc_agent.agency.listing import summary
from bwc_agent.agency.open import committed_key
from bwc_agent.errors import ConfigError, IntegrityError, OffloadError, StorageError
from bwc_agent.evidence import tink_stream
from bwc_agent.evidence.certs import certificate_from_pem, chain_from_pem, verify_chain, verify_receipt_signer
from bwc_agent.evidence.fields import fields, objects
from bwc_agent.evidence.hpke import unwrap
from bwc_agent.evidence.identity import identity_from_fields
from bwc_agent.evidence.keys import take_key
from bwc_agent.evidence.lines import decode, encode
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import JournalSeen, read_receipt
from bwc_agent.evidence.recipients import RecipientPrivate, recipient_from_lines
from bwc_agent.evidence.recording_reader import read_log
from bwc_agent.evidence.revocations import Revocation, Revocations, read_revocation, write_revocation
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.evidence.verify_log import Refused
from bwc_agent.offload.log_state import log_state
from tests.evidence.trial import SERIAL
from tests.fuzz.material import RECORDING, WORD, as_read, material, signed_anew
from tests.fuzz.target import Target
from tests.offload.shift import UTC

_PROVEN = (IntegrityError,)
_EVIDENCE = (IntegrityError, StorageError, OffloadError)


def _line(data: bytes) -> None:
    assert encode(decode(data)) == data


def _signed(data: bytes) -> None:
    found = read_signed(data, material().signers[0].certificate)
    assert found.signed_bytes + len(found.tail) == len(data)


def _log(data: bytes) -> None:
    """The log as its signer might have written it: all that is asked of one."""
    who = StartIdentity(material().shift.serial, 0)
    log = read_log(as_read(data), who, (len(data), "0" * 64))
    windows(log.marks)
    summary(log)


def _under(place: Callable[[], Path], start: int, judge: Callable[[], object]) -> Callable[[bytes], None]:
    """A target that puts lines, signed anew by `start`, in the place of a file, and asks for the verdict."""

    def run(data: bytes) -> None:
        path = place()
        real = path.read_bytes()
        try:
            path.write_bytes(signed_anew(data, material().signers[start]))
            judge()
        finally:
            path.write_bytes(real)

    return run


def _recording() -> None:
    """Custody without journals, which have seen another log and would end its reading there."""
    made = material()
    verify_recording(made.folder, made.authority)
    read_claims(made.vault.root, RECORDING, made.authority, Journals())


def _device() -> None:
    made = material()
    verify_device(made.vault.root, made.authority)
    # A first journal that is signed anew is not the one that the next start found: there custody ends.
    with suppress(Refused):
        read_journals(made.vault.root, made.authority)


def _receipt(data: bytes) -> None:
    read_receipt(data, material().shift.desk.receipts.certificate)


def _receipt_said(data: bytes) -> None:
    _receipt(signed_anew(data, material().shift.desk.receipts))


def _receipts() -> list[bytes]:
    return [material().receipt(), material().receipt(JournalSeen(1, 10, "0" * 64))]


def _revocation(data: bytes) -> None:
    found = read_revocation(data, material().authority)
    assert Revocations((found,)).of(found.device) == found and str(found)


def _revocation_said(data: bytes) -> None:
    _revocation(signed_anew(data, material().shift.desk.agency.signer))


def _revocations() -> list[bytes]:
    made = (Revocation(SERIAL, 1, (10, "0" * 64), UTC, "lost"), Revocation(SERIAL, -1, None, UTC, "stolen"))
    return [write_revocation(revocation, material().shift.desk.agency.signer) for revocation in made]


def _recipient(data: bytes) -> None:
    recipient_from_lines(data, material().authority)


def _recipient_said(data: bytes) -> None:
    _recipient(signed_anew(data, material().shift.desk.agency.signer))


def _private(data: bytes) -> None:
    RecipientPrivate.load(data, WORD)


def _chain(data: bytes) -> None:
    chain = chain_from_pem(data)
    verify_chain(chain, material().authority)
    read_signed(material().journal(1), chain[0])


def _trust(data: bytes) -> None:
    certificate = certificate_from_pem(data)
    verify_receipt_signer(certificate, material().authority)


def _authority(data: bytes) -> None:
    verify_chain(chain_from_pem(material().chain), certificate_from_pem(data))


def _pem(name: str) -> bytes:
    return (material().vault.trust / name).read_bytes()


def _key_file(data: bytes) -> None:
    with TemporaryDirectory() as name:
        (Path(name) / "000000.pem").write_bytes(data)
        take_key(Path(name), material().shift.serial)


def _wrapped(data: bytes) -> None:
    line = as_read(data).lines[0] if as_read(data).lines else {}
    identity = identity_from_fields(fields(line, "identity"))
    unwrap(material().recipient, objects(line, "keys"), identity)
    committed_key(line, identity, material().recipient)


_KEY = bytes(range(32))


def _sealed(size: int) -> bytes:
    writer = tink_stream.Encryptor(_KEY, b"line")
    return writer.write(bytes(size)) + writer.finish(b"end")


def _stream(data: bytes) -> None:
    hashlib.sha256(tink_stream.decrypt_prefix(_KEY, b"line", data[: len(data) // tink_stream.CHUNK * tink_stream.CHUNK - 1]))
    tink_stream.decrypt(_KEY, b"line", data)


def _log_file() -> Path:
    return material().folder / "log.jsonl"


def _journal(start: int) -> Callable[[], Path]:
    return lambda: material().vault.journal(start)


TARGETS = (
    Target("line", _line, _PROVEN, lambda: material().log.splitlines(keepends=True), examples=200),
    Target("signed file", _signed, _PROVEN, lambda: [material().log, material().journal(0)]),
    Target("log of a recording", _log, _PROVEN, lambda: [material().log], examples=200),
    Target("log under a stolen key", _under(_log_file, 0, _recording), _EVIDENCE, lambda: [material().log], examples=60),
    Target("journal under a stolen key", _under(_journal(1), 1, _device), _EVIDENCE, lambda: [material().journal(1)], examples=60),
    Target("first journal under a stolen key", _under(_journal(0), 0, _device), _EVIDENCE, lambda: [material().journal(0)], examples=60),
    Target("log at the docking", log_state, (), lambda: [material().log, material().journal(0)]),
    Target("receipt", _receipt, _PROVEN, _receipts),
    Target("receipt under the agency key", _receipt_said, _PROVEN, _receipts),
    Target("revocation", _revocation, _PROVEN, _revocations),
    Target("revocation under the agency key", _revocation_said, _PROVEN, _revocations),
    Target("recipient", _recipient, _PROVEN, lambda: [material().recipient_file()]),
    Target("recipient under the agency key", _recipient_said, _PROVEN, lambda: [material().recipient_file()]),
    Target("private key of a recipient", _private, (IntegrityError, ConfigError), lambda: [material().recipient.dump(WORD)]),
    Target("chain", _chain, _PROVEN, lambda: [material().chain]),
    Target("receipt certificate", _trust, _PROVEN, lambda: [_pem("receipt.pem")]),
    Target("authority", _authority, _PROVEN, lambda: [_pem("authority.pem")]),
    Target("key file", _key_file, (IntegrityError, StorageError), lambda: [material().key_file]),
    Target("wrapped key", _wrapped, _PROVEN, lambda: [encode(material().segment_line)]),
    Target("sealed stream", _stream, _PROVEN, lambda: [_sealed(size) for size in (0, 4000, 4040, 9000)]),
)
