"""An MP4 proves itself against the log alone: whole, in pieces, and what was done to it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from struct import pack

import pytest

from bwc_agent.agency.excerpt_check import verify_export
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.verdict import Protection, Span, State, Verdict
from bwc_agent.units import TICKS
from tests.agency.exported import exported, ffmpeg, revoked
from tests.evidence_made import ODD, long_take, plain_film
from tests.fmp4.fmp4_material import UNEVEN, moved, pictures, video_config
from tests.offload.shift import Shift, desk


@dataclass(frozen=True)
class Film:
    """An export, and a folder with nothing but the log and its chain."""

    shift: Shift
    mp4: Path
    record: Path

    def verify(self, mp4: Path | None = None, record: Path | None = None) -> Verdict:
        return verify_export(mp4 or self.mp4, record or self.record, self.shift.authority)

    def made(self, name: str, *words: str | Path) -> Path:
        ffmpeg(*words, self.mp4.with_name(name))
        return self.mp4.with_name(name)


def _keep_log(folder: Path, record: Path) -> Path:
    record.mkdir()
    for name in ("log.jsonl", "signer.pem"):
        shutil.copy(folder / name, record)
    return record


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Three segments; the first and the last hold the same pictures, the second others."""
    root = tmp_path_factory.mktemp("film")
    shift = Shift(root / "vault")
    second = video_config(), moved(pictures()[30:60], -TICKS)
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[plain_film(), second, plain_film()]))
    return Film(shift, exported(shift, folder, root / "out").mp4, _keep_log(folder, root / "record"))


def _span(begin: float, end: float) -> tuple[int, int]:
    return round(begin * 10), round(end * 10)


def _spans(verdict: Verdict) -> list[tuple[int, int]]:
    """Stretches in tenths of seconds of the recording."""
    assert all(span.protection is Protection.SIGNED for span in verdict.spans)
    return [_span((span.first - ODD) / TICKS, (span.last - ODD) / TICKS) for span in verdict.spans]


def test_the_whole_export_is_complete_without_any_segment(film: Film) -> None:
    verdict = film.verify()
    assert (verdict.state, verdict.reasons, verdict.notes) == (State.COMPLETE, (), ("the whole recording 000000-0001",))
    assert _spans(verdict) == [(0, 30)] and verdict.not_checked


def test_the_same_samples_in_another_container_are_complete_too(film: Film) -> None:
    assert film.verify(film.made("film.mkv", "-i", film.mp4, "-c", "copy")).state is State.COMPLETE


def test_a_piece_cut_at_a_keyframe_says_which_seconds_are_original(film: Film) -> None:
    verdict = film.verify(film.made("piece.mp4", "-ss", "1", "-i", film.mp4, "-c", "copy"))
    assert _spans(verdict) == [(10, 30)]
    assert verdict.state in (State.COMPLETE, State.UNSIGNED_TAIL)
    assert "4 of the 6 windows" in verdict.notes[0]


def test_what_a_cut_left_of_a_window_at_its_edges_is_vouched_for_by_nobody(film: Film) -> None:
    verdict = film.verify(film.made("edges.mp4", "-ss", "0.5", "-t", "1.7", "-i", film.mp4, "-c", "copy"))
    assert verdict.state is State.UNSIGNED_TAIL
    assert _spans(verdict) == [(5, 20)]


@pytest.mark.parametrize(("second", "pictures", "state"), [("1", 30, State.UNSIGNED_TAIL), ("2.6", 75, State.INCOMPLETE)])
def test_pictures_whose_sound_begins_later_are_alone_and_past_a_cuts_doing_incomplete(
    film: Film, second: str, pictures: int, state: State
) -> None:
    words = ("-i", film.mp4, "-ss", second, "-itsoffset", second, "-i", film.mp4, "-map", "0:v", "-map", "1:a", "-c", "copy")
    verdict = film.verify(film.made("silent.mp4", *words))
    assert verdict.state is state
    assert f"at its beginning {pictures} pictures are as recorded, but not whole windows" in str(verdict.reasons[0])
    assert _spans(verdict) == [(pictures // 3, 30)]


def test_an_odd_cut_of_a_film_with_uneven_pictures_keeps_every_whole_window(tmp_path: Path) -> None:
    """Pictures and sound begin at different times then, and libav's usual reading moves one against the other."""
    shift = Shift(tmp_path / "vault")
    uneven = [unit for unit in pictures(UNEVEN) if unit.pts < TICKS]
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[(video_config(), uneven)] * 4))
    mp4 = exported(shift, folder, tmp_path / "out").mp4
    for begin in ("0.37", "1.13", "1.61"):
        ffmpeg("-ss", begin, "-i", mp4, "-c", "copy", tmp_path / "piece.mp4")
        verdict = verify_export(tmp_path / "piece.mp4", folder, shift.authority)
        assert verdict.state in (State.COMPLETE, State.UNSIGNED_TAIL), verdict.reasons
        assert len(verdict.spans) == 1


