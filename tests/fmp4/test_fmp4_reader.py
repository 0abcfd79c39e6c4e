"""The reader gives back what the writer was given, trims what a power cut tore, and refuses all else by offset."""

import io
import random
from collections.abc import Sequence
from itertools import accumulate, pairwise

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4.boxes import box, free
from bwc_agent.fmp4.fragment import LIMIT, Row, Run, pack_head
from bwc_agent.fmp4.reader import Sample, iter_fragments, read_segment
from bwc_agent.fmp4.writer import Writer
from bwc_agent.packets import CodecConfig, Track
from tests.fmp4.fmp4_material import Unit, audio_config, both, pictures, pieces, sound, video_config

V, A = Track.VIDEO, Track.AUDIO
PIECES = pieces(both(), (*pictures(), *sound()), gap=40)
REAL = b"".join(PIECES)
ENDS = list(accumulate(map(len, PIECES)))
HEAD = len(PIECES[0])


def triples(samples: Sequence[Sample | Unit], track: Track) -> list[tuple[int, bool, bytes]]:
    """What must survive of a track."""
    return [(s.pts, s.keyframe, bytes(s.data)) for s in samples if s.track is track]


def track_units(track: Track, steps: st.SearchStrategy[int], duration: st.SearchStrategy[int]) -> st.SearchStrategy[list[Unit]]:
    """Up to 40 packets of one track from some start on, which may be 0."""
    sample = st.tuples(steps, duration, st.booleans(), st.binary(min_size=1, max_size=6))

    def build(start: int, rows: list[tuple[int, int, bool, bytes]]) -> list[Unit]:
        times = accumulate((row[0] for row in rows), initial=start)
        return [Unit(track, pts, row[1], row[2], row[3]) for pts, row in zip(times, rows, strict=False)]

    return st.builds(build, st.integers(0, 100_000) | st.just(0), st.lists(sample, max_size=40))


PICTURES = track_units(V, st.integers(1, 5_000) | st.just(1_600), st.just(0) | st.integers(1, 5_000))
SOUND = track_units(A, st.just(1_024) | st.integers(1, 9_000), st.sampled_from([0, 1_024]))


@settings(max_examples=120, deadline=None)
@given(PICTURES, SOUND, st.integers(1, 50_000), st.sampled_from([0, 8, 50]))
@example([Unit(V, 0, 0, True, b"x")], [Unit(A, 0, 0, True, b"y")], 12_000, 0)
@example([], [], 12_000, 0)
def test_everything_written_is_read_back(video: list[Unit], audio: list[Unit], every: int, gap: int) -> None:
    data = b"".join(pieces(both(), (*video, *audio), every, gap))
    segment = read_segment(data)
    assert segment.configs == tuple(both())
    assert segment.whole == len(data)
    assert triples(segment.samples, V) == triples(video, V)
    assert triples(segment.samples, A) == triples(audio, A)


@settings(max_examples=60, deadline=None)
@given(PICTURES)
def test_within_a_fragment_a_picture_lasts_until_the_next(video: list[Unit]) -> None:
    samples = read_segment(b"".join(pieces([video_config()], video, 1 << 31))).samples
    assert [s.duration for s in samples[:-1]] == [b.pts - a.pts for a, b in pairwise(samples)]


@pytest.mark.parametrize("configs", [[video_config()], [audio_config()], both(), both()[::-1]])
def test_configurations_come_back_video_first(configs: list[CodecConfig]) -> None:
    data = Writer(configs).header()
    assert read_segment(data).configs == tuple(sorted(configs, key=lambda config: config.track.value))
    assert read_segment(data).whole == len(data)


def test_samples_are_slices_of_the_data() -> None:
    assert all(sample.data.obj is REAL for sample in read_segment(REAL).samples)


def test_fragments_come_one_by_one_and_lead_to_the_same() -> None:
    fragments = list(iter_fragments(memoryview(REAL)))
    assert [sample for fragment in fragments for sample in fragment.samples] == read_segment(REAL).samples
    assert b"".join(REAL[fragment.offset : fragment.end] for fragment in fragments) == b"".join(PIECES[1::2])


