"""A bound of memory holds inside, and is gone afterwards."""

import resource

import pytest

from bwc_agent.agency.memory_limit import at_most

MEGABYTE = 1 << 20


def test_more_is_refused_and_afterwards_allowed_again() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with at_most(64 * MEGABYTE):
        assert len(bytearray(16 * MEGABYTE)) == 16 * MEGABYTE
        with pytest.raises(MemoryError):
            bytearray(512 * MEGABYTE)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytearray(512 * MEGABYTE)) == 512 * MEGABYTE


def test_it_is_gone_after_an_error_too_and_never_wider_than_one_that_holds_already() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with at_most(64 * MEGABYTE):
        narrow = resource.getrlimit(resource.RLIMIT_AS)
        with pytest.raises(ValueError), at_most(1 << 50):
            assert resource.getrlimit(resource.RLIMIT_AS) == narrow
            raise ValueError
    assert resource.getrlimit(resource.RLIMIT_AS) == before