Edit = tuple[int, int]
"""An entry of an edit list: how long to show (milliseconds) from which media time on (ticks; -1: nothing)."""


def _edited(film: Film, entries: list[Edit]) -> Path:
    """The film, its pictures shown by this edit list (ISO/IEC 14496-12, 8.6.6)."""
    plain = film.made("plain.mp4", "-i", film.mp4, "-c", "copy").read_bytes()
    moov = plain.rindex(b"moov") - 4
    trak = plain.index(b"trak", moov) - 4
    head, movie = plain[:moov], bytearray(plain[moov:].replace(b"edts", b"free", 1))
    table = b"".join(pack(">IiI", duration, media, 1 << 16) for duration, media in entries)
    elst = pack(">I4sII", 16 + len(table), b"elst", 0, len(entries)) + table
    edts = pack(">I4s", 8 + len(elst), b"edts") + elst
    after = trak - moov + 8 + int.from_bytes(movie[trak - moov + 8 : trak - moov + 12])
    movie[after:after] = edts
    for box in (0, trak - moov):
        movie[box : box + 4] = (int.from_bytes(movie[box : box + 4]) + len(edts)).to_bytes(4)
    path = film.mp4.with_name("edited.mp4")
    path.write_bytes(head + movie)
    return path


@pytest.mark.parametrize(
    ("entries", "state"),
    [
        ([(3000, 0)], State.COMPLETE),
        ([(1000, 0), (1000, 96_000)], State.ALTERED),
        ([(1000, 0), (500, -1), (2000, 48_000)], State.ALTERED),
        ([(1000, 0), (3000, 0)], State.ALTERED),
        ([(500, -1), (500, -1), (3000, 0)], State.ALTERED),
        ([(200, -1), (3000, 0)], State.ALTERED),
    ],
)
def test_an_edit_list_that_hides_repeats_or_moves_a_part_is_an_alteration(film: Film, entries: list[Edit], state: State) -> None:
    verdict = film.verify(_edited(film, entries))
    assert verdict.state is state, verdict.reasons


def test_pictures_that_an_edit_list_hides_at_the_end_are_told(film: Film) -> None:
    verdict = film.verify(_edited(film, [(2000, 0)]))
    assert verdict.state is State.COMPLETE
    assert any("a player shows 60 of the 90 pictures" in note for note in verdict.notes)


def _flip(film: Film, part: float) -> Path:
    """One byte of the samples changed, at `part` of the file."""
    data = bytearray(film.mp4.read_bytes())
    data[int(len(data) * part)] ^= 1
    path = film.mp4.with_name(f"flip{part}.mp4")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.95])
def test_one_changed_byte_takes_its_half_second_out_and_leaves_the_others_original(film: Film, part: float) -> None:
    verdict = film.verify(_flip(film, part))
    assert verdict.state is State.ALTERED
    assert sum(end - begin for begin, end in _spans(verdict)) in (24, 25)


def _slow(film: Film) -> Path:
    return film.made("slow.mp4", "-itsscale", "2", "-i", film.mp4, "-c", "copy")


def _sound_moved(film: Film) -> Path:
    return film.made("moved.mp4", "-i", film.mp4, "-itsoffset", "0.2", "-i", film.mp4, "-map", "0:v", "-map", "1:a", "-c", "copy")


