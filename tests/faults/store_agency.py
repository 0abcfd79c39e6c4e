"""What may go wrong between the store and the agency's custody: it must sign for nothing but what it has read, and say why it did not."""

from collections.abc import Mapping
from random import Random

from bwc_agent.agency import s3_listing
from tests.faults.store_faults import BROKEN, Fault, agency_proxy, always, endless, silent, some, to_agency
from tests.faults.store_judge import evidence
from tests.faults.store_story import StoreStory
from tests.offload import lies
from tests.offload.liar import Lie
from tests.offload.lies import heads, journal_reads, listings, log_reads, on, puts, reads, sealed_reads

_OTHERS = "gives others: look into the store"
_NOT_SIGNED = "altered"


def _cuts(random: Random) -> Lie:
    return lies.cut_answer(random.randrange(4000))


def _flips(random: Random) -> Lie:
    return lies.flipped_answer(random.randrange(150_000))


def _not_there(_random: Random, story: StoreStory) -> Lie:
    """A segment of the right length is listed, under the next number."""
    return lies.listed({f"{story.shift.serial}/recordings/000000-0001/0003.tink": 155_672})


def _exchanged(_random: Random, story: StoreStory) -> Lie:
    """Each segment's name gives the bytes of the other one: both signed, both of one length."""
    names = [f"recordings/000000-0001/{number:04}.tink" for number in (1, 2)]
    card: Mapping[str, bytes] = evidence(story.shift)
    return lies.planted({f"{story.shift.serial}/{name}": card[other] for name, other in zip(names, reversed(names), strict=True)})


AGENCY: tuple[Fault, ...] = (
    Fault("custody: cut within a segment", f"{BROKEN}|{_OTHERS}", to_agency(some(sealed_reads, _cuts))),
    Fault("custody: segment truncated", _OTHERS, to_agency(some(sealed_reads, lambda _: lies.shortened_answer))),
    Fault("custody: a bit of a segment changed", _NOT_SIGNED, to_agency(some(sealed_reads, _flips))),
    Fault("custody: a bit of a log changed", _NOT_SIGNED, to_agency(always(on(log_reads, lies.flipped_answer(900))))),
    Fault("custody: a bit of a journal changed", _NOT_SIGNED, to_agency(always(on(journal_reads, lies.flipped_answer(900))))),
    Fault("custody: segments exchanged", _NOT_SIGNED, to_agency(_exchanged)),
    Fault("custody: cut within a listing", "broke off.*it is tried again", to_agency(always(on(listings, lies.cut_answer(300))))),
    Fault("custody: a listing without an end", "no end; nothing is signed", endless(agency_proxy, s3_listing)),
    Fault("custody: what is not there is listed", "0003.tink", to_agency(_not_there)),
    Fault("custody: segments not listed", "", to_agency(always(lies.unlisted(".tink")))),
    Fault("custody: logs not listed", "log.jsonl", to_agency(always(lies.unlisted("log.jsonl")))),
    Fault("custody: journals not listed", "journal", to_agency(always(lies.unlisted("/journal/")))),
    Fault("custody: wrong lengths listed", "0001.tink", to_agency(always(lies.resized("0001.tink", -1)))),
    Fault("custody: no word of a lock", "not locked", to_agency(always(on(heads, lies.stripped("object-lock"))))),
    Fault("custody: no answer", BROKEN, silent(agency_proxy, sealed_reads)),
    Fault("custody: 500", "the store failed.*it is tried again", to_agency(some(reads, lambda _: lies.refused(500, "InternalError")))),
    Fault("custody: 503 for every receipt", "asks to go slower", to_agency(always(on(puts, lies.refused(503, "SlowDown"))))),
    Fault("custody: cut before the answer to a receipt", BROKEN, to_agency(some(puts, lambda _: lies.answer_lost))),
    Fault("custody: 200, and the receipt not stored", "", to_agency(some(puts, lambda _: lies.swallowed(echo=True)))),
)
