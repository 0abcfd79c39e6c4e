"""Which GPIO chips the kernel offers, and whether this user may use them; and lgpio itself, loaded without its traps.

lgpio makes a named pipe in its working directory when it is imported, fails where that cannot be written, and leaves the
process in that directory. Two processes in one directory take each other's pipe, and then one of them hears no edge any
more. So each process lends it a directory of its own for the moment of the import.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType

_MEND = (
    "pip install lgpio (Python 3.11 and 3.12), or sudo apt install python3-lgpio and a virtual environment made with --system-site-packages"
)
_importing = Lock()


class NoLgpio(Exception):
    """lgpio cannot be loaded; the message is what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """A GPIO chip: `label` is its driver's name for it, `lines` how many it has; `why_not` is None where it can be used."""

    path: str
    label: str = ""
    lines: int = 0
    why_not: str | None = None

    @property
    def number(self) -> int:
        """The chip's number, which changes between kernels; the label does not."""
        return int(Path(self.path).name[8:])


def chips(dev: Path = Path("/dev")) -> list[Found]:
    """Every GPIO chip below `dev`, by number. Raises nothing; without a chip lgpio is not needed."""
    return list(each_chip(dev))


def each_chip(dev: Path = Path("/dev")) -> Iterator[Found]:
    """The same, one by one: lgpio takes 0.1 s to let a chip go."""
    paths = [path for path in dev.glob("gpiochip*") if not path.is_symlink() and path.name[8:].isdecimal()]
    for path in sorted(paths, key=lambda path: int(path.name[8:])):
        yield _found(path)


def load_lgpio() -> ModuleType:
    """The library. Raises NoLgpio."""
    with _importing:
        there = sys.modules.get("lgpio")
        if there is not None:
            return there
        try:
            with _lent_directory():
                return import_module("lgpio")
        except ImportError as error:
            raise NoLgpio(f"lgpio is not there ({error}): {_MEND}") from error
        except OSError as error:
            raise NoLgpio(f"lgpio finds no directory to write to ({error}): set LG_WD or RuntimeDirectory= to one") from error


def _found(path: Path) -> Found:
    if not os.access(path, os.R_OK | os.W_OK):
        return Found(str(path), why_not="this user may not open it: sudo usermod -aG gpio USER, then log in again")
    try:
        lgpio = load_lgpio()
    except NoLgpio as error:
        return Found(str(path), why_not=str(error))
    try:
        handle = lgpio.gpiochip_open(int(path.name[8:]))
        try:
            _, lines, _, label = lgpio.gpio_get_chip_info(handle)
        finally:
            lgpio.gpiochip_close(handle)
    except lgpio.error as error:
        return Found(str(path), why_not=f"it does not open ({error}): check the kernel's log")
    return Found(str(path), label, lines)


@contextmanager
def _lent_directory() -> Iterator[None]:
    before = os.environ.get("LG_WD")
    base = before or os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or None
    here = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        with tempfile.TemporaryDirectory(prefix="lgpio-", dir=base) as lent:
            os.environ["LG_WD"] = lent
            try:
                yield
            finally:
                os.fchdir(here)
    finally:
        os.close(here)
        os.environ.pop("LG_WD", None)
        if before is not None:
            os.environ["LG_WD"] = before
