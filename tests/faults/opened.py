"""What a recording holds after a fault: the plaintext of its sealed files, signed or not, and how far its tracks are signed."""

import hashlib

from bwc_agent.agency.open import segment_key
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import integer, objects
from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.tink_stream import CHUNK, decrypt, decrypt_prefix
from bwc_agent.packets import Track


def opened(file: SealedFile, data: bytes, private: RecipientPrivate) -> bytes:
    """The plaintext of all that opens of a sealed file, the part behind its last mark too: up to the first chunk that is torn.

    Raises IntegrityError for a key that does not open, and for a finished file that is all there and does not.
    """
    key, associated = segment_key(file, private), hashlib.sha256(encode(file.line)).digest()
    if file.end is not None and len(data) == file.end[0]:
        return decrypt(key, associated, data)
    for chunks in range(len(data) // CHUNK, 0, -1):
        try:
            return decrypt_prefix(key, associated, data[: chunks * CHUNK])
        except IntegrityError:
            continue
    return b""


def signed(log: RecordingLog) -> dict[Track, tuple[int, int]]:
    """Of each track of which a sample is signed: how many are, and the capture time of the newest (ticks)."""
    out: dict[Track, tuple[int, int]] = {}
    for mark in log.marks:
        for entry in objects(mark, "tracks"):
            track = Track(integer(entry, "track"))
            before, _ = out.get(track, (0, 0))
            out[track] = before + integer(entry, "samples"), integer(entry, "to")
    return out
