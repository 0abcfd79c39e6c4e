"""Opening what the device sealed: only what the log binds, only under the key that the log commits to.

The order is the format's: the file's bytes against the log, the wrapped key, the commitment, then Tink. So nothing that
somebody else put there is ever decrypted, and no second film hides under the same ciphertext.
"""

import hashlib
from pathlib import Path

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, digest, objects, text
from bwc_agent.evidence.hpke import commitment, unwrap
from bwc_agent.evidence.identity import Identity
from bwc_agent.evidence.lines import Json, decode, encode, sha256_hex
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import SealedFile
from bwc_agent.evidence.tink_stream import decrypt, decrypt_prefix
from bwc_agent.evidence.verify_copies import read_file


def segment_key(file: SealedFile, private: RecipientPrivate) -> bytes:
    """The 32-byte key of a sealed file, as the log commits to it. Raises as `committed_key`."""
    return committed_key(file.line, file.identity, private)


def committed_key(line: Line, identity: Identity, private: RecipientPrivate) -> bytes:
    """The 32-byte key that the `segment` line `line` wraps for `private` and commits to.

    Raises IntegrityError: sealed for others (it names them), a wrapped key that does not open, another key than committed.
    """
    key = unwrap(private, objects(line, "keys"), identity)
    if commitment(key) != digest(line, "commit"):
        name = text(line, "file")
        raise IntegrityError(f"{name}: the wrapped key is not the one that the log commits to; the log's maker is not the recorder")
    return key


def unseal(data: bytes | memoryview, line: Line, identity: Identity, private: RecipientPrivate, whole: bool) -> bytes:
    """The plaintext of ciphertext already compared with the log: a finished file, or the prefix that a mark binds."""
    key, associated = committed_key(line, identity, private), hashlib.sha256(encode(line)).digest()
    return decrypt(key, associated, data) if whole else decrypt_prefix(key, associated, data)


def open_sealed(folder: Path, file: SealedFile, private: RecipientPrivate) -> bytes:
    """The plaintext of `file` in the recording's `folder`: all of it, or what the last mark binds if a cut ended it.

    Holds the whole file in memory (a segment is 60 s). Raises IntegrityError, StorageError if it cannot be read.
    """
    data = read_file(folder / file.name)
    bound = file.end or (file.marks[-1] if file.marks else None)
    if bound is None:
        return b""
    if file.end is None:
        data = data[: bound[0]]
    if (len(data), sha256_hex(data)) != bound:
        raise IntegrityError(f"{file.name}: its bytes are not those that the device signed; verify the recording")
    return unseal(data, file.line, file.identity, private, whole=file.end is not None)


def open_notes(folder: Path, file: SealedFile, private: RecipientPrivate) -> list[dict[str, Json]]:
    """The lines of a notes file (`kind` `position`, …), padding left out. Raises as `open_sealed`."""
    plain = open_sealed(folder, file, private)
    lines = [decode(line + b"\n") for line in plain.split(b"\n")[:-1]]
    return [line for line in lines if line.get("kind") != "pad"]
