"""Where the time of a device went: each start exactly, by its ticks, and between the starts as its clocks claimed."""

from dataclasses import dataclass

from bwc_agent.evidence.duty import ACCOUNTS, OFF, Duty
from bwc_agent.evidence.off_time import Off


@dataclass(frozen=True, slots=True)
class StartTime:
    """One start's time, and the time that the device was off before it: None for the first that is here."""

    start: int
    duty: Duty
    before: Off | None


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """Where the time of a device went: the starts whose journals add up, in order; `notes` say what is not exact about it, and why."""

    device: str
    starts: tuple[StartTime, ...]
    notes: tuple[str, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Ticks in each account, those between the starts included as far as they are known. Their sum is what passed."""
        sums = {name: sum(start.duty.totals[name] for start in self.starts) for name in ACCOUNTS}
        return {**sums, OFF: sums[OFF] + sum(off.ticks or 0 for off in self.offs)}

    @property
    def offs(self) -> tuple[Off, ...]:
        """The times between the starts."""
        return tuple(start.before for start in self.starts if start.before is not None)

    @property
    def uncertainty(self) -> int:
        """Ticks by which all times between the starts together may be wrong."""
        return sum(off.uncertainty for off in self.offs)

    @property
    def unknown(self) -> int:
        """How many times between starts nobody can tell; they are in no sum."""
        return sum(off.ticks is None for off in self.offs)
