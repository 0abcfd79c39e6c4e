"""Sound waits for a mute that is told late."""

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.footage import Footage
from bwc_agent.live.stream import TICK
from bwc_agent.media.backlog import Backlog
from bwc_agent.media.hold_back import HOLD_BACK, HoldBack
from bwc_agent.media.ring import Ring
from bwc_agent.media.silence import WINDOW, AudioTimeline
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, seconds

CONFIG = CodecConfig(Track.AUDIO, b"asc", channels=1)
SILENT, SOUND = b"silent", b"sound"


def packet(pts: int) -> Packet:
    return Packet(Track.AUDIO, pts, AAC_FRAME, True, SOUND, CONFIG)


def test_a_packet_goes_on_when_its_last_sample_is_old_enough_and_not_before() -> None:
    held = HoldBack()
    held.push(packet(0))
    held.push(packet(AAC_FRAME))
    assert held.due(WINDOW + HOLD_BACK - 1) == []
    assert held.due(WINDOW + HOLD_BACK) == [packet(0)]
    assert held.rest() == [packet(AAC_FRAME)] and held.rest() == []


@given(st.integers(0, 40 * AAC_FRAME), st.integers(0, 2 * TICK), st.integers(0, TICK - 1))
def test_a_mute_told_up_to_two_ticks_late_leaves_nothing_of_it_in_the_ring(at: int, late: int, phase: int) -> None:
    """Each packet arrives with its last sample: no microphone is quicker."""
    ring = Ring(seconds(60), 1 << 20)
    footage = Footage(ring, Backlog(1 << 20), AudioTimeline(CONFIG, SILENT), seconds(30))
    footage.sound.begin(0)
    arrivals = [(pts + WINDOW, pts) for pts in range(0, 60 * AAC_FRAME, AAC_FRAME)]
    ticks = [(now, -1) for now in range(phase, 70 * AAC_FRAME + HOLD_BACK, TICK)]
    told = False
    for now, pts in sorted([*arrivals, *ticks]):
        if not told and now >= at + late:
            told = True
            footage.sound.mute(at)
        if pts < 0:
            footage.tick(now)
        else:
            footage.packet(packet(pts))
    kept = ring.since(0)
    assert all(p.data == SILENT for p in kept if p.pts + WINDOW > at)
    assert all(p.data == SOUND for p in kept if p.pts + WINDOW <= at)
    assert len(kept) >= 60
