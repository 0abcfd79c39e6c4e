"""Fingers made by hand: edges of the two buttons, bounce, lateness, and the gestures that come of them."""

from collections.abc import Iterable

from hypothesis import strategies as st

from bwc_agent.control.gestures import Gesture, Gestures
from bwc_agent.control.inputs import ButtonEdge, Tick
from bwc_agent.control.policy import Policy
from bwc_agent.units import seconds
from hal.interfaces import Button

EVENT, FUNCTION = Button.EVENT, Button.FUNCTION
POLICY = Policy()


def press(button: Button, down: float, up: float) -> list[ButtonEdge]:
    """A clean press between two times in seconds."""
    return [ButtonEdge(seconds(down), button, True), ButtonEdge(seconds(up), button, False)]


def clean_double(at: float) -> list[ButtonEdge]:
    return [*press(EVENT, at, at + 0.1), *press(EVENT, at + 0.3, at + 0.4)]


def settled(edges: Iterable[ButtonEdge], until: int = seconds(60)) -> list[ButtonEdge | Tick]:
    """The edges, and then a long time."""
    out: list[ButtonEdge | Tick] = list(edges)
    out.append(Tick(until))
    return out


def play(inputs: Iterable[ButtonEdge | Tick], policy: Policy = POLICY, gestures: Gestures | None = None) -> list[Gesture]:
    """The gestures of a stream, taken as it comes."""
    machine = gestures or Gestures(policy)
    out: list[Gesture] = []
    for item in inputs:
        out += machine.edge(item) if isinstance(item, ButtonEdge) else machine.tick(item.at)
    return out


def with_ticks(edges: Iterable[ButtonEdge], every: int, lateness: int = 0) -> list[ButtonEdge | Tick]:
    """Edges that arrive `lateness` ticks behind the clock, among ticks that go on 10 s past the last edge."""
    arriving: list[tuple[int, int, ButtonEdge | Tick]] = [(edge.at + lateness, 1, edge) for edge in edges]
    end = max((item[0] for item in arriving), default=0) + seconds(10)
    arriving += [(at, 0, Tick(at)) for at in range(0, end, every)]
    return [item for _, _, item in sorted(arriving, key=lambda entry: entry[:2])]


@st.composite
def actions(draw: st.DrawFn) -> list[ButtonEdge]:
    """A few clean gestures, far enough apart, none of them within 50 ms of a limit."""
    out: list[ButtonEdge] = []
    at = draw(st.floats(0, 1))
    for kind in draw(st.lists(st.sampled_from(["press", "double", "hold", "triple", "function", "mute", "both"]), max_size=5)):
        out += _action(draw, kind, at)
        at += 8 + draw(st.floats(0, 1))
    return sorted(out, key=lambda edge: edge.at)


def _action(draw: st.DrawFn, kind: str, at: float) -> list[ButtonEdge]:
    short = draw(st.one_of(st.floats(0.06, 0.5), st.floats(0.7, 2.9)))
    long = draw(st.floats(3.1, 5))
    gap = draw(st.floats(0.2, 0.5))
    if kind == "double":
        return [*press(EVENT, at, at + gap / 2), *press(EVENT, at + gap, at + gap + short)]
    if kind == "triple":
        downs = (at, at + gap, at + 2 * gap)
        return [edge for down in downs for edge in press(FUNCTION, down, down + gap / 2)]
    if kind == "both":
        return [*press(EVENT, at, at + 1 + long), *press(FUNCTION, at + gap, at + 0.5 + gap + long)]
    button = EVENT if kind in ("press", "hold") else FUNCTION
    return press(button, at, at + (short if kind in ("press", "function") else long))


@st.composite
def bounced(draw: st.DrawFn, edges: list[ButtonEdge], debounce: int) -> list[ButtonEdge]:
    """The same edges, each followed by a burst no longer than the debounce that ends at the edge's own level."""
    out: list[ButtonEdge] = []
    for edge in edges:
        times = sorted(draw(st.lists(st.integers(0, debounce), max_size=6)))
        times = times[: len(times) // 2 * 2]
        out.append(edge)
        out += [ButtonEdge(edge.at + t, edge.button, edge.pressed if i % 2 else not edge.pressed) for i, t in enumerate(times)]
    return sorted(out, key=lambda edge: edge.at)
