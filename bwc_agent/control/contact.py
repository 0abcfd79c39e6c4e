"""One button's contact: raw edges in, press-downs and releases out, bounce gone.

Nothing below this removes bounce, because what removes it below loses edges. A press-down acts at its first edge, for
a start must not wait. A release can wait, and does: it counts once the contact is still up a debounce after it, so that
a contact that lets go for a moment does not cut a hold in two. Within a debounce of the edge that began a burst
only the level is noted, and the level at its end is what counts: no lost or bounced edge leaves a button stuck.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Contact:
    """Gives each press-down once and each release once. `debounce` in ticks; times are capture times in ticks.

    Not promised: telling a lost release from a long hold before the next press-down comes.
    """

    debounce: int
    down: bool = False
    """The settled level."""
    lifting: bool = False
    """True while a release has been seen and is not settled."""
    _level: bool = False
    _level_at: int = 0
    _burst: int | None = None

    def edge(self, at: int, pressed: bool) -> bool:
        """True if this raw edge is a press-down that acts now; call `settle(at)` before."""
        self._level, self._level_at = pressed, at
        if self._burst is not None:
            return False
        if pressed:
            # Also where it is down: the release between was lost, and a lost start is worse than a false one.
            self.down, self._burst = True, at
            return True
        if self.down:
            self.lifting, self._burst = True, at
        return False

    def settle(self, at: int) -> int | None:
        """Time went on to `at`: the capture time of a release that is certain now, or None."""
        began = self._burst
        if began is None or at <= began + self.debounce:
            return None
        lifted = began if self.lifting else self._level_at
        self._burst, self.lifting, self.down = None, False, self._level
        return None if self._level else lifted
