"""Storage that falls behind: nothing is given up within the bound, and past it what is stored still decodes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.evidence.requests import AddFragment, LogLine, Request
from bwc_agent.media.assembler import Assembler
from bwc_agent.media.backlog import Backlog
from bwc_agent.packets import Packet, Track
from tests.media.made import PICTURE, arrivals, sound


def asked(packets: list[Packet]) -> list[list[Request]]:
    assembler = Assembler()
    return [*(assembler.add(p) for p in packets), assembler.close(0)]


@settings(max_examples=40, deadline=None)
@given(arrivals())
def test_within_the_bound_nothing_is_given_up(packets: list[Packet]) -> None:
    backlog = Backlog(10**9)
    for requests in asked(packets):
        assert backlog.admit(requests) == requests


@settings(max_examples=40, deadline=None)
@given(arrivals(), st.integers(2_000, 200_000), st.integers(1, 400))
def test_past_the_bound_what_is_kept_begins_with_an_idr_and_what_is_not_is_stated(packets: list[Packet], limit: int, every: int) -> None:
    backlog, kept, dropped = Backlog(limit), list[Packet](), 0
    broken = False
    for number, requests in enumerate(asked(packets)):
        for request in backlog.admit(requests):
            if isinstance(request, LogLine):
                samples = request.fields["samples"]
                assert request.kind == "drop" and isinstance(samples, int)
                dropped, broken = dropped + samples, True
            if isinstance(request, AddFragment):
                video = [p for p in request.packets if p.track is Track.VIDEO]
                if broken and video:
                    assert video[0].keyframe
                    broken = False
                kept += request.packets
        assert backlog.bytes <= limit
        ticket = backlog.sync().ticket
        if number % every == 0:
            backlog.settle(ticket)
    assert len(kept) + dropped == len(packets)


def test_slow_is_said_from_a_quarter_of_the_queue_on_and_settling_ends_it() -> None:
    packets = [Packet(Track.VIDEO, 0, 0, True, bytes(300), PICTURE)]
    backlog = Backlog(1000)
    backlog.admit([AddFragment(tuple(packets))])
    assert backlog.slow
    backlog.settle(backlog.sync().ticket)
    assert not backlog.slow and backlog.settled and backlog.bytes == 0


def test_sound_alone_is_kept_again_as_soon_as_there_is_room() -> None:
    backlog = Backlog(1000)
    first, second, third = (AddFragment((sound(k * 1024, size=900 if k < 2 else 10),)) for k in range(3))
    assert backlog.admit([first]) == [first]
    ticket = backlog.sync().ticket
    assert [type(r) for r in backlog.admit([second])] == [LogLine]
    backlog.settle(ticket)
    assert backlog.admit([third]) == [third]
