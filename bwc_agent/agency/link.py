"""A redacted copy, or any other that was made of a recording, bound to its original by a statement beside it.

    redacted.mp4, redacted.mp4_link.jsonl       signed by the agency's key; without one it is redacted.mp4_link.json

It holds the copy's SHA-256, the recording by its signed log, who made it and why, and what the marks say of its seconds
when it was linked. `link_check.py` reads it again.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.excerpt_check import FilmVerdict, verify_export
from bwc_agent.agency.excerpt_stretches import Stretch
from bwc_agent.agency.export import Order
from bwc_agent.agency.statement import LINK, file_fields, render_statement, verdict_fields
from bwc_agent.agency.wall_time import words
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json, encode, sha256_hex
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.files import AlreadyThereError, write_new


@dataclass(frozen=True, slots=True)
class Linked:
    """The statement that stands there now, and what the copy proved to be."""

    path: Path
    verdict: FilmVerdict


def link_files(copy: Path) -> tuple[Path, Path]:
    """Where the link of `copy` stands: signed, unsigned. The whole name, for the same film may lie beside it as MKV."""
    return copy.with_name(f"{copy.name}_link.jsonl"), copy.with_name(f"{copy.name}_link.json")


def link(copy: Path, record: Path, authority: Certificate, order: Order) -> Linked:
    """A link stands beside `copy`: `order` says who made it for what `purpose`, and signs if it has a signer.

    Only the log and signer.pem of the recording must lie in `record`. Raises IntegrityError if they are not believed,
    AlreadyThereError if the copy is linked already, StorageError, HardwareError from the key.
    """
    if taken := [path.name for path in link_files(copy) if path.exists()]:
        raise AlreadyThereError(f"{taken[0]} is there already, and never replaced; move it, or link another copy")
    verdict = verify_export(copy, record, authority, order.given.revocations)
    if verdict.log is None:
        raise IntegrityError(f"nothing was linked: {'; '.join(map(str, verdict.reasons))}")
    at = (order.at or datetime.datetime.now(datetime.UTC)).astimezone(order.time_zone)
    fields: dict[str, Json] = {
        "at": words(at),
        "copy": file_fields(copy),
        "record": record_fields(verdict.log),
        "seconds": seconds_fields(verdict.stretches),
        "verdict": verdict_fields(verdict),
        "who": order.who,
        "why": order.purpose,
    }
    signed, unsigned = link_files(copy)
    path = unsigned if order.signer is None else signed
    write_new(path, render_statement(LINK, fields, order.signer))
    return Linked(path, verdict)


def record_fields(log: RecordingLog) -> dict[str, Json]:
    """Which recording it is: its name, its first line as the journal has it, and the signed part of its log."""
    signed = b"".join(map(encode, log.lines))
    return {
        "device": log.who.serial,
        "first": sha256_hex(encode(log.first)),
        "log": {"bytes": len(signed), "sha256": sha256_hex(signed)},
        "recording": str(log.name),
    }


def seconds_fields(stretches: tuple[Stretch, ...]) -> list[Json]:
    """The stretches of the copy: its own times and those of capture, [first, last] in ticks or null."""
    return [
        {
            "film": None if stretch.film is None else list(stretch.film),
            "recorded": None if stretch.recorded is None else list(stretch.recorded),
            "what": stretch.what.value,
        }
        for stretch in stretches
    ]