def test_a_fragment_is_read_only_when_asked_for() -> None:
    fragments = iter_fragments(REAL[: ENDS[1]] + b"damage not reached")
    assert next(fragments).end == ENDS[1]
    with pytest.raises(IntegrityError, match=f"offset {ENDS[1]}:"):
        next(fragments)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(REAL)))
def test_a_file_cut_anywhere_is_trimmed_to_its_last_whole_box(cut: int) -> None:
    segment = read_segment(REAL[:cut])
    assert segment.whole == max((end for end in ENDS if end <= cut), default=0)
    assert segment.samples == read_segment(REAL[: segment.whole]).samples
    assert (segment.configs == ()) == (cut < HEAD)


def test_what_is_left_of_a_file_cut_at_random_decodes() -> None:
    chosen = random.Random(7)
    for _ in range(12):
        cut = REAL[: chosen.randrange(ENDS[1], len(REAL))]
        segment = read_segment(cut)
        with av.open(io.BytesIO(cut[: segment.whole]), "r") as container:
            frames = [frame for packet in container.demux() for frame in packet.decode()]
        assert len(frames) == len(segment.samples)


def test_a_moof_without_its_whole_mdat_is_dropped() -> None:
    moof = ENDS[2] + int.from_bytes(REAL[ENDS[2] : ENDS[2] + 4])
    for cut in (moof, moof + 4, moof + 8, ENDS[3] - 1):
        assert read_segment(REAL[:cut]).whole == ENDS[2]


def test_every_flipped_byte_of_the_head_is_refused_or_leaves_nothing() -> None:
    for offset in range(HEAD):
        torn = bytearray(REAL[: ENDS[1]])
        torn[offset] ^= 0x11
        try:
            segment = read_segment(bytes(torn))
        except IntegrityError as error:
            assert str(error).startswith("offset ")
        else:
            # the length of moov, or a byte that is itself the configuration
            assert segment.configs != tuple(both())


FRAGMENT = PIECES[1]
SECOND = PIECES[3]
MOOF = int.from_bytes(FRAGMENT[:4])


@pytest.mark.parametrize(
    ("tail", "at", "says"),
    [
        (PIECES[3], 0, "not the head of fragment 1"),
        (FRAGMENT + FRAGMENT, len(FRAGMENT), "not the head of fragment 2"),
        (FRAGMENT[MOOF:], 0, "a box of kind b'mdat'"),
        (box(b"skip", b"1234"), 0, "a box of kind b'skip'"),
        (FRAGMENT[:MOOF] + free(8) + FRAGMENT[MOOF:], MOOF, "not the mdat"),
        (box(b"free", b"hidden"), 0, "a free box that is not empty"),
        (bytes(8), 0, "a box of length 0"),
        (b"\0\0\0\1mdat" + bytes(8), 0, "a box of length 1"),
        (box(b"moof"), 0, "not the head of fragment 1"),
        (box(b"moof", FRAGMENT[8:24]), 0, "a fragment without samples"),
        (box(b"moof", FRAGMENT[8:24], bytes(10)), 24, "not a run of samples"),
    ],
)
def test_what_the_writer_does_not_write_is_refused_by_offset(tail: bytes, at: int, says: str) -> None:
    with pytest.raises(IntegrityError, match=f"offset {HEAD + at}: {says}"):
        read_segment(PIECES[0] + tail)


@pytest.mark.parametrize(
    ("offset", "value", "says"),
    [
        (24 + 20, 3, "unknown track"),
        (24 + 20, 2, "times that do not rise"),
        (24 + 32, 0, "not a run"),
        (24 + 36, 1, "beyond a day"),
        (24 + 56, 0, "without samples"),
        (24 + 56, 0xFFFFFFFF, "longer than its fragment"),
        (24 + 60, 0xFFFFFFFF, "not a run"),
        (24 + 64, 0, "without duration"),
        (24 + 64, 0xFFFFFFFF, "beyond a day"),
        (24 + 68, 0, "without duration or bytes"),
        (24 + 68, 0x3FFFFFFF, "over one GiB"),
        (24 + 68, 0xFFFFFFFF, "too large"),
        (24 + 72, 0x02000001, "unknown flags"),
    ],
)
def test_a_table_that_lies_is_refused_before_it_costs_anything(offset: int, value: int, says: str) -> None:
    fragment = bytearray(FRAGMENT)
    fragment[offset : offset + 4] = value.to_bytes(4)
    with pytest.raises(IntegrityError, match=rf"offset \d+: .*({says})"):
        read_segment(PIECES[0] + bytes(fragment))


