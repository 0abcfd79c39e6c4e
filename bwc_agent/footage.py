"""The way of the packets inside the core: sound made gap-free and mute, into the ring, and into the recording if there is one.

At most two recordings are in hand: the one being made, and one whose stop is decided but whose tracks have not yet
passed it; a new press closes that one at once, and loses nothing by it, because the ring has all of it.
"""

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields, LogLine, Request
from bwc_agent.media.backlog import Backlog, Kept
from bwc_agent.media.hold_back import HoldBack
from bwc_agent.media.ring import Ring
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.outage import Broken, Owed
from bwc_agent.packets import Packet, Track
from bwc_agent.take import GAP, Take, Trigger, pre_roll
from bwc_agent.units import TICKS

REMEMBERED = 63
"""So many gaps are kept for a pre-roll that reaches back over them."""


class Footage:
    """Pure: packets and time in, admitted requests out."""

    def __init__(self, ring: Ring, backlog: Backlog, sound: AudioTimeline, asked: int) -> None:
        self.ring = ring
        self.backlog = backlog
        self.sound = sound
        self.take: Take | None = None
        self._held = HoldBack()
        self._asked = asked
        self._count = 0
        self._last_picture: int | None = None
        self._gaps: list[tuple[int, LogLine]] = []
        self._before: tuple[int, int] | None = None
        self._finished: Take | None = None

    @property
    def ready(self) -> bool:
        """The ring holds the pre-roll that the policy asks for."""
        return self.ring.held() >= self._asked

    def packet(self, packet: Packet) -> list[Request]:
        """Take a packet as it arrived."""
        if packet.track is Track.AUDIO:
            self._held.push(packet)
            return []
        out = self._gap(packet)
        self._last_picture = packet.pts
        return out + self._one(packet)

    def _heard(self, packets: list[Packet]) -> list[Request]:
        """Sound that no mute can reach any more."""
        out: list[Request] = []
        for packet in packets:
            sound = self._all(self.sound.push(packet))
            out += self._silence() + sound
        return out

    def _all(self, packets: list[Packet]) -> list[Request]:
        return [request for packet in packets for request in self._one(packet)]

    def _one(self, packet: Packet) -> list[Request]:
        self.ring.push(packet)
        return [] if self.take is None else self.take.add(packet)

    def _silence(self) -> list[Request]:
        missing = self.sound.missing()
        if missing is None:
            return []
        return self._state_gap(Track.AUDIO, missing.start, missing.end, "no sound came; silence stands for it")

    def _gap(self, packet: Packet) -> list[Request]:
        last = self._last_picture
        if last is None or packet.pts - last < GAP:
            return []
        return self._state_gap(Track.VIDEO, last, packet.pts, "no picture came")

    def _state_gap(self, track: Track, start: int, end: int, why: str) -> list[Request]:
        """A gap goes into the log in hand; it is remembered, too, for the next log may reach back over it."""
        line = self.line("gap", end, {"from": start, "to": end, "track": track.value, "why": why})
        self._gaps = [*self._gaps[-REMEMBERED:], (end, line)]
        return [] if self.take is None else [line]

    def tick(self, now: int) -> list[Request]:
        """Time went on: missing sound becomes silence, what is due is cut, a stop that all tracks passed is closed."""
        out = self._heard(self._held.due(now)) + self._all(self.sound.tick(now))
        if self.take is None:
            return out
        out += self.take.tick(now)
        return out + (self.finish(now) if self.take.over(now) else [])

    def start(self, trigger: Trigger, why: str, fields: Fields) -> list[Request]:
        """Begin a recording that reaches back through the ring; `why` is stated if the pre-roll is short."""
        out = self._silence() if self.take is None else self.finish(trigger.decided)
        packets = self.ring.since(trigger.edges[0] - self._asked)
        return out + self._begin(trigger, packets, self._asked, why, fields)

    def _begin(self, trigger: Trigger, packets: list[Packet], asked: int, why: str, fields: Fields) -> list[Request]:
        self._count += 1
        self.take = Take(self._count, trigger, packets)
        had = pre_roll(packets, trigger.edges[0], asked, "the ring's bytes ran out" if self.ring.cut_by_bytes else why)
        stated: dict[str, Json] = {"overlap": self._overlap(), "preroll": had.fields(), "trigger": trigger.fields()}
        behind: list[Request] = [line for end, line in self._gaps if end > self.take.first]
        return self.take.open(trigger.decided, {**fields, **stated}) + behind

    def resume(self, owed: Owed, trigger: Trigger, fields: Fields) -> list[Request]:
        """Begin the recording that storage owes, out of what the ring still has of it; what it has not is stated as a gap.

        Where storage had kept some of it, it goes on a second before that, for the tracks do not end at one time.
        """
        kept = None if owed.broken is None else owed.broken.kept
        goes_on = trigger.edges[0]
        since, asked = (goes_on - self._asked, self._asked) if kept is None else (kept - TICKS, 0)
        packets = [p for p in self.ring.since(since) if owed.stop is None or p.pts <= owed.stop.decided]
        out = self._begin(trigger, packets, asked, "storage had failed", fields)
        for track in Track:
            first = min((p.pts for p in packets if p.track is track), default=trigger.decided)
            if first - goes_on >= GAP:
                out += self._state_gap(track, goes_on, first, "storage had failed, and the ring reaches no further back")
        return out

    def break_off(self) -> list[Broken]:
        """Storage has failed: what it was asked for and did not answer is owed again. The next recording is the first of its start."""
        kept, takes = self.backlog.kept, [take for take in (self._finished, self.take) if take is not None]
        owed = [_broken(take, kept) for take in takes if take is self.take or not self.backlog.settled]
        self.take = self._finished = self._before = None
        self._count = 0
        self.backlog.forget()
        return [broken for broken in owed if broken is not None]

    def _overlap(self) -> dict[str, Json] | None:
        """What of this recording the one before holds, too."""
        if self._before is None or self.take is None or self._before[1] <= self.take.first:
            return None
        return {"recording": self._before[0], "ticks": self._before[1] - self.take.first}

    @property
    def recording(self) -> bool:
        """A recording is being made and its stop is not decided."""
        return self.take is not None and self.take.stop_at is None

    def stop(self, cause: Trigger) -> None:
        """Decide the stop; `tick` closes the recording when its tracks have passed it."""
        if self.take is not None:
            self.take.stop(cause)

    def finish(self, at: int) -> list[Request]:
        """Close the recording in hand now, if there is one."""
        if self.take is None:
            return []
        out = self._heard(self._held.rest()) + self._silence() + self._blind(self.take, at)
        take, self.take, self._finished = self.take, None, self.take
        self._before = (take.number, take.end)
        return out + take.close(at)

    def _blind(self, take: Take, at: int) -> list[Request]:
        """A camera that was dead at the end says so in this log, not only when a picture comes back."""
        last = max(take.first, take.first if self._last_picture is None else self._last_picture)
        end = at if take.stop_at is None else take.stop_at
        return self._state_gap(Track.VIDEO, last, end, "no picture came") if end - last >= GAP else []

    def line(self, kind: str, at: int, fields: Fields) -> LogLine:
        """A line for the recording in hand."""
        return LogLine(at, kind, fields)

    def forget(self) -> None:
        """Camera and microphone were closed: what follows is not continuous with what was."""
        self.ring.clear()
        self._held.rest()
        self.sound.end()
        self._last_picture = None


def _broken(take: Take, kept: Kept | None) -> Broken | None:
    """What storage owes of a recording; None where it acknowledged a later one, and so all of this."""
    if kept is not None and kept.recording > take.number:
        return None
    mine = kept.newest if kept is not None and kept.recording == take.number else None
    return Broken(take.number, take.trigger, take.first, mine, take.stopped_by)
