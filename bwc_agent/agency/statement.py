"""The statement beside an export: who took what, for what, from which bytes into which, and what the verdict was.

With a signer it is a signed lines file (`_statement.jsonl`), else plain JSON that a person can read (`_statement.json`);
the digests in it are the same.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.verdict import Verdict
from bwc_agent.evidence.verify import NOT_OPENED

EXPORT: Final = "export"
EXCERPT: Final = "excerpt"
LINK: Final = "link"
"""What a statement is about: the kind of its first line. FORMAT.md, Statements, has their fields."""


def file_fields(path: Path) -> dict[str, Json]:
    """Name, length and SHA-256 of a file. Raises StorageError."""
    try:
        size, digest = digest_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check the disk") from error
    return {"bytes": size, "file": path.name, "sha256": digest}


def sources(folder: Path, names: Sequence[str], log: RecordingLog) -> list[Json]:
    """What was exported from: the log, its chain, and the sealed files `names`, by the digests that the log signs.

    Where a cut ended a file, those are of its signed beginning.
    """
    sealed: list[Json] = [
        {"bytes": bound[0], "file": file.name, "sha256": bound[1]}
        for file in log.files
        if file.name in names and (bound := file.end or file.marks[-1])
    ]
    log_state: dict[str, Json] = {"bytes": log.state[0], "file": "log.jsonl", "sha256": log.state[1]}
    return [log_state, file_fields(folder / "signer.pem"), *sealed]


def verdict_fields(verdict: Verdict) -> dict[str, Json]:
    """The verdict as the statement carries it: for an export everything was opened."""
    return {
        "not_checked": [what for what in verdict.not_checked if what != NOT_OPENED],
        "notes": list(verdict.notes),
        "protection": list(verdict.protection),
        "reasons": [str(reason) for reason in verdict.reasons],
        "state": verdict.state.value,
    }


def render_statement(kind: str, fields: Mapping[str, Json], signer: Signer | None) -> bytes:
    """The whole statement file. Raises IntegrityError for what a line cannot hold, HardwareError from the key."""
    if signer is None:
        return json.dumps({**fields, "kind": kind}, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    lines = SignedLines(kind, signer)
    return lines.first(0, **fields) + lines.sign()
