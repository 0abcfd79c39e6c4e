"""What FORMAT.md's tables say of each kind of line is what a device really writes, field by field and name by name."""

import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

import pytest

import bwc_agent.evidence
from bwc_agent.control.events import Effect, Event, Signal
from bwc_agent.control.gesture import GestureKind
from bwc_agent.control.inputs import Source
from bwc_agent.control.status import State
from bwc_agent.evidence.lines import Json, encode, sha256_hex
from bwc_agent.evidence.receipts import write_receipt
from bwc_agent.evidence.recipients import RecipientPrivate, recipient_to_lines
from bwc_agent.evidence.revocations import Revocation, write_revocation
from bwc_agent.evidence.seal import Sealer
from hal.interfaces import Light
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, play
from tests.evidence.test_receipts import GOOD, SIGNER
from tests.evidence.trial import Agency

PAGE = (Path(bwc_agent.evidence.__file__).parent / "FORMAT.md").read_text()
SECTIONS = {int(number): text for number, text in re.findall(r"^## (\d+)\. (.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)}
FORM = {"bwc", "kind", "n", "t"}
BUSY = """
length = "70 s"
[settings.picture]
size = "320x180"
rate = 20
bitrate = "300 kb/s"
[settings.offload]
driver = "folder"
folder = "the dock's"
alarm = "1 h"
""" + "".join(
    f'[[event]]\nat = "{at} s"\ndo = "{do}"\n'
    for at, do in (
        (2, "double press"), (4, "press"), (5, "fix 41.8781 -87.6298"), (6, "function hold"), (12, "function triple"),
        (14, "open enclosure"), (15, "battery 12 %"), (16, "unplug camera"), (19, "plug camera"), (22, "dock"), (24, "undock"),
        (26, "hold"), (34, "double press"), (36, "function press"), (44, "cut power"), (46, "boot"), (47, "dock"),
        (50, "set clock 2099"), (60, "power hold"),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    """A shift in which much happens: a gap, a fault, a mute, stealth, the dock, a power cut, evidence that is overdue by a wrong clock."""
    root = tmp_path_factory.mktemp("busy")
    (root / "busy.toml").write_text(BUSY)
    return play(load_scenario(root / "busy.toml"), root)


def lines(paths: Iterable[Path]) -> Iterator[dict[str, Json]]:
    for path in paths:
        yield from map(json.loads, path.read_text().splitlines())


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def row(section: int, kind: str) -> set[str]:
    """The words in code that the row of `kind` has."""
    found = re.search(rf"^\| `{kind}` \|(.*)\|$", SECTIONS[section], re.MULTILINE)
    assert found is not None, f"section {section} has no row for {kind}"
    return words(found[1])


def table(section: int, before: str) -> set[str]:
    """The fields of the table of one kind that follows the words `before`."""
    body = SECTIONS[section].split(before, 1)[1].split("| field |", 1)[1].split("\n\n", 1)[0]
    return {word for line in body.splitlines()[2:] for word in words(line.split("|")[1])}


def check(section: int, found: Iterable[dict[str, Json]]) -> set[str]:
    """Every field of every line stands in the row of its kind; gives the kinds seen."""
    seen = set()
    for line in found:
        kind = str(line["kind"])
        seen.add(kind)
        if kind not in ("sig", "recording", "segment", "mark"):
            assert line.keys() - FORM <= row(section, kind), line
    return seen


def test_each_line_of_a_log_has_the_fields_that_its_row_names(shift: Shift) -> None:
    logs = list(lines(shift.vault.root.glob("recordings/*/log.jsonl")))
    kinds = "dock end fault gap indicator mark marker mute recording secured segment sig stealth stop tamper"
    assert check(7, logs) == set(kinds.split())
    for kind, before in (("recording", "The first line"), ("segment", "A `segment` line"), ("mark", "A `mark` binds")):
        fields = set().union(*(line.keys() for line in logs if line["kind"] == kind)) - FORM
        assert fields == table(7, before), kind


def test_each_line_of_a_journal_has_the_fields_that_its_row_names(shift: Shift) -> None:
    kinds = "anchor closed delivery event fault found held journal ledger off opened parts power reached settings sig software space state"
    assert check(8, lines(shift.vault.root.glob("journal/*.jsonl"))) == set(kinds.split())


def test_the_digest_of_the_settings_is_that_of_the_journals_line(shift: Shift) -> None:
    settings = next(line for line in lines([shift.vault.journal(0)]) if line["kind"] == "settings")
    first = next(lines([shift.folder() / "log.jsonl"]))
    assert sha256_hex(encode({name: value for name, value in settings.items() if name not in FORM})) == first["settings"]


def test_receipt_revocation_and_recipient_have_exactly_the_fields_of_their_rows() -> None:
    receipt: dict[str, Json] = json.loads(write_receipt(GOOD, SIGNER).splitlines()[0])
    recipient: dict[str, Json] = json.loads(
        recipient_to_lines(RecipientPrivate.generate().public("one"), Agency.new().signer).splitlines()[0]
    )
    revoked = Revocation("BWC-0001", 3, (10, "0" * 64), 0, "lost")
    revocation: dict[str, Json] = json.loads(write_revocation(revoked, Agency.new().signer).splitlines()[0])
    assert revocation.keys() - FORM <= row(9, "revocation")
    assert receipt.keys() - FORM <= row(9, "receipt")
    assert recipient.keys() - FORM == row(5, "recipient")


def test_the_statement_of_an_export_has_exactly_the_fields_of_its_table(shift: Shift) -> None:
    stated = json.loads(shift.exported().statement.read_text())
    assert stated.keys() - FORM == table(14, "An `export` has")
    assert stated["verdict"].keys() <= words(SECTIONS[14])


@pytest.mark.parametrize(
    ("begins", "names"),
    [
        ("States", State),
        ("Gestures", GestureKind),
        ("Other events", [event for event in Event if event.value not in {kind.value for kind in GestureKind}]),
        ("Answers that do something", Effect),
        ("Answers that are signals", Signal),
        ("Lights", Light),
        ("Parts", Source),
    ],
)
def test_the_names_in_lines_are_all_listed(begins: str, names: Iterable[Enum]) -> None:
    found = re.search(rf"^- {begins}[^:]*:(.*?)(?=^- |\Z|\n\n)", SECTIONS[8], re.DOTALL | re.MULTILINE)
    assert found is not None
    assert words(re.sub(r"\s+", " ", found[1])) == {name.value for name in names}


def test_the_example_of_padding_is_what_the_sealer_does() -> None:
    sealer, sizes = Sealer(bytes(32), bytes(32)), []
    for piece in (1114, 474, 4076):
        sealer.piece([bytes(piece)])
        sizes.append(sealer.bytes)
    sealer.finish()
    assert [*sizes, sealer.bytes] == [4096, 8192, 16384, 16408]
    example = re.search(r"^For example: (.*?)\n\n", SECTIONS[6], re.DOTALL | re.MULTILINE)
    assert example is not None
    assert [int(n) for n in re.findall(r"\d+", example[1]) if int(n) in (4096, 8192, 16384, 16408)] == [4096, 8192, 16384, 16408]
