"""What a signature speaks for is on the card before the signature is: otherwise a cut in between would look like an alteration."""

import json
from pathlib import Path

import pytest

from bwc_agent.evidence.requests import EndWindow, Note, OpenRecording, Request
from bwc_agent.files import Appender
from bwc_agent.units import TICKS
from tests.offload.shift import FIRST, Shift, media


class Card:
    """The real appender, and beside it how much of each file is durable."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.durable: dict[str, int] = {}
        self.early: list[str] = []
        append, sync = Appender.append, Appender.sync

        def synced(file: Appender) -> None:
            sync(file)
            self.durable[file.path.name] = file.path.stat().st_size

        def appended(file: Appender, data: bytes | memoryview) -> None:
            if file.path.name == "log.jsonl" and b'"kind":"sig"' in bytes(data):
                self.early += [name for name, size in bound(file.path).items() if size > self.durable.get(name, 0)]
            append(file, data)

        patch.setattr(Appender, "sync", synced)
        patch.setattr(Appender, "append", appended)


def bound(log: Path) -> dict[str, int]:
    """How many bytes of each sealed file the lines of a log bind."""
    found: dict[str, int] = {}
    for line in map(json.loads, log.read_text().splitlines()):
        if line["kind"] == "mark":
            found[f"{line['segment']:04d}.tink"] = line["bytes"]
            found[f"{line['segment']:04d}.notes.tink"] = line.get("notes", {"bytes": 0})["bytes"]
        elif line["kind"] == "end":
            found[line["file"]] = line["bytes"]
    return found


@pytest.mark.parametrize("first_note", [2, 4, 6])
def test_a_first_note_amid_windows_signs_none_of_them_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_note: int) -> None:
    start, card = Shift(tmp_path / "vault").start(), Card(monkeypatch)
    requests: list[Request] = [OpenRecording(0, 1, FIRST), *media(1, 0)]
    notes: list[Request] = [Note(1, "position", {"accuracy": 1, "latitude": 1, "longitude": 2}), EndWindow(TICKS, TICKS, TICKS)]
    start.perform(*requests[:first_note], *notes, *requests[first_note:], *notes)
    start.filing.sync()
    assert "0001.notes.tink" in card.durable and card.early == []
