"""What may go wrong between a device, the store and the agency, each as a time during which it does.

A fault says on what side it is told, in which words somebody must hear of it, and how often its moment is drawn anew.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from types import ModuleType
from typing import TypeAlias

import pytest

from bwc_agent.evidence.receipts import receipt_file
from bwc_agent.offload import s3, s3_client
from tests.faults.hostile_inbox import DEEDS, Deed, Post
from tests.faults.store_stage import Stage
from tests.faults.store_story import StoreStory
from tests.offload import lies
from tests.offload.liar import Liar, Lie, honest
from tests.offload.lies import listings, nth, on, parts, puts, reads, segments
from tests.offload.shift import tree

Draw: TypeAlias = Callable[[Random, StoreStory], Lie]
During: TypeAlias = Callable[[Stage, StoreStory, Random], AbstractContextManager[None]]
SEALED = 5
"""Sealed files of a story's device that go in one request."""
PARTS = 3
PATIENCE = 0.3
"""Seconds that a device waits for an answer here."""


def device_proxy(here: Stage) -> Liar:
    """The proxy before the device."""
    return here.device


def agency_proxy(here: Stage) -> Liar:
    """The proxy before custody."""
    return here.agency


@dataclass(frozen=True, slots=True)
class Fault:
    """`what` in the table's words; `says` is a pattern that one message must fit, empty where nothing need be said.

    `during` holds while the fault does. `large`: the device has a file that goes in parts.
    """

    what: str
    says: str
    during: During
    large: bool = False


def to_device(draw: Draw, delivered: bool = False) -> During:
    """The proxy before the device lies; with `delivered`, only after an honest docking."""

    @contextmanager
    def during(here: Stage, story: StoreStory, random: Random) -> Iterator[None]:
        if delivered:
            story.step(story.deliver)
        with lying(here.device, draw(random, story)):
            yield

    return during


def to_agency(draw: Draw) -> During:
    """The proxy before custody lies."""
    return lambda here, story, random: lying(here.agency, draw(random, story))


def always(lie: Lie) -> Draw:
    """One lie, whatever is drawn."""
    return lambda _random, _story: lie


@contextmanager
def lying(proxy: Liar, lie: Lie) -> Iterator[None]:
    proxy.lie = lie
    try:
        yield
    finally:
        proxy.lie = honest


