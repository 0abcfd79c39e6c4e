"""The service manager's watchdog is fed while there is progress, and only then."""

import socket
from pathlib import Path

import pytest

from bwc_agent.control.inputs import Reopened, Source, SourceChange, Synced
from bwc_agent.live.notify import notify, watchdog_period
from bwc_agent.live.watchdog import HELD, STALL, Watchdog
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS, seconds
from tests.media.made import picture


class Fed:
    """A watchdog that is asked each second."""

    def __init__(self, every: int = TICKS) -> None:
        self.fed = self.now = 0
        self.dog = Watchdog(0, every, self._feed)

    def _feed(self) -> None:
        self.fed += 1

    def lives(self, ticks: int, camera_stuck: bool = False, storage_owes: bool = False) -> int:
        """How often it was fed meanwhile."""
        before, until = self.fed, self.now + ticks
        while self.now < until:
            self.now += TICKS
            self.dog.tick(self.now, camera_stuck, storage_owes)
        return self.fed - before


def test_it_is_fed_at_its_period_where_nothing_hangs_and_never_where_nobody_watches() -> None:
    assert Fed().lives(seconds(100)) == 100
    assert Fed(seconds(10)).lives(seconds(100)) == 10
    assert Fed(0).lives(seconds(100)) == 0


def test_a_camera_that_is_merely_missing_is_no_hang() -> None:
    assert Fed().lives(seconds(500), camera_stuck=False) == 500


def test_a_hanging_driver_that_keeps_the_camera_from_the_next_ends_the_feeding_and_a_picture_begins_it_again() -> None:
    fed = Fed()
    assert fed.lives(seconds(100), camera_stuck=True) == HELD // TICKS
    assert fed.dog.hangs is not None and "only another process" in fed.dog.hangs[1]
    fed.dog.saw(frame(fed.now))
    assert fed.lives(seconds(20), camera_stuck=True) == 20 and fed.dog.hangs is None


def frame(at: int) -> Packet:
    return picture(at)


@pytest.mark.parametrize("answer", [Synced(0, 1), Reopened(0, 2, 1), SourceChange(0, Source.STORAGE, True, "no")])
def test_a_stall_inside_its_allowance_is_no_hang_and_any_answer_ends_it(answer: Synced | Reopened | SourceChange) -> None:
    fed = Fed()
    assert fed.lives(STALL, storage_owes=True) == STALL // TICKS
    assert fed.lives(seconds(5), storage_owes=True) == 0 and fed.dog.hangs is not None
    fed.dog.saw(answer)
    assert fed.lives(STALL, storage_owes=True) == STALL // TICKS


def test_systemd_is_told_by_a_datagram_to_the_socket_that_it_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notify("nobody listens")
    for name in (str(tmp_path / "notify"), f"@bwc-test-{tmp_path.name}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind("\0" + name[1:] if name.startswith("@") else name)
            monkeypatch.setenv("NOTIFY_SOCKET", name)
            notify("READY=1")
            assert manager.recv(64) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")


def test_it_is_fed_three_times_in_what_the_manager_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watchdog_period() == 0
    monkeypatch.setenv("WATCHDOG_USEC", "15000000")
    assert watchdog_period() == seconds(5)
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog_period() == 0
    monkeypatch.delenv("WATCHDOG_PID")
    monkeypatch.setenv("WATCHDOG_USEC", "fifteen")
    assert watchdog_period() == 0