def _encoded_anew(film: Film) -> Path:
    return film.made("anew.mp4", "-i", film.mp4, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy")


def _middle_left_out(film: Film) -> Path:
    ends = [film.made("a.mp4", "-t", "0.9", "-i", film.mp4, "-c", "copy"), film.made("b.mp4", "-ss", "2", "-i", film.mp4, "-c", "copy")]
    listed = film.mp4.with_name("list.txt")
    listed.write_text("".join(f"file '{path}'\n" for path in ends))
    return film.made("joined.mp4", "-f", "concat", "-safe", "0", "-i", listed, "-c", "copy")


def _second_picture(film: Film) -> Path:
    return film.made("two.mp4", "-i", film.mp4, "-i", film.mp4, "-map", "0", "-map", "1:v", "-c", "copy")


@pytest.mark.parametrize("change", [_slow, _sound_moved, _encoded_anew, _middle_left_out, _second_picture])
def test_what_was_done_to_it_makes_it_altered(film: Film, change: Callable[[Film], Path]) -> None:
    verdict = film.verify(change(film))
    assert verdict.state is State.ALTERED and verdict.exit_status == 13


def test_without_its_sound_it_is_incomplete_and_its_pictures_are_original(film: Film) -> None:
    verdict = film.verify(film.made("mute.mp4", "-i", film.mp4, "-an", "-c", "copy"))
    assert [(reason.state, "sound" in reason.what) for reason in verdict.reasons] == [(State.INCOMPLETE, True)]
    assert _spans(verdict) == [(0, 30)]


def test_a_text_track_beside_it_is_told_and_does_no_harm(film: Film) -> None:
    words = ("-i", film.mp4, "-i", film.mp4.with_suffix(".srt"), "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text")
    verdict = film.verify(film.made("text.mp4", *words))
    assert verdict.state is State.COMPLETE
    assert any("subtitle" in what for what in verdict.not_checked)


def test_the_log_of_another_recording_knows_nothing_of_it(film: Film, tmp_path: Path) -> None:
    start = film.shift.start()
    start.record(1)
    start.off()
    record = _keep_log(film.shift.vault.recording(RecordingName(start.number, 1)), tmp_path / "record")
    other = film.made("re.mp4", "-i", film.mp4, "-c:v", "libx264", "-preset", "ultrafast", "-an")
    assert film.verify(other, record).state is State.ALTERED


def test_what_is_no_film_or_no_record_is_called_so(film: Film, tmp_path: Path) -> None:
    assert film.verify(film.record / "log.jsonl").state is State.NOT_A_RECORDING
    assert film.verify(tmp_path / "nothing.mp4").state is State.NOT_A_RECORDING
    assert film.verify(record=tmp_path / "nothing").state is State.NOT_A_RECORDING


def test_a_film_of_a_revoked_device_is_of_an_unknown_signer_and_which_revocations_were_given_is_said(film: Film) -> None:
    verdict = verify_export(film.mp4, film.record, film.shift.authority, revoked(-1).revocations)
    assert verdict.state is State.UNKNOWN_SIGNER and verdict.log is None
    assert film.verify().not_checked[-1] == "revocations: none were given"
    counts = verify_export(film.mp4, film.record, film.shift.authority, revoked(0).revocations)
    assert counts.state is State.COMPLETE and counts.not_checked[-1].startswith("revocations after the 1 that were given")


def test_a_log_that_is_not_believed_speaks_for_nothing(film: Film, tmp_path: Path) -> None:
    record = _keep_log(film.record, tmp_path / "record")
    (record / "log.jsonl").write_bytes((record / "log.jsonl").read_bytes().replace(b"4711", b"4712"))
    assert film.verify(record=record).state is State.ALTERED
    assert verify_export(film.mp4, film.record, desk("another authority").agency.certificate).state is State.UNKNOWN_SIGNER


def test_the_export_of_a_cut_recording_is_truncated_as_the_recording_is(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "vault")
    start = shift.start()
    start.begin(1, segments=2)
    start.cut()
    folder = shift.vault.recording(RecordingName(0, 1))
    verdict = verify_export(exported(shift, folder, tmp_path / "out").mp4, folder, shift.authority)
    assert verdict.state is State.TRUNCATED
    assert verdict.spans == (Span(0, TICKS + 46_400, Protection.SIGNED),)


def test_a_film_whose_windows_are_all_alike_still_fits_one_after_the_other(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "vault")
    config, units = plain_film()
    still = [unit for unit in units[:15]]
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[(config, still)] * 4))
    mp4 = exported(shift, folder, tmp_path / "out").mp4
    assert verify_export(mp4, folder, shift.authority).state is State.COMPLETE
    ffmpeg("-ss", "1", "-i", mp4, "-an", "-c", "copy", tmp_path / "piece.mp4")
    verdict = verify_export(tmp_path / "piece.mp4", folder, shift.authority)
    assert {reason.state for reason in verdict.reasons} == {State.INCOMPLETE} and len(verdict.spans) == 1
