"""The custodian: the one program on the device that gives up evidence, and only against a signed receipt.

    python -m bwc_agent.storage.custodian --vault V --inbox I --trust T

It needs no device, no network and no key. Each message in the inbox is answered by one JSON line; a message that is not
right is left where it is. Logs, certificates and receipts are never given up. Safe to kill at any point and to run again.

Exit status: 0 all messages are done or wait for their recording to close; 3 some were refused; 4 the card failed; 2 usage.
"""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import BwcError, ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.certs import certificate_from_pem, verify_receipt_signer
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.receipts import is_receipt_file, read_receipt, receipt_file
from bwc_agent.evidence.revocations import FOLDER, NO_REVOCATIONS, Revocations, read_revocations
from bwc_agent.storage.closed import Proofs
from bwc_agent.storage.inbox import Inbox, open_inbox
from bwc_agent.storage.release import Outcome, Releaser
from bwc_agent.storage.released import Released


@dataclass(frozen=True, slots=True)
class Trust:
    """What the agency gave: the authority, the receipt key that it certified, the revocations that it signed."""

    authority: Certificate
    receipts: Certificate
    revocations: Revocations = NO_REVOCATIONS


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the message `name`: its outcome, or the error that refused it; `file` is `RECORDING/FILE` where known."""

    name: str
    outcome: Outcome | BwcError
    file: str = ""

    def line(self) -> bytes:
        """As it is printed."""
        name = self.name.encode("utf-8", "backslashreplace").decode()
        if isinstance(self.outcome, Outcome):
            return encode({"file": self.file, "kind": self.outcome.value, "message": name})
        why = str(self.outcome).encode("utf-8", "backslashreplace").decode()
        return encode({"code": self.outcome.code, "file": self.file, "kind": "refused", "message": name, "why": why})


def read_trust(folder: Path) -> Trust:
    """What stands in `folder`, all of it proven by its `authority.pem`. Raises ConfigError, IntegrityError, StorageError."""
    authority, receipts = _certificate(folder / "authority.pem"), _certificate(folder / "receipt.pem")
    verify_receipt_signer(receipts, authority)
    revocations, wrong = read_revocations(folder / FOLDER, authority)
    if wrong:
        raise IntegrityError(f"{folder}: {'; '.join(map(str, wrong))}; nothing is given up until that is gone")
    return Trust(authority, receipts, revocations)


def _certificate(path: Path) -> Certificate:
    try:
        return certificate_from_pem(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}; give the folder that the agency provisioned") from error


def release(vault: Vault, inbox: Path, trust: Trust) -> Iterator[Answer]:
    """Every message in `inbox` is answered, in order of names; files are released only against good receipts.

    Raises StorageError if the vault or the inbox cannot be used, or another custodian is at work.
    """
    with _alone(vault.root), open_inbox(inbox) as box:
        releaser = Releaser(vault, Proofs(vault, trust.authority, trust.revocations), Released(vault.released))
        for name in box.names():
            yield _answer(box, name, releaser, trust)


def _answer(box: Inbox, name: str, releaser: Releaser, trust: Trust) -> Answer:
    file = ""
    try:
        data = box.read(name)
        if not is_receipt_file(name) or receipt_file(data) != name:
            raise IntegrityError("is not named by its own SHA-256: it is no receipt, or half of one")
        receipt = read_receipt(data, trust.receipts)
        file = f"{receipt.recording}/{receipt.file}"
        outcome = releaser.take(receipt, data)
        if outcome is not Outcome.WAITS:
            box.remove(name)
        return Answer(name, outcome, file)
    except BwcError as error:
        return Answer(name, error, file)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One custodian at a time in this vault; the lock dies with the process."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"cannot open the vault {root}: {error.strerror or error}; give the device's evidence folder") from error
    try:
        _lock(descriptor, root)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StorageError(f"cannot lock {root}: another custodian is at work there, wait for it ({error.strerror or error})") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; see the module. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="custodian", description="release space on the device against the agency's receipts")
    for option, text in (
        ("vault", "the device's evidence folder"),
        ("inbox", "messages brought back"),
        ("trust", "the agency's certificates"),
    ):
        parser.add_argument(f"--{option}", type=Path, required=True, metavar="DIR", help=text)
    options = parser.parse_args(arguments)
    status = 0
    try:
        for answer in release(Vault(options.vault), options.inbox, read_trust(options.trust)):
            sys.stdout.buffer.write(answer.line())
            sys.stdout.buffer.flush()
            if isinstance(answer.outcome, BwcError):
                status = max(status, answer.outcome.exit_status)
    except BwcError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return status


if __name__ == "__main__":
    sys.exit(main())
