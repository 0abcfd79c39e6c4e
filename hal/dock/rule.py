"""What counts as being in the dock: the agency's words for it, and whether they are fulfilled. Pure.

| word | it is fulfilled while |
|---|---|
| `charger` | any charger feeds the device |
| `carrier:eth0` | that network interface has a carrier (a live cable) |
| `udc`, `udc:NAME` | a host, so the dock's computer, has configured the camera's USB device side: any one, or that one |
| `gpio` | the dock's contact pin is closed |

Two of them are poor docks alone, for a camera that believes to be docked closes camera and microphone:

- `charger`: a power bank in a pocket fulfils it;
- `udc`, and the carrier of an interface over that same USB side: some drivers never see the cable go and stay `configured`
  (reported of Raspberry Pis' dwc2: raspberrypi/linux 3151 and 5532; measured with Linux 7.3's dummy_hcd), so that the
  camera would stay docked on the street. With a charger beside it, a power bank is enough from the first docking on.

Ask for `all` of `charger` and the carrier of a real network port, or for a contact pin; try it on the board that you use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self

from hal.errors import HardwareError


class Sense(Enum):
    """What can tell a dock; the values are the configuration's words."""

    CHARGER = "charger"
    CARRIER = "carrier"
    UDC = "udc"
    GPIO = "gpio"


class Mode(Enum):
    """How many of the rule's terms must be fulfilled."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a rule; `name` is the interface's or the controller's, None where the word has none."""

    sense: Sense
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DockRule:
    """At least one term, and how many of them make a dock."""

    terms: tuple[Term, ...]
    mode: Mode = Mode.ALL

    @classmethod
    def parse(cls, words: Sequence[str], mode: str = "all") -> Self:
        """The rule of the configuration's words. Raises HardwareError that names the wrong one and what is possible."""
        if mode not in {each.value for each in Mode}:
            raise HardwareError("dock", f"mode {mode!r} is unknown: write any or all")
        if not words:
            raise HardwareError("dock", f"the rule is empty: {_POSSIBLE}")
        return cls(tuple(_term(word) for word in words), Mode(mode))

    def fulfilled(self, sensed: Callable[[Term], bool]) -> bool:
        """Whether the device is in the dock; every term is asked each time, so that none can fail unseen behind another."""
        levels = [sensed(term) for term in self.terms]
        return all(levels) if self.mode is Mode.ALL else any(levels)


_POSSIBLE = "write charger, carrier:INTERFACE, udc, udc:NAME or gpio"


def _term(word: str) -> Term:
    kind, colon, name = word.partition(":")
    if kind not in {each.value for each in Sense}:
        raise HardwareError("dock", f"{word[:60]!r} is unknown in the rule: {_POSSIBLE}")
    sense = Sense(kind)
    if not colon and sense is not Sense.CARRIER:
        return Term(sense)
    if sense not in (Sense.CARRIER, Sense.UDC):
        raise HardwareError("dock", f"{word[:60]!r} takes no name: {_POSSIBLE}")
    if not name or name in (".", "..") or "/" in name or not name.isprintable() or " " in name:
        raise HardwareError("dock", f"{word[:60]!r} needs a name after a colon, as /sys lists it: {_POSSIBLE}")
    return Term(sense, name)
