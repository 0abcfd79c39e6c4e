"""What a table of faults says in one line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fault: `stored` and `signed` are the worst losses in seconds, None where nothing that was promised was at stake.

    `unverified` counts recordings and devices that verify worse than a cut allows, or that the next start does not state;
    `missing` counts pictures and packets of sound that are not there and whose absence no line of the log states.
    """

    what: str
    runs: int
    stored: float | None
    signed: float | None
    unverified: int
    missing: int
    note: str = ""
