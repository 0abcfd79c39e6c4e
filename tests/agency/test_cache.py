"""What custody keeps of a store between runs is used again only as long as it is what the store lists."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.agency.cache import Cache
from bwc_agent.agency.store import Version
from bwc_agent.evidence.verify_log import Refused

DATA = b"a signed log\n"


def listed(tag: str = hashlib.md5(DATA).hexdigest()) -> Version:
    return Version("BWC-0001/journal/000000.jsonl", "v1", len(DATA), 0, f'"{tag}"')


class Store:
    """Gives `data`, and counts how often."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked = data, 0

    def fetch(self, _version: Version) -> Iterator[bytes]:
        self.asked += 1
        yield self.data


def test_a_version_is_fetched_once(tmp_path: Path) -> None:
    cache, store = Cache(tmp_path), Store(DATA)
    for _ in range(3):
        assert cache.get(listed(), store.fetch).path.read_bytes() == DATA
    assert store.asked == 1


@pytest.mark.parametrize("wrong", [b"a signed lie\n", b"a sig", b""])
def test_a_read_that_went_wrong_once_is_not_believed_for_ever(tmp_path: Path, wrong: bytes) -> None:
    cache, store = Cache(tmp_path), Store(wrong)
    assert cache.get(listed(), store.fetch).path.read_bytes() == wrong
    store.data = DATA
    assert cache.get(listed(), store.fetch).path.read_bytes() == DATA


def test_where_the_store_tells_no_md5_each_run_fetches_anew(tmp_path: Path) -> None:
    cache, store = Cache(tmp_path), Store(DATA)
    for _ in range(2):
        assert cache.get(listed("of-parts-3"), store.fetch).path.read_bytes() == DATA
    assert store.asked == 2


def test_another_content_under_a_version_that_was_kept_is_a_finding(tmp_path: Path) -> None:
    cache, store = Cache(tmp_path), Store(DATA)
    cache.get(listed(), store.fetch)
    with pytest.raises(Refused, match="it was replaced"):
        cache.get(listed("0" * 32), store.fetch)