def silent(proxy: Callable[[Stage], Liar], where: lies.Where) -> During:
    """Whoever asks there is not answered any more, and is as patient as a test can be."""

    @contextmanager
    def during(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        over = Event()
        with impatient(), lying(proxy(here), on(where, lies.black_hole(over))):
            yield
            over.set()

    return during


@contextmanager
def impatient() -> Iterator[None]:
    """Who is not answered for `PATIENCE` seconds gives up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3_client, "CONNECT", PATIENCE)
        patch.setattr(s3_client, "READ", PATIENCE)
        yield


def endless(proxy: Callable[[Stage], Liar], module: ModuleType) -> During:
    """Where a listing may have thousands of pages, ten must do here."""

    @contextmanager
    def during(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, lying(proxy(here), lies.endless_listing):
            patch.setattr(module, "PAGES", 10)
            yield

    return during


def some(where: lies.Where, lie: Callable[[Random], Lie], among: int = SEALED) -> Draw:
    """A lie about one request of several, drawn."""
    return lambda random, _story: nth(random.randrange(among), where, lie(random))


def _somewhere(random: Random) -> int:
    return random.randrange(1, 150_000)


def _planted(deed: Deed) -> Draw:
    """The store's mailbox shows what nobody has put there."""

    def draw(_random: Random, story: StoreStory) -> Lie:
        with TemporaryDirectory() as name:
            post = Post(story.shift, {}, Path(name))
            deed(replace(post, genuine={receipt_file(data): data for data in post.receipts(story.shift.desk.receipts)}))
            return lies.planted({f"{story.shift.serial}/mailbox/{file}": data for file, data in tree(Path(name)).items()})

    return draw


def _cuts(random: Random) -> Lie:
    return lies.cut_request(_somewhere(random))


def flips(random: Random) -> Lie:
    return lies.flipped_upload(_somewhere(random))


BROKEN = "the connection failed .* it is tried again"
_OTHER_BYTES = "other bytes|what arrived is not what was sent"

NETWORK: tuple[Fault, ...] = (
    Fault("cut within an upload", BROKEN, to_device(some(segments, _cuts))),
    Fault("cut within a part", BROKEN, to_device(some(parts, _cuts, PARTS)), large=True),
    Fault("cut before the answer to an upload", BROKEN, to_device(some(puts, lambda _: lies.answer_lost))),
    Fault("cut before the answer that a part is there", BROKEN, to_device(some(parts, lambda _: lies.answer_lost, PARTS)), large=True),
    Fault("cut before the answer that all parts are one", BROKEN, to_device(always(on(lies.completions, lies.answer_lost))), large=True),
    Fault("cut within a listing", "broke off.*it is tried again", to_device(always(on(listings, lies.cut_answer(200))))),
    Fault("cut within a receipt", BROKEN, to_device(always(on(reads, lies.cut_answer(200))))),
    Fault("every answer late", "", to_device(always(lies.delayed(0.02)))),
    Fault("no answer to a listing", BROKEN, silent(device_proxy, listings)),
    Fault("no answer to an upload", BROKEN, silent(device_proxy, segments)),
    Fault("upload truncated", _OTHER_BYTES, to_device(some(segments, lambda _: lies.truncated_upload))),
    Fault("a bit of an upload changed", _OTHER_BYTES, to_device(some(segments, flips))),
    Fault("a bit of a part changed", _OTHER_BYTES, to_device(some(parts, flips, PARTS)), large=True),
    Fault("a bit of a receipt changed", "SHA-256 that it is named by", to_device(always(on(reads, lies.flipped_answer(100))))),
    Fault("receipt truncated", "SHA-256 that it is named by", to_device(always(on(reads, lies.shortened_answer)))),
)

STORE: tuple[Fault, ...] = (
    Fault("200, and nothing stored", "", to_device(some(segments, lambda _: lies.swallowed(echo=True)))),
    Fault("200 without a checksum, and nothing stored", "which SHA-256", to_device(some(segments, lambda _: lies.swallowed(echo=False)))),
    Fault("200 for a part that is not stored", "the parts there are not", to_device(some(parts, lambda _: lies.swallowed(True), 2)), True),
    Fault("stored, wrong checksum in the answer", "other bytes", to_device(some(puts, lambda _: lies.wrong_checksum))),
    Fault("500", "the store failed.*it is tried again", to_device(some(puts, lambda _: lies.refused(500, "InternalError")))),
    Fault("503, to go slower", "asks to go slower", to_device(always(on(puts, lies.refused(503, "SlowDown"))))),
    Fault("destination full", "destination full: make room", to_device(some(segments, lambda _: lies.refused(507, "QuotaExceeded")))),
    Fault("credentials expired", "have expired: renew them", to_device(always(lies.expired("device")))),
    Fault("clocks differ", "set the one here", to_device(always(lies.refused(403, "RequestTimeTooSkewed")))),
    Fault("redirected to another host", "the bucket is elsewhere", to_device(always(lies.elsewhere("https://localhost:9")))),
    Fault("a listing without an end", "pages of names.*look into the store", endless(device_proxy, s3)),
    Fault("a segment listed that is not there", "", to_device(lambda _r, story: lies.listed(_sizes(story)))),
    Fault("a segment listed with another length", "another length", to_device(always(lies.resized("0001.tink", 1)), delivered=True)),
    Fault("what is there is not listed", "", to_device(always(lies.unlisted("recordings")), delivered=True)),
)

MAILBOX: tuple[Fault, ...] = tuple(
    Fault(f"in the mailbox: {what}", '"refused"', to_device(_planted(DEEDS[what])), large=False)
    for what in (
        "receipts by a foreign key",
        "receipts of another device",
        "receipts of a life before",
        "receipts for what does not open",
        "receipts for what is not there",
        "receipts changed, cut, doubled",
        "garbage",
    )
)


def _sizes(story: StoreStory) -> Mapping[str, int]:
    """As if every sealed file were at the store already."""
    root = story.shift.vault.root
    return {f"{story.shift.serial}/{path}": (root / path).stat().st_size for path in story.left}
