"""A part whose driver cannot be made or loaded: the start goes on without it, and says why each time it is asked for.

Camera and microphone are made in the thread that keeps them (`Fresh`), because a driver that is loaded may take its time.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from hal.errors import HardwareError
from hal.interfaces import Cue, Light

Made = TypeVar("Made")


class Dead:
    """Stands in the place of any part; opening it raises what kept it from being made."""

    width = height = 0
    rate: Any = 48_000

    def __init__(self, error: HardwareError) -> None:
        self._error = error

    def open(self) -> None:
        """Raises HardwareError."""
        raise self._error

    def close(self) -> None:
        """Nothing is held."""

    def read(self) -> None:
        """Raises HardwareError."""
        raise self._error

    def show(self, light: Light) -> None:
        """Raises HardwareError."""
        raise self._error

    def play(self, cue: Cue) -> None:
        """Raises HardwareError."""
        raise self._error

    def shown(self) -> None:
        """It shows nothing."""


def made(part: str, make: Callable[[], Made]) -> Made | Dead:
    """What `make` makes, or a dead part. Raises ConfigError as `make` does: a wrong setting is no failure of a part."""
    try:
        return make()
    except HardwareError as error:
        return Dead(error)
    except ImportError as error:
        return Dead(HardwareError(part, f"its driver does not load ({error}): install the software anew"))


class Fresh(Generic[Made]):
    """A part that is made when it is opened first."""

    def __init__(self, name: str, make: Callable[[], Made]) -> None:
        self._name, self._make = name, make
        self._part: Any = None

    @property
    def part(self) -> Made:
        """The driver, once it was opened; None before."""
        return self._part  # type: ignore[no-any-return]

    def open(self) -> None:
        """Raises HardwareError."""
        if self._part is None:
            self._part = made(self._name, self._make)
        self._part.open()

    def close(self) -> None:
        """As the driver's."""
        if self._part is not None:
            self._part.close()