@pytest.mark.parametrize("start", [0, max(pts for pts, _, _ in triples(read_segment(REAL[: ENDS[1]]).samples, V))])
def test_times_that_do_not_rise_between_fragments_are_refused(start: int) -> None:
    second = bytearray(SECOND)
    second[24 + 36 : 24 + 44] = start.to_bytes(8)
    with pytest.raises(IntegrityError, match=f"offset {HEAD + len(FRAGMENT)}: times that do not rise"):
        read_segment(PIECES[0] + FRAGMENT + bytes(second))


def test_the_last_tick_of_the_day_is_read_and_the_next_is_not() -> None:
    def written(start: int) -> bytes:
        return PIECES[0] + pack_head(1, [Run(V, start, [Row(1, 1, True), Row(1, 1, True)])]) + b"ab"

    assert [sample.pts for sample in read_segment(written(LIMIT - 2)).samples] == [LIMIT - 2, LIMIT - 1]
    with pytest.raises(IntegrityError, match=f"offset {HEAD}: times that do not rise, or beyond a day"):
        read_segment(written(LIMIT - 1))


def test_sound_before_pictures_is_refused() -> None:
    runs = [Run(track, 0, [Row(1024, 1, True)]) for track in (A, V)]
    with pytest.raises(IntegrityError, match=f"offset {HEAD}: sound before pictures"):
        read_segment(PIECES[0] + pack_head(1, runs) + b"av")


def test_a_track_that_the_head_does_not_name_is_refused() -> None:
    with pytest.raises(IntegrityError, match="without a configuration"):
        read_segment(Writer([audio_config()]).header() + FRAGMENT)


def check_sane(data: bytes) -> None:
    """Reads or refuses by name; what is read lies within the data, in order, and reads the same again."""
    try:
        segment = read_segment(data)
    except IntegrityError as error:
        assert str(error).startswith("offset ")
        return
    assert segment.whole <= len(data)
    assert sum(len(sample.data) for sample in segment.samples) <= segment.whole
    for track in Track:
        times = [sample.pts for sample in segment.samples if sample.track is track]
        assert all(earlier < later for earlier, later in pairwise(times))
    assert read_segment(data[: segment.whole]).samples == segment.samples


NUMBERS = st.sampled_from([0, 1, 7, 8, 9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]) | st.integers(0, 0xFFFFFFFF)
MOSTLY_TABLES = st.integers(0, ENDS[2] // 4 - 2).map(lambda n: n * 4) | st.integers(0, HEAD + MOOF) | st.integers(0, len(REAL) - 4)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(MOSTLY_TABLES, NUMBERS), min_size=1, max_size=4), st.integers(0, len(REAL)) | st.none())
def test_damaged_files_are_read_or_refused(changes: list[tuple[int, int]], cut: int | None) -> None:
    data = bytearray(REAL)
    for offset, value in changes:
        data[offset : offset + 4] = value.to_bytes(4)
    check_sane(bytes(data[:cut]))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(REAL)), st.integers(0, 200), st.binary(max_size=60))
def test_files_with_bytes_cut_out_or_put_in_are_read_or_refused(offset: int, gone: int, put: bytes) -> None:
    check_sane(REAL[:offset] + put + REAL[offset + gone :])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([0, 32, HEAD, HEAD + MOOF]))
def test_arbitrary_bytes_are_read_or_refused_after_any_good_start(data: bytes, good: int) -> None:
    check_sane(REAL[:good] + data)
