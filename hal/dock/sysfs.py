"""The dock as Linux sees it: chargers, network carriers, the USB device side, or a contact pin, joined by a rule and polled.

A contact that wobbles is held back until it has stayed (`Settled`), and is then told with the time at which it changed.
Read `rule.py` before choosing one sign alone: a power bank in a pocket is a charger, too.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from hal.dock.rule import DockRule, Sense, Term
from hal.errors import HardwareError
from hal.interfaces import Contact
from hal.polling import Polls
from hal.power.sysfs import charger_online, chargers, supplies_folder, sysfs_text
from hal.settled import Settled


class SysfsDock:
    """A rule, looked at each `every_s` seconds by the thread that reads; the level at the opening is told at once.

    An interface that is down or not there has no carrier: one that sits in the dock comes and goes with it. A USB side
    counts as docked in the state `configured` only; a dock whose computer sleeps lets it go. While polls fail the last level stands.
    """

    def __init__(
        self,
        rule: DockRule,
        root: Path = Path("/sys"),
        now_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[Event, float], bool] = Event.wait,
        every_s: float = 1.0,
        debounce_ns: int = 2_000_000_000,
        contact: Callable[[], bool] | None = None,
    ) -> None:
        """`contact` says whether the rule's `gpio` is closed. `wait` waits seconds for an event and says whether it came."""
        self._rule = rule
        self._root = root
        self._now_ns = now_ns
        self._polls = Polls("dock", every_s, wait)
        self._debounce_ns = debounce_ns
        self._contact = contact

    def open(self) -> None:
        """Look whether the rule can ever be fulfilled here. Raises HardwareError."""
        self.close()
        for term in self._rule.terms:
            self._check(term)
        self._settled = Settled(self._debounce_ns)
        self._polls.begin()

    def close(self) -> None:
        """End a read that waits."""
        self._polls.end()

    def read(self) -> Contact | None:
        """The next change; None once it is closed. Raises HardwareError where it was never opened, or `PATIENCE` polls failed."""
        for _ in self._polls.each():
            at_ns = self._now_ns()
            level = self._polls.tried(self._fulfilled, "it", "check the dock's connector and drivers")
            told = None if level is None else self._settled.level(at_ns, level)
            if told is not None:
                return Contact(self._settled.since_ns, told)
        return None

    def _fulfilled(self) -> bool:
        return self._rule.fulfilled(self._sensed)

    def _sensed(self, term: Term) -> bool:
        match term.sense:
            case Sense.CHARGER:
                return charger_online(self._root)
            case Sense.CARRIER:
                return sysfs_text(self._root / "class" / "net" / (term.name or "") / "carrier") == "1"
            case Sense.UDC:
                return any(sysfs_text(side / "state") == "configured" for side in self._usb_sides(term.name))
            case Sense.GPIO:
                return self._contact is not None and self._contact()

    def _usb_sides(self, name: str | None) -> list[Path]:
        return [side for side in sorted((self._root / "class" / "udc").glob("*")) if name in (None, side.name)]

    def _check(self, term: Term) -> None:
        """What belongs to the camera itself must be there already."""
        if term.sense is Sense.GPIO and self._contact is None:
            raise HardwareError("dock", "the rule says gpio and no contact pin is configured: name its pin")
        if term.sense is Sense.UDC and not self._usb_sides(term.name):
            there = ", ".join(side.name for side in self._usb_sides(None)) or "none"
            what = "no USB device side" if term.name is None else f"no USB device side {term.name!r}"
            mend = "correct the name, or enable it (on a Raspberry Pi dtoverlay=dwc2,dr_mode=peripheral)"
            raise HardwareError("dock", f"{what} in {self._root / 'class' / 'udc'} (there: {there}): {mend}")
        if term.sense is Sense.CHARGER and not self._chargers_there():
            where = supplies_folder(self._root)
            raise HardwareError("dock", f"no charger in {where}: load the charger's driver, or tell the dock by carrier, udc or gpio")

    def _chargers_there(self) -> bool:
        try:
            return bool(chargers(self._root))
        except OSError as error:
            raise HardwareError("dock", f"the chargers cannot be read: {error}: check their driver") from error
