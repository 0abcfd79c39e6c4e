"""How long a store must keep what a receipt is signed for: the schedule counts by the store's clock, and is asked once."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import pytest
from cryptography.x509 import Certificate
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.agency.retention import Keeping, NotLockedError
from bwc_agent.agency.store import Held, Lock, Version
from bwc_agent.errors import OffloadError

DAY = 86_400_000_000
NOW = 1_767_225_600_000_000
MINUTE = 60_000_000
VERSION = Version("S/recordings/000000-0001/0001.tink", "v1", 10, NOW - DAY)


@dataclass
class Locks:
    """A store of one version: `until` it is locked; `dates_anew` is how much later its date is after each change of the lock."""

    until: int | None = None
    stored: int = VERSION.stored
    dates_anew: int = 0
    refuses: bool = False
    keeps_versions: bool = True
    name: str = "s3://trial"
    extended: list[int] = field(default_factory=list)

    def lock(self, version: Version) -> Lock:
        return Lock(self.until, self.stored)

    def extend(self, version: Version, until: int) -> None:
        if self.refuses or (self.until is not None and until < self.until):
            raise OffloadError("the store refuses these credentials: renew them")
        self.extended.append(until)
        self.until = until
        self.stored += self.dates_anew

    def devices(self) -> list[str]:
        raise NotImplementedError

    def open(self, serial: str, authority: Certificate) -> AbstractContextManager[Held]:
        raise NotImplementedError

    def read(self, version: Version) -> Iterator[bytes]:
        raise NotImplementedError

    def give(self, serial: str, name: str, data: bytes) -> None:
        raise NotImplementedError


def keeping(store: Locks, retention: int | None, lock: bool = True) -> Keeping:
    return Keeping(store, lock, retention, NOW)


@given(held=st.none() | st.integers(-400, 400), days=st.integers(2, 400))
def test_afterwards_it_is_locked_for_the_schedule_or_longer_and_nothing_was_shortened(held: int | None, days: int) -> None:
    store = Locks(None if held is None else NOW + held * DAY)
    before = store.until
    until = keeping(store, days * DAY).until(VERSION)
    assert until is not None and until == store.until
    assert until >= VERSION.stored + days * DAY - MINUTE and until >= (before or 0)
    assert (store.extended == []) == (before is not None and before >= VERSION.stored + days * DAY - MINUTE)


@given(later=st.integers(0, 60 * DAY))
def test_a_store_that_dates_a_version_anew_when_its_lock_changes_is_asked_no_third_time(later: int) -> None:
    store = Locks(dates_anew=later)
    first = keeping(store, 180 * DAY)
    if later > MINUTE:
        # Each change moves it as far again: no lock would ever be long enough.
        with pytest.raises(NotLockedError):
            first.until(VERSION)
    else:
        first.until(VERSION)
    assert len(store.extended) <= 2


def test_a_date_that_moves_to_the_day_of_the_change_is_counted_from_once() -> None:
    @dataclass
    class Dates(Locks):
        def extend(self, version: Version, until: int) -> None:
            super().extend(version, until)
            self.stored = max(self.stored + 1, NOW)

    store = Dates()
    until = keeping(store, 180 * DAY).until(VERSION)
    assert until == NOW + 180 * DAY and len(store.extended) == 2
    again = Version(VERSION.name, "v1", 10, store.stored)
    assert keeping(store, 180 * DAY).enough(again, until)
    assert keeping(store, 180 * DAY).until(again) == until and len(store.extended) == 2


def test_a_date_that_is_yet_to_come_extends_no_lock_since_that_cannot_be_undone() -> None:
    store = Locks()
    with pytest.raises(NotLockedError, match=r"is of 2255-.* by the store's clock, .*compare the clocks"):
        keeping(store, 180 * DAY).until(replace(VERSION, stored=9_000_000_000_000_000))
    assert store.extended == []


@pytest.mark.parametrize("until", [None, NOW, NOW - DAY])
def test_without_a_schedule_a_lock_must_still_hold(until: int | None) -> None:
    with pytest.raises(NotLockedError, match=r"default retention, say --retention, or --no-lock"):
        keeping(Locks(until), None).until(VERSION)
    assert keeping(Locks(until), None, lock=False).until(VERSION) == until


def test_without_a_schedule_any_lock_that_has_not_run_out_is_enough_and_stays_as_it_is() -> None:
    store = Locks(NOW + 1)
    assert keeping(store, None).until(VERSION) == NOW + 1 and store.extended == []


def test_what_may_not_be_extended_names_both_times_and_the_stores_reason() -> None:
    with pytest.raises(NotLockedError, match=r"is locked until 2026-01-02 .*, not until 2026-06-29 .*refuses these credentials"):
        keeping(Locks(NOW + DAY, refuses=True), 180 * DAY).until(VERSION)


def test_where_nothing_can_lock_nothing_is_asked() -> None:
    assert keeping(Locks(keeps_versions=False), None).until(VERSION) is None
