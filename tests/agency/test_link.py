"""A link binds a copy to its recording; whatever is changed afterwards, in either of them or in the link, is found."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

import bwc_agent.evidence
from bwc_agent.agency.excerpt import Wanted, excerpt
from bwc_agent.agency.excerpt_check import FilmVerdict, verify_export
from bwc_agent.agency.export import Order
from bwc_agent.agency.link import link, link_files
from bwc_agent.agency.link_check import with_links
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, fields
from bwc_agent.evidence.lines import Json, decode, encode, sha256_hex
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.verdict import State
from bwc_agent.files import AlreadyThereError
from tests.agency.exported import AT, ZONE, exported, ffmpeg, revoked
from tests.evidence_made import long_take
from tests.offload.shift import Shift, desk

ORDER = Order("technician 7", "a bystander's face blurred", ZONE, at=AT)


@dataclass(frozen=True)
class Copy:
    """The first half of a film, cut out by a stock program, and the record it is judged by."""

    shift: Shift
    mp4: Path
    record: Path

    @property
    def signed(self) -> Order:
        return replace(ORDER, signer=self.shift.desk.receipts)

    def judged(self, certificates: bool = True) -> FilmVerdict:
        known = [self.shift.desk.receipts.certificate] if certificates else []
        return with_links(self.mp4, verify_export(self.mp4, self.record, self.shift.authority), self.shift.authority, known)

    def link_file(self) -> Path:
        return next(path for path in link_files(self.mp4) if path.exists())

    def reasons(self) -> list[str]:
        """What is found about the link."""
        return [reason.what for reason in self.judged().reasons if reason.where == self.link_file().name]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shift = Shift(tmp_path / "vault")
    folder, record = shift.vault.recording(long_take(shift.start(), 1)), tmp_path / "record"
    record.mkdir()
    for name in ("log.jsonl", "signer.pem"):
        shutil.copy(folder / name, record)
    mp4 = tmp_path / "copy.mp4"
    ffmpeg("-i", exported(shift, folder, tmp_path / "out").mp4, "-t", "1.5", "-c", "copy", mp4)
    return Copy(shift, mp4, record)


def test_a_copy_of_what_a_revoked_device_signed_is_not_linked(copy: Copy) -> None:
    order = replace(copy.signed, given=revoked(-1))
    with pytest.raises(IntegrityError, match=r"nothing was linked: signer\.pem: .* the agency revoked BWC-0001 .*stolen"):
        link(copy.mp4, copy.record, copy.shift.authority, order)
    assert not any(path.exists() for path in link_files(copy.mp4))
    assert link(copy.mp4, copy.record, copy.shift.authority, replace(order, given=revoked(0))).verdict.log is not None


def test_a_link_holds_digests_who_why_when_and_which_seconds_are_original(copy: Copy) -> None:
    done = link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    assert done.path.name == "copy.mp4_link.jsonl"
    first, signature = (decode(line) for line in done.path.read_bytes().splitlines(keepends=True))
    log = (copy.record / "log.jsonl").read_bytes()
    assert (first["kind"], first["who"], first["why"]) == ("link", "technician 7", "a bystander's face blurred")
    assert first["at"] == "2026-02-01 17:30:00 +05:30" and signature["kind"] == "sig"
    assert first["copy"] == {"bytes": copy.mp4.stat().st_size, "file": "copy.mp4", "sha256": sha256_hex(copy.mp4.read_bytes())}
    record = {"first": sha256_hex(log.splitlines(keepends=True)[0]), "log": {"bytes": len(log), "sha256": sha256_hex(log)}}
    assert first["record"] == {**record, "device": copy.shift.serial, "recording": "000000-0001"}
    seconds = first["seconds"]
    assert isinstance(seconds, list) and isinstance(seconds[0], dict) and seconds[0]["what"] == "original"


def test_every_field_of_a_link_and_of_an_excerpt_stands_in_the_format(copy: Copy) -> None:
    page = (Path(bwc_agent.evidence.__file__).parent / "FORMAT.md").read_text().split("## 14.")[1]
    link(copy.mp4, copy.record, copy.shift.authority, ORDER)
    out = copy.mp4.parent / "out"
    done = excerpt(
        copy.shift.vault.recordings / "000000-0001", copy.shift.authority, copy.shift.desk.recipient, ORDER, Wanted("0", "1"), out
    )
    for path in (copy.link_file(), done.statement):
        said = json.loads(path.read_text())
        parts = [said, *(value for value in said.values() if isinstance(value, dict))]
        assert {f"`{name}`" for part in parts for name in part} - {"`kind`"} <= set(re.findall(r"`[a-z_0-9]+`", page))


def test_a_true_link_is_noted_with_its_signer_and_changes_no_verdict(copy: Copy) -> None:
    before = copy.judged()
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    after = copy.judged()
    assert (after.state, after.reasons) == (before.state, before.reasons)
    (note,) = set(after.notes) - set(before.notes)
    assert note.startswith("linked by technician 7 at 2026-02-01 17:30:00 +05:30: a bystander's face blurred (signed by ")


def test_without_a_key_it_is_unsigned_and_says_so(copy: Copy) -> None:
    done = link(copy.mp4, copy.record, copy.shift.authority, ORDER)
    assert done.path.name == "copy.mp4_link.json" and json.loads(done.path.read_text())["kind"] == "link"
    assert copy.reasons() == [] and any("signed by nobody" in note for note in copy.judged().notes)


def test_a_link_is_never_replaced_and_needs_a_log_that_is_believed(copy: Copy, tmp_path: Path) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    before = copy.link_file().read_bytes()
    for order in (copy.signed, ORDER):
        with pytest.raises(AlreadyThereError, match="never replaced"):
            link(copy.mp4, copy.record, copy.shift.authority, order)
    assert copy.link_file().read_bytes() == before
    other = Path(shutil.copy(copy.mp4, tmp_path / "other.mp4"))
    with pytest.raises(IntegrityError, match="nothing was linked"):
        link(other, copy.record, desk("another authority").agency.certificate, copy.signed)
    assert not any(path.exists() for path in link_files(other))


def test_what_is_no_film_can_be_linked_as_not_original_at_all(copy: Copy, tmp_path: Path) -> None:
    words = tmp_path / "transcript.txt"
    words.write_text("What was said.")
    assert link(words, copy.record, copy.shift.authority, copy.signed).verdict.state is State.NOT_A_RECORDING


def test_a_copy_changed_after_it_was_linked_is_found(copy: Copy) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    with copy.mp4.open("ab") as file:
        file.write(bytes(8))
    assert copy.reasons() == ["is about other bytes: this copy was changed after it was linked, or is another"]
    assert copy.judged().state is State.ALTERED


def test_a_link_to_another_recording_is_found(copy: Copy, tmp_path: Path) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    start = copy.shift.start()
    start.record(1)
    start.off()
    verdict = verify_export(copy.mp4, copy.shift.vault.recordings / "000001-0001", copy.shift.authority)
    found = with_links(copy.mp4, verdict, copy.shift.authority, [copy.shift.desk.receipts.certificate])
    assert "binds it to recording 000000-0001, not to this one" in [reason.what for reason in found.reasons]


Changed = Callable[[dict[str, Json]], Line]


def _rewrite(copy: Copy, change: Changed, signer: Signer | None = None) -> None:
    """The link with other fields, signed anew by `signer`, or under the old signature."""
    path = copy.link_file()
    first, signature = path.read_bytes().splitlines(keepends=True)
    changed = dict(change(decode(first)))
    if signer is None:
        path.write_bytes(encode(changed) + signature)
        return
    lines = SignedLines("link", signer)
    path.write_bytes(lines.first(0, **{k: v for k, v in changed.items() if k not in ("bwc", "kind", "n", "t")}) + lines.sign())


def test_a_link_that_was_changed_is_not_believed(copy: Copy) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    _rewrite(copy, lambda line: {**line, "who": "somebody else"})
    (what,) = copy.reasons()
    assert "no link that could be believed" in what and "signature does not fit" in what


def test_a_signer_who_calls_other_seconds_original_is_found(copy: Copy) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    _rewrite(copy, lambda line: {**line, "seconds": [{"film": [0, 9], "recorded": [0, 9], "what": "original"}]}, copy.shift.desk.receipts)
    assert copy.reasons() == ["says of other seconds that they are original than are found so"]


def test_a_link_made_from_another_log_or_from_more_of_it_is_found(copy: Copy) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    original = copy.link_file().read_bytes()
    size = (copy.record / "log.jsonl").stat().st_size
    for more, state in ((0, State.ALTERED), (9, State.END_UNPROVEN)):
        copy.link_file().write_bytes(original)
        _rewrite(copy, partial(_other_log, {"bytes": size + more, "sha256": "0" * 64}), copy.shift.desk.receipts)
        assert [reason.state for reason in copy.judged().reasons if reason.where] == [state]


def _other_log(seen: dict[str, Json], line: dict[str, Json]) -> Line:
    return {**line, "record": {**fields(line, "record"), "log": seen}}


def test_the_signature_of_a_key_that_is_not_here_is_not_checked_and_of_a_foreign_one_not_believed(copy: Copy) -> None:
    link(copy.mp4, copy.record, copy.shift.authority, copy.signed)
    found = copy.judged(certificates=False)
    assert any("who signed copy.mp4_link.jsonl" in what for what in found.not_checked)
    assert any("signed by an unknown key" in note for note in found.notes)
    stranger = desk("another authority").receipts
    _rewrite(copy, lambda line: line, stranger)
    judged = with_links(copy.mp4, verify_export(copy.mp4, copy.record, copy.shift.authority), copy.shift.authority, [stranger.certificate])
    assert any("not certified by this authority" in reason.what for reason in judged.reasons)


@pytest.mark.parametrize("number", [0, 1])
def test_anything_else_under_a_links_name_is_called_so(copy: Copy, number: int) -> None:
    for data in (b"", b"\n\n\n", b"{}", b'{"kind":"export"}', b"[" * 100_000, b"\xff" * 40, b'{"kind":"link"}\n{}\n'):
        link_files(copy.mp4)[number].write_bytes(data)
        (what,) = copy.reasons()
        assert "no link that could be believed" in what
