"""Segments, fragments and windows hold every packet once, in order, within the format's bounds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.evidence.requests import AddFragment, CloseSegment, EndWindow, OpenSegment, Request
from bwc_agent.media.assembler import FRAGMENT, SEGMENT, Assembler
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS
from tests.media.made import arrivals, picture, sound


def assembled(packets: list[Packet], ticks: bool = False) -> list[Request]:
    assembler, out = Assembler(), list[Request]()
    for packet in packets:
        out += assembler.add(packet)
        out += assembler.tick(packet.pts + TICKS // 10) if ticks else []
    return out + assembler.close(packets[-1].pts if packets else 0)


def fragments(requests: list[Request]) -> list[AddFragment]:
    return [r for r in requests if isinstance(r, AddFragment)]


@settings(max_examples=80, deadline=None)
@given(arrivals(), st.booleans())
def test_every_packet_is_in_one_fragment_in_order_of_arrival(packets: list[Packet], ticks: bool) -> None:
    assert [p for f in fragments(assembled(packets, ticks)) for p in f.packets] == packets


@settings(max_examples=80, deadline=None)
@given(arrivals(), st.booleans())
def test_no_sample_lies_before_its_segments_base(packets: list[Packet], ticks: bool) -> None:
    base = None
    for request in assembled(packets, ticks):
        if isinstance(request, OpenSegment):
            base = request.base
        if isinstance(request, AddFragment):
            assert base is not None and all(p.pts >= base for p in request.packets)


@settings(max_examples=80, deadline=None)
@given(arrivals(), st.booleans())
def test_windows_hold_one_or_two_fragments_and_end_before_an_idr(packets: list[Packet], ticks: bool) -> None:
    count, opened = 0, False
    for request in assembled(packets, ticks):
        match request:
            case OpenSegment():
                assert count == 0
                opened = True
            case AddFragment():
                keys = [k for k, p in enumerate(request.packets) if p.track is Track.VIDEO and p.keyframe]
                assert opened and len(keys) <= 1 and (not keys or count == 0)
                before = [p for p in request.packets[: keys[0]] if p.track is Track.VIDEO] if keys else []
                assert before == []
                count += 1
            case EndWindow():
                assert 1 <= count <= 2 and request.first <= request.last
                count = 0
            case CloseSegment():
                assert count == 0
                opened = False
            case _:
                raise AssertionError(request)
    assert count == 0 and not opened


@settings(max_examples=50, deadline=None)
@given(arrivals())
def test_a_fragment_holds_little_more_than_a_quarter_second(packets: list[Packet]) -> None:
    for fragment in fragments(assembled(packets)):
        video = [p.pts for p in fragment.packets if p.track is Track.VIDEO]
        assert not video or video[-1] - video[0] < FRAGMENT


def test_a_segment_ends_at_the_first_idr_after_a_minute() -> None:
    packets = [picture(k * 1600, key=k % 30 == 0) for k in range(30 * 125)]
    opened = [r for r in assembled(packets) if isinstance(r, OpenSegment)]
    assert [r.number for r in opened] == [1, 2, 3]
    assert [r.base for r in opened] == [0, SEGMENT, 2 * SEGMENT]


def test_new_parameter_sets_start_a_new_segment() -> None:
    other = CodecConfig(Track.VIDEO, b"other", width=320, height=180)
    packets = [picture(k * 1600, key=k % 30 == 0) for k in range(60)]
    packets += [picture(k * 1600, key=k % 30 == 0, config=other) for k in range(60, 120)]
    opened = [r for r in assembled(packets) if isinstance(r, OpenSegment)]
    assert [r.configs[0].record for r in opened] == [b"avcC", b"other"]


def test_sound_that_is_late_after_a_rotation_still_fits_after_the_base() -> None:
    late = TICKS // 2
    pictures = [(k * 1600, picture(k * 1600, key=k % 30 == 0)) for k in range(30 * 62)]
    sounds = [(k * AAC_FRAME + late, sound(k * AAC_FRAME)) for k in range(47 * 62)]
    packets = [p for _, p in sorted(pictures + sounds, key=lambda pair: pair[0])]
    base = 0
    for request in assembled(packets, ticks=True):
        if isinstance(request, OpenSegment):
            base = request.base
        if isinstance(request, AddFragment):
            assert min(p.pts for p in request.packets) >= base


def test_sound_alone_makes_segments_when_the_camera_is_dead() -> None:
    requests = assembled([sound(k * AAC_FRAME) for k in range(47 * 130)])
    opened = [r for r in requests if isinstance(r, OpenSegment)]
    assert len(opened) >= 2 and all(c.track is Track.AUDIO for r in opened for c in r.configs)


def test_a_tick_cuts_what_is_due_although_no_packet_comes() -> None:
    assembler = Assembler()
    assembler.add(picture(0, key=True))
    assert assembler.tick(FRAGMENT - 1) == []
    assert len(fragments(assembler.tick(FRAGMENT))) == 1
    assert assembler.tick(2 * FRAGMENT) == []
