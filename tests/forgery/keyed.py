"""Alterations by somebody who holds a key: a segment's, a stolen card's, the receipt key, or one of his own."""

import hashlib
import struct
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate

from bwc_agent.agency.open import committed_key
from bwc_agent.evidence.certs import chain_from_pem, chain_to_pem
from bwc_agent.evidence.fields import fields
from bwc_agent.evidence.identity import identity_from_fields
from bwc_agent.evidence.issue import issue_next, new_key
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json, b64, decode, sha256_hex, unb64
from bwc_agent.evidence.receipts import Receipt, receipt_file, write_receipt
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.evidence.tink_stream import CHUNK, HEADER, TAG, decrypt_prefix
from tests.forgery.changed import lines_of, newest_journal, small
from tests.forgery.honest import CLOSED, CUT, LATER, NEWEST, RELEASED, Honest
from tests.forgery.kinds import Case, Draw
from tests.forgery.trees import Tree, data, without

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-5): (r, s) and (r, _ORDER - s) are signatures of the same."""


def resealed(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Somebody with a segment's own key writes other pictures: each chunk opens, no length changes."""
    for name in (CLOSED, CUT, LATER):
        path = f"recordings/{name}/0001.tink"
        whole = data(honest.vault, path)
        for chunk in draw.some(range(len(whole) // CHUNK), share=3):
            new = forged_chunk(honest, name, chunk)
            yield Case(f"chunk {chunk} of {path} is sealed anew", {**honest.vault, path: new})


def forged_chunk(honest: Honest, name: RecordingName, number: int) -> bytes:
    """The first segment of a recording in which chunk `number` holds another plaintext of the same length, and opens."""
    whole = data(honest.vault, f"recordings/{name}/0001.tink")
    key, line = _segment_key(honest, name)
    associated = hashlib.sha256(line).digest()
    cipher = AESGCM(HKDF(SHA256(), 32, whole[1:33], associated).derive(key))
    begin, end = (number * CHUNK or HEADER), (number + 1) * CHUNK
    sealed = cipher.encrypt(struct.pack(">7sIB", whole[33:HEADER], number, 0), b"\xaa" * (end - begin - TAG), None)
    new = whole[:begin] + sealed + whole[end:]
    assert b"\xaa" * 64 in decrypt_prefix(key, associated, new[:end]) and len(new) == len(whole)
    return new


def _segment_key(honest: Honest, name: RecordingName) -> tuple[bytes, bytes]:
    """The key of the first segment, and its `segment` line."""
    line = next(line for line in lines_of(honest, f"recordings/{name}/log.jsonl") if b'"file":"0001.tink"' in line and b'"commit"' in line)
    found = decode(line)
    return committed_key(found, identity_from_fields(fields(found, "identity")), honest.keys.recipient), line


def resealed_tail(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The same behind the last mark of what a power cut ended, the recording alone being judged: nobody's bytes."""
    whole, marked = data(honest.vault, f"recordings/{CUT}/0001.tink"), _marked(honest)
    for chunk in range(marked // CHUNK, len(whole) // CHUNK):
        new = forged_chunk(honest, CUT, chunk)
        yield Case(f"chunk {chunk} behind the last mark", {**honest.vault, f"recordings/{CUT}/0001.tink": new}, str(CUT))


def _marked(honest: Honest) -> int:
    marks = [decode(line) for line in lines_of(honest, f"recordings/{CUT}/log.jsonl") if b'"kind":"mark"' in line]
    size = marks[-1]["bytes"]
    assert isinstance(size, int)
    return size


def twins(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A signature (r, s) is replaced by (r, -s), which is right as well: each but the newest journal's last."""
    names = [*small(honest, "log.jsonl", "recordings/"), *small(honest, ".jsonl", "journal/")]
    places = [(name, index) for name in names for index, line in enumerate(lines_of(honest, name)) if b'"kind":"sig"' in line]
    for name, index in draw.some([place for place in places if place != _last_signature(honest)]):
        yield _twin(honest, name, index)


def last_twin(honest: Honest, draw: Draw) -> Iterator[Case]:
    """That one: nothing signed stands behind it yet."""
    yield _twin(honest, *_last_signature(honest))


def _last_signature(honest: Honest) -> tuple[str, int]:
    lines = lines_of(honest, newest_journal())
    return newest_journal(), max(index for index, line in enumerate(lines) if b'"kind":"sig"' in line)


def _twin(honest: Honest, name: str, index: int) -> Case:
    lines = lines_of(honest, name)
    text = str(decode(lines[index])["sig"])
    r, s = decode_dss_signature(unb64(text))
    lines[index] = lines[index].replace(text.encode(), b64(encode_dss_signature(r, _ORDER - s)).encode())
    return Case(f"{name}: the signature in line {index + 1} is its twin", {**honest.vault, name: b"".join(lines)})


def stolen_card(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The thief of the card has the next start's key, which has signed nothing yet, and writes the past with it."""
    key, chain = _next_key(honest)
    own, old = new_key(), chain_from_pem(data(honest.vault, "journal/000001.pem"))
    forged_old = [issue_next(key, chain[0], own.public_key(), honest.serial, 1), *chain]
    for what, signer, pem in (
        ("under its own chain", Signer(SoftwareKey(key), chain[0]), chain_to_pem(chain)),
        ("under that start's chain", Signer(SoftwareKey(key), old[0]), chain_to_pem(old)),
        ("under a certificate of its own for that start", Signer(SoftwareKey(own), forged_old[0]), chain_to_pem(forged_old)),
    ):
        for name in (LATER, RecordingName(1, 2)):
            yield Case(f"{name} by the next start's key, {what}", _forged(honest.vault, honest.serial, name, signer, pem))


def _next_key(honest: Honest) -> tuple[ec.EllipticCurvePrivateKey, list[Certificate]]:
    pem = data(honest.vault, "keys/000003.pem")
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key, chain_from_pem(pem[pem.index(b"-----BEGIN CERTIFICATE") :])


def _forged(vault: Tree, serial: str, name: RecordingName, signer: Signer, pem: bytes) -> Tree:
    """A recording without pictures, as right as `signer` can make it."""
    first: dict[str, Json] = {"device": serial, "recording": name.number, "signer": sha256_hex(pem), "start": name.start}
    lines = SignedLines("recording", signer)
    log = lines.first(0, **first) + lines.sign() + lines.add("stop", 0, reason="hold", edges=[], samples=[]) + lines.sign()
    return {**without(vault, f"recordings/{name}"), f"recordings/{name}/log.jsonl": log, f"recordings/{name}/signer.pem": pem}


def own_receipts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A segment is gone, and the receipt for it is by a key that may not speak: the device's, the authority's, a stranger's."""
    key, chain = _next_key(honest)
    for what, signer in (
        ("the device", Signer(SoftwareKey(key), chain[0])),
        ("the authority itself", honest.keys.authority),
        (
            "a certificate that the device made",
            Signer(SoftwareKey(own := new_key()), issue_next(key, chain[0], own.public_key(), honest.serial, 4)),
        ),
    ):
        for name in (CLOSED, NEWEST):
            folder = f"recordings/{name}"
            segment = data(honest.vault, f"{folder}/0001.tink")
            receipt = Receipt(honest.serial, name, "0001.tink", len(segment), sha256_hex(segment), True, 0, "storage")
            written = write_receipt(receipt, signer)
            tree = {**without(honest.vault, f"{folder}/0001.tink"), f"{folder}/receipts/{receipt_file(written)}": written}
            yield Case(f"a receipt for {folder}/0001.tink by {what}", tree)
            if what != "the authority itself":
                yield Case(f"the same, and its key in trust, by {what}", {**tree, "trust/receipt.pem": chain_to_pem([signer.certificate])})


def receipt_key_signs(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The holder of the receipt key, certified by the authority, makes recordings and journals."""
    signer = honest.keys.receipts
    for pem in (chain_to_pem([signer.certificate]), chain_to_pem([honest.keys.authority.certificate])):
        for name in (LATER, RecordingName(1, 2), RELEASED):
            yield Case(f"{name} by the receipt key", _forged(honest.vault, honest.serial, name, signer, pem))
