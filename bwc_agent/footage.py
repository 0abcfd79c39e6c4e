"""The way of the packets inside the core: sound made gap-free and mute, into the ring, and into the recording if there is one.

At most two recordings are in hand: the one being made, and one whose stop is decided but whose tracks have not yet
passed it; a new press closes that one at once, and loses nothing by it, because the ring has all of it.
"""

from collections.abc import Mapping

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields, LogLine, Note, Request
from bwc_agent.media.backlog import Backlog
from bwc_agent.media.hold_back import HoldBack
from bwc_agent.media.ring import Ring
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.outage import Owed
from bwc_agent.packets import Packet, Track
from bwc_agent.take import GAP, Broken, Take, Trigger, pre_roll
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
        self._finished: list[tuple[Take, list[Packet]]] = []
        """What storage has not answered for yet, each with its packets: the ring may let them go before."""
        self._owed: list[Owed] = []
        self._room = 0
        """While storage fails: what waits for it, and how many bytes of packets still may."""
        self._resumed: Owed | None = None
        """What the recording in hand goes on from, until storage has answered for that: the ring may reach less far back."""

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
        for owed in self._owed:
            self._hold(owed, packet)
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
        line = LogLine(end, "gap", {"from": start, "to": end, "track": track.value, "why": why})
        self._gaps = [*self._gaps[-REMEMBERED:], (end, line)]
        return [] if self.take is None else [line]

    def tick(self, now: int) -> list[Request]:
        """Time went on: missing sound becomes silence, what is due is cut, a stop that all tracks passed is closed."""
        out = self._heard(self._held.due(now)) + self._all(self.sound.tick(now))
        if self.backlog.settled:
            self._resumed, self._finished = None, []
        if self.take is None:
            return out
        out += self.take.tick(now)
        return out + (self.finish(now) if self.take.over(now) else [])

    def start(self, trigger: Trigger, why: str, fields: Fields) -> list[Request]:
        """Begin a recording that reaches back through the ring; `why` is stated if the pre-roll is short."""
        out = self._silence() if self.take is None else self.finish(trigger.decided)
        return out + self._begin(trigger, self.ring.since(self.reach(trigger)), self._asked, why, fields)

    def reach(self, trigger: Trigger) -> int:
        """Up to which capture time a recording begun by `trigger` goes back (ticks)."""
        return trigger.edges[0] - self._asked

    def _begin(
        self, trigger: Trigger, packets: list[Packet], asked: int, why: str, fields: Fields, broken: Broken | None = None
    ) -> list[Request]:
        self._count += 1
        self.take = Take(self._count, trigger, packets, broken)
        had = pre_roll(packets, trigger.edges[0], asked, "the ring's bytes ran out" if self.ring.cut_by_bytes else why)
        stated: dict[str, Json] = {"overlap": self._overlap(), "preroll": had.fields(), "trigger": trigger.fields()}
        behind: list[Request] = [line for end, line in self._gaps if end > self.take.first]
        return self.take.open(trigger.decided, {**fields, **stated}) + behind

    def resume(self, owed: Owed, trigger: Trigger, at: int, fields: Fields) -> list[Request]:
        """Begin the recording that storage owes, out of what is still here of it; what is not is stated as a gap.

        Where storage had kept some of it, it goes on a second before that, for the tracks do not end at one time.
        """
        out = [] if self.take is None else self.finish(at)
        self._owed = [other for other in self._owed if other is not owed]
        rest, self._resumed = self._rest(owed) if owed.full else [], owed
        asked = self._asked if owed.broken is None or owed.broken.kept is None else 0
        out += self._begin(trigger, [*owed.packets, *rest], asked, "storage had failed", fields, owed.broken)
        for track in Track:
            begin, end = trigger.edges[0], at if owed.stop is None else owed.stop.decided
            held = [p.pts for p in owed.packets if p.track is track]
            if owed.full:
                begin, held = max(held, default=begin), [p.pts for p in rest if p.track is track]
            if (end := min(held, default=end)) - begin >= GAP:
                out += self._state_gap(track, begin, end, "storage had failed, and there was no room for more")
        return out

    def _here(self, since: int) -> list[Packet]:
        """What is here of the recording in hand, from the keyframe before `since` (ticks) on."""
        if self._resumed is None:
            return self.ring.since(since)
        return _reaching([*self._resumed.packets, *self._rest(self._resumed)], since)

    def _rest(self, owed: Owed) -> list[Packet]:
        """What the ring has of a recording behind the packets that were held for it."""
        held = {track: max((p.pts for p in owed.packets if p.track is track), default=owed.since) for track in Track}
        return [p for p in self.ring.since(max(held.values())) if p.pts > held[p.track] and owed.takes(p.pts)]

    def owe(self, owed: Owed) -> None:
        """While storage fails a recording that waits holds what it needs, as far as the writer's queue would: the ring rolls on."""
        packets, owed.packets = owed.packets or self._here(owed.since), []
        self._owed.append(owed)
        for packet in packets:
            self._hold(owed, packet)

    def _hold(self, owed: Owed, packet: Packet) -> None:
        owed.full = owed.full or len(packet.data) > self._room
        if not owed.full and owed.takes(packet.pts):
            owed.packets.append(packet)
            self._room -= len(packet.data)

    def break_off(self, lines: Mapping[int, list[LogLine | Note]]) -> list[Owed]:
        """Storage has failed: what it was asked for and did not answer is owed again. The next recording is the first of its start.

        `lines` are those that the log of each recording lacks, by its number.
        """
        made = [*self._finished, *([] if self.take is None else [(self.take, list[Packet]())])]
        owed = [self._waiting(take, packets, lines.get(take.number, [])) for take, packets in made if not self._kept(take)]
        self.take = self._before = None
        self._finished, self._owed = [], []
        self._count, self._room = 0, self.backlog.limit
        self.backlog.forget()
        for waiting in owed:
            self.owe(waiting)
        self._resumed = None
        return owed

    def _kept(self, take: Take) -> bool:
        return self.backlog.kept is not None and self.backlog.kept.all_of(take.number)

    def _broken(self, take: Take) -> tuple[Broken, int]:
        """Where `take` would break off if storage failed now, and from which capture time (ticks) on it would go on."""
        kept = self.backlog.kept
        newest = kept.newest if kept is not None and kept.recording == take.number else None
        broken = (take.broken or Broken(take.number, None)) if newest is None else Broken(take.number, newest)
        return broken, take.first if broken.kept is None else broken.kept - TICKS

    def _waiting(self, take: Take, packets: list[Packet], lines: list[LogLine | Note]) -> Owed:
        broken, since = self._broken(take)
        return Owed(take.trigger, since, broken, take.stopped_by, lines, _reaching(packets, since))

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
        take, self.take = self.take, None
        self._before = (take.number, take.end)
        _, since = self._broken(take)
        packets, self._resumed = self._here(since), None
        self._finished = [*(made for made in self._finished if not self._kept(made[0])), (take, packets)]
        return out + take.close(at)

    def _blind(self, take: Take, at: int) -> list[Request]:
        """A camera that was dead at the end says so in this log, not only when a picture comes back."""
        last = max(take.first, take.first if self._last_picture is None else self._last_picture)
        end = at if take.stop_at is None else take.stop_at
        return self._state_gap(Track.VIDEO, last, end, "no picture came") if end - last >= GAP else []

    def forget(self) -> None:
        """Camera and microphone were closed: what follows is not continuous with what was."""
        self.ring.clear()
        self._held.rest()
        self.sound.end()
        self._last_picture = None


def _reaching(packets: list[Packet], moment: int) -> list[Packet]:
    """From the last keyframe at or before `moment` on; all, where there is none."""
    keys = (n for n, p in enumerate(packets) if p.track is Track.VIDEO and p.keyframe and p.pts <= moment)
    return packets[max(keys, default=0) :]
