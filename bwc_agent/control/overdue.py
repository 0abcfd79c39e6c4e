"""How long evidence has waited for its receipt, and whether that is too long (IV.E). Pure.

This is the recorder's own measure, by what lies on the card: whoever delivers could say that all is well. What this process
recorded is measured in ticks. What is older is measured by clocks, which may be wrong by years: then an alarm may come too
soon or too late, but there is one question a minute and no more.
"""

from bwc_agent.control.events import Event
from bwc_agent.control.inputs import Anchor, Held
from bwc_agent.evidence.off_time import VOUCHED, microseconds
from bwc_agent.units import TICKS


def waited(held: Held, anchor: Anchor | None, boot: int) -> int | None:
    """Ticks that the oldest file has waited, at least; None where none waits. `boot`: since when this process knows of it.

    `anchor` is the surest claim of wall time; a clock that nobody vouches for, or that went back, says nothing.
    """
    if not held.recordings:
        return None
    known = max(0, held.at - (boot if held.began is None else held.began))
    if held.began is not None or held.utc_us is None or anchor is None or anchor.uncertainty_us > VOUCHED:
        return known
    return max(known, (anchor.utc_us + microseconds(held.at - anchor.at) - held.utc_us) * TICKS // 1_000_000)


def overdue(alarm: int | None, age: int | None, told: bool) -> Event | None:
    """The event where evidence of that `age` begins or ceases to be overdue; `told`: it is, as far as anyone was told."""
    late = alarm is not None and age is not None and age > alarm
    if late == told:
        return None
    return Event.OVERDUE if late else Event.IN_TIME
