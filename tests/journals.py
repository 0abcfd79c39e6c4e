"""Lines of a start's journal, for tests."""

import json
from pathlib import Path

from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json


def journal(vault: Path, kind: str, start: int = 0) -> list[dict[str, Json]]:
    """Every whole line of that kind, in its order."""
    lines = (Vault(vault).journals / f"{start:06d}.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == kind]
