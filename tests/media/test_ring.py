"""The ring's two promises: at least the pre-roll before any moment, and never more bytes than its bound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.media.ring import Ring
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS, seconds
from tests.media.made import arrivals, picture, sound

UNBOUNDED = 10**9


def filled(packets: list[Packet], keep: int, limit: int = UNBOUNDED) -> Ring:
    ring = Ring(keep, limit)
    for packet in packets:
        ring.push(packet)
    return ring


@settings(max_examples=60, deadline=None)
@given(arrivals(), st.integers(1, 6), st.integers(0, 12 * TICKS))
def test_the_ring_reaches_back_at_least_the_pre_roll_wherever_there_was_an_idr(packets: list[Packet], keep: int, press: int) -> None:
    before = [p for p in packets if p.pts <= press]
    ring = filled(before, keep * TICKS)
    keys = [p.pts for p in before if p.track is Track.VIDEO and p.keyframe]
    newest = max((p.pts for p in before), default=0)
    wanted = newest - keep * TICKS
    got = [p for p in ring.since(wanted) if p.track is Track.VIDEO]
    reachable = [k for k in keys if k <= wanted] or keys[:1]
    if not reachable:
        assert got == []
        return
    assert got[0].keyframe and got[0].pts <= max(wanted, keys[0])
    first = before.index(got[0])
    assert got == [p for p in before[first:] if p.track is Track.VIDEO]


@settings(max_examples=60, deadline=None)
@given(arrivals(), st.integers(1_000, 60_000))
def test_the_byte_bound_holds_after_every_packet(packets: list[Packet], limit: int) -> None:
    ring = Ring(6 * TICKS, limit)
    for packet in packets:
        ring.push(packet)
        held = ring.since(-(10**9))
        assert ring.bytes <= limit
        assert sum(len(p.data) for p in held) <= ring.bytes


@settings(max_examples=40, deadline=None)
@given(arrivals())
def test_a_snapshot_leaves_the_ring_as_it_was_and_begins_decodable(packets: list[Packet]) -> None:
    ring = filled(packets, 6 * TICKS)
    assert ring.since(0) == ring.since(0)
    for moment in (0, 5 * TICKS, 11 * TICKS):
        video = [p for p in ring.since(moment) if p.track is Track.VIDEO]
        assert not video or video[0].keyframe


def test_a_timestamp_of_zero_is_a_timestamp() -> None:
    ring = filled([picture(0, key=True), picture(1600)], TICKS)
    assert [p.pts for p in ring.since(0)] == [0, 1600]
    assert ring.held() == 1600


def test_a_dead_camera_does_not_make_the_ring_grow() -> None:
    packets = [sound(k * AAC_FRAME) for k in range(47 * 120)]
    ring = filled(packets, seconds(30))
    held = ring.since(0)
    assert held[-1].pts - held[0].pts <= seconds(33)
    assert ring.held() == 0


def test_ten_pictures_a_second_hold_the_pre_roll() -> None:
    packets = [picture(k * 4800, key=k % 10 == 0) for k in range(600)]
    assert filled(packets, seconds(30)).held() >= seconds(30)


def test_bytes_that_do_not_fit_are_said_to_be_the_reason() -> None:
    packets = [picture(k * 4800, key=k % 10 == 0, size=1000) for k in range(600)]
    ring = filled(packets, seconds(30), limit=100_000)
    assert ring.cut_by_bytes and ring.held() < seconds(30)


def test_after_clear_nothing_of_before_is_left() -> None:
    ring = filled([picture(0, key=True), sound(0)], TICKS)
    ring.clear()
    assert ring.since(0) == [] and ring.bytes == 0 and ring.held() == 0
