"""Lines of a start's journal, for tests."""

import json

from bwc_agent.evidence.lines import Json
from tests.e2e.played import Shift


def journal(shift: Shift, kind: str, start: int = 0) -> list[dict[str, Json]]:
    path = shift.vault.journals / f"{start:06d}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["kind"] == kind]
