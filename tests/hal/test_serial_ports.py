"""The serial ports of this machine."""

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.location.ports import listed, ports, trouble, why


@pytest.fixture
def terminal() -> Iterator[tuple[str, int]]:
    there, here = os.openpty()
    yield os.ttyname(here), here
    os.close(there)
    os.close(here)


def test_each_port_listed_is_there_and_has_its_trouble_told() -> None:
    found = ports()
    assert [port.device for port in found] == sorted({port.device for port in found})
    for port in found:
        assert Path(port.device).exists()
        assert port.trouble == trouble(port.device)
    working = [port.device for port in found if "hardware behind it" not in (port.trouble or "")]
    assert listed() == (", ".join(working) or "none")


def test_a_port_that_works_has_no_trouble_and_is_left_as_it_was(terminal: tuple[str, int]) -> None:
    name, here = terminal
    assert trouble(name) is None
    fcntl.flock(here, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_port_that_another_holds(terminal: tuple[str, int]) -> None:
    name, here = terminal
    fcntl.flock(here, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert "another program holds it" in (trouble(name) or "")


def test_what_is_no_port(tmp_path: Path) -> None:
    assert "it is not there" in (trouble(str(tmp_path / "missing")) or "")
    (tmp_path / "file").write_text("")
    assert "it is no serial port that works" in (trouble(str(tmp_path / "file")) or "")
    assert "it is no serial port that works" in (trouble("/dev/null") or "")


def test_a_port_that_may_not_be_opened_names_the_group() -> None:
    assert why(PermissionError(errno.EACCES, "no")) == "it may not be opened: add the agent's user to the group dialout"
    assert "another program holds it" in why(OSError(errno.EBUSY, "busy"))
    assert "hardware behind it" in why(OSError(errno.EIO, "no hardware"))
