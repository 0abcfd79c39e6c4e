"""A log that is signed is still refused where its lines contradict each other."""

from collections.abc import Callable

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.identity import Identity, identity_fields
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.recording_reader import RecordingLog, read_log
from bwc_agent.evidence.signed import SignedLines, read_signed
from tests.evidence.trial import SERIAL, Agency, device_signer

SIGNER = device_signer(Agency.new())
WHO = StartIdentity(SERIAL, 0)
D = "0" * 64

Lines = list[tuple[str, dict[str, Json]]]


def _segment(number: int = 1, kind: str = "media", **changed: Json) -> tuple[str, dict[str, Json]]:
    identity = identity_fields(Identity(SERIAL, 0, 1, number, kind))
    file = f"{number:04d}.tink" if kind == "media" else f"{number:04d}.notes.tink"
    more: dict[str, Json] = {"base": 0, "tracks": []} if kind == "media" else {}
    return "segment", {"commit": D, "file": file, "identity": identity, "keys": [], **more, **changed}


def _mark(size: int, number: int = 1, samples: int = 3, **changed: Json) -> tuple[str, dict[str, Json]]:
    track: Json = {"bytes": 30, "from": 0, "samples": samples, "sha256": D, "to": 5, "track": 1}
    return "mark", {"bytes": size, "from": 0, "segment": number, "sha256": D, "to": 5, "tracks": [track], **changed}


def _end(size: int, number: int = 1, **changed: Json) -> tuple[str, dict[str, Json]]:
    return "end", {"bytes": size, "file": f"{number:04d}.tink", "segment": number, "sha256": D, **changed}


def _stop(samples: int, size: int) -> tuple[str, dict[str, Json]]:
    return "stop", {"edges": [], "reason": "hold", "samples": [{"bytes": size, "samples": samples, "sha256": D, "track": 1}]}


WHOLE: Lines = [_segment(), _mark(10), _mark(20), _end(30), _segment(2), _mark(10, 2), _end(10, 2), _stop(9, 90)]


def _read(lines: Lines, first: dict[str, Json] | None = None, kind: str = "recording", who: StartIdentity = WHO) -> RecordingLog:
    made = SignedLines(kind, SIGNER)
    data = made.first(7, **{"device": SERIAL, "recording": 1, "signer": D, "start": 0, **(first or {})})
    data += b"".join(made.add(name, 7, **fields) for name, fields in lines) + made.sign()
    return read_log(read_signed(data, SIGNER.certificate), who, (len(data), D))


def test_what_binds_each_file_is_gathered() -> None:
    log = _read(WHOLE)
    assert [(f.name, f.marks, f.end, f.signed) for f in log.files] == [
        ("0001.tink", [(10, D), (20, D)], (30, D), 30),
        ("0002.tink", [(10, D)], (10, D), 10),
    ]
    assert (str(log.name), log.begin, log.length, len(log.windows)) == ("000000-0001", 0, 5, 3)


def test_a_log_without_a_window_begins_at_its_first_line_and_has_no_length() -> None:
    log = _read([])
    assert (log.begin, log.length, log.files, log.stop) == (7, 0, (), None)


@pytest.mark.parametrize(("stated", "read"), [({}, (None, None)), ({"officer": "4711", "time_zone": "UTC"}, ("4711", "UTC"))])
def test_who_wore_it_and_in_which_time_zone_may_be_unknown(stated: dict[str, Json], read: tuple[str | None, str | None]) -> None:
    log = _read([], {"officer": None, **stated})
    assert (log.officer, log.time_zone) == read
    with pytest.raises(IntegrityError, match="officer"):
        assert _read([], {"officer": 4711}).officer


def test_notes_are_bound_by_the_marks_of_their_segment() -> None:
    notes: Json = {"bytes": 5, "sha256": D}
    log = _read([_segment(), _segment(1, "notes"), _mark(10, notes=notes), _end(10), _end(5, file="0001.notes.tink")])
    assert [(f.name, f.marks, f.end) for f in log.files] == [("0001.tink", [(10, D)], (10, D)), ("0001.notes.tink", [(5, D)], (5, D))]
    assert [f.name for f in log.media] == ["0001.tink"]


def test_a_mark_without_samples_binds_bytes_and_is_no_window() -> None:
    log = _read([_segment(), _mark(10), _mark(20, tracks=[])])
    assert len(log.windows) == len(log.marks) == 1 and log.files[0].signed == 20


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([_segment(2)], "out of order"),
        ([_segment(), _segment()], "goes on while|out of order"),
        ([_segment(), _mark(10), _segment(2)], "not finished"),
        ([_segment(file="0002.tink")], "identity of another"),
        ([_segment(file="../0001.tink")], "identity of another"),
        ([_segment(identity=identity_fields(Identity("OTHER", 0, 1, 1, "media")))], "identity of another"),
        ([_segment(identity=identity_fields(Identity(SERIAL, 0, 2, 1, "media")))], "identity of another"),
        ([_segment(commit="x")], "commit"),
        ([_segment(keys=[{"recipient": "a", "wrapped": "QR=="}])], "base64"),
        ([_segment(tracks=[{"track": 3}])], "track"),
        ([_segment(1, "notes")], "out of order"),
        ([_mark(10)], "not the one being written"),
        ([_segment(), _mark(10, 2)], "not the one being written"),
        ([_segment(), _mark(10), _mark(9)], "less"),
        ([_segment(), _mark(10, notes={"bytes": 1, "sha256": D})], "not announced"),
        ([_segment(), _mark(10, to=-1, tracks=[])], "ends before it begins"),
        ([_segment(), _mark(10, to=4)], "inside their window's time"),
        ([_segment(), _mark(10, **{"from": 1})], "inside their window's time"),
        ([_segment(), _mark(10, tracks=[{"bytes": 1, "samples": 1, "sha256": D, "track": 4}])], "track 4"),
        ([_segment(), _mark(10), _end(9)], "before its last mark"),
        ([_segment(), _end(9), _end(9)], "finished already"),
        ([_segment(), _end(9, segment=2)], "another segment"),
        ([_segment(), _end(9), _mark(10)], "finished already"),
        ([*WHOLE[:-1], _stop(8, 90)], "add up"),
        ([*WHOLE[:-1], _stop(9, 91)], "add up"),
        ([*WHOLE[:1], *WHOLE[2:]], "add up"),
        ([_segment(), _mark(10), _stop(3, 30)], "not finished"),
        ([*WHOLE, ("marker", {})], "follows the stop"),
        ([("recording", {})], "second recording"),
    ],
)
def test_lines_that_contradict_each_other_are_refused_with_the_line(lines: Lines, what: str) -> None:
    with pytest.raises(IntegrityError, match=rf"line {len(lines) + 1 if 'add up' not in what else '[0-9]+'}: .*({what})"):
        _read(lines)


@pytest.mark.parametrize(
    "read",
    [
        lambda: _read([], {"device": "OTHER"}),
        lambda: _read([], {"start": 1}),
        lambda: _read([], {"recording": 0}),
        lambda: _read([], {"signer": "x"}),
        lambda: _read([], kind="journal"),
        lambda: _read([], who=StartIdentity(SERIAL, 3)),
    ],
)
def test_a_first_line_of_something_else_is_refused(read: Callable[[], RecordingLog]) -> None:
    with pytest.raises(IntegrityError):
        read()
