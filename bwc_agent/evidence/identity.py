"""What a sealed file is: the words that its key is bound to, so that no key can be passed off as another file's."""

from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, integer, text
from bwc_agent.evidence.lines import Json, encode

KINDS: Final = ("media", "notes")
"""The kinds of sealed files."""

_INFO: Final = b"bwc/1 segment key\n"


@dataclass(frozen=True, slots=True)
class Identity:
    """One sealed file in the whole world: device serial, start, recording and segment number, and kind (media, notes)."""

    device: str
    start: int
    recording: int
    segment: int
    kind: str


def identity_fields(identity: Identity) -> dict[str, Json]:
    """As it stands in the `segment` line."""
    return {
        "device": identity.device,
        "kind": identity.kind,
        "recording": identity.recording,
        "segment": identity.segment,
        "start": identity.start,
    }


def identity_from_fields(fields: Line) -> Identity:
    """The identity that a `segment` line states. Raises IntegrityError for any other field or value."""
    found = Identity(
        text(fields, "device"), integer(fields, "start"), integer(fields, "recording"), integer(fields, "segment"), text(fields, "kind")
    )
    if identity_fields(found) != dict(fields) or found.kind not in KINDS:
        raise IntegrityError(f"an identity has device, start, recording, segment and a kind of {' or '.join(KINDS)}, nothing else")
    return found


def key_info(identity: Identity) -> bytes:
    """What HPKE binds a wrapped key to (RFC 9180, `info`): a fixed line, then the identity without its newline."""
    return _INFO + encode(identity_fields(identity)).removesuffix(b"\n")
