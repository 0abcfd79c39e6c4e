"""A level that counts only once it has stayed: contacts bounce, plugs wobble, chargers come and go. Pure.

The first level is told at once, since nothing is known that it could contradict. A change is told when it has lasted
`hold_ns`, with the time at which it began; one that went back sooner was never there.
"""


class Settled:
    """Levels and time in, settled changes out. Raises nothing.

    For edges: call `level` at each edge, and with the same value again at `due_ns` if no edge came.
    For polling: call `level` at each poll. A time before the latest is taken as the latest.
    """

    def __init__(self, hold_ns: int) -> None:
        """`hold_ns` is how long a level must stay; 0 tells each change at once."""
        self._hold_ns = hold_ns
        self._latest = 0
        self._value: bool | None = None
        self._since_ns = 0
        self._changed_ns: int | None = None

    @property
    def value(self) -> bool | None:
        """The level told last; None before the first."""
        return self._value

    @property
    def since_ns(self) -> int:
        """When the level told last began."""
        return self._since_ns

    @property
    def due_ns(self) -> int | None:
        """When the present level is told if it stays; None while it is the one told last."""
        return None if self._changed_ns is None else self._changed_ns + self._hold_ns

    def level(self, at_ns: int, value: bool) -> bool | None:
        """The level is `value` from `at_ns` on. The level that is settled by then, if it is news; else None."""
        if self._value is None:
            self._value, self._since_ns, self._latest = value, at_ns, at_ns
            return value
        self._latest = max(at_ns, self._latest)
        told = self._settle()
        if value == self._value:
            self._changed_ns = None
        elif self._changed_ns is None:
            self._changed_ns = self._latest
        return self._settle() if told is None else told

    def _settle(self) -> bool | None:
        if self._changed_ns is None or self._latest - self._changed_ns < self._hold_ns:
            return None
        self._value, self._since_ns, self._changed_ns = not self._value, self._changed_ns, None
        return self._value
