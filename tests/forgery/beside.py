"""Alterations beside the evidence: what the camera trusts, the agency's storage with its open copies and its mailbox, and the rest."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import certificate_from_pem
from tests.forgery.changed import MASKS
from tests.forgery.honest import CLOSED, Honest
from tests.forgery.kinds import Case, Draw, Make
from tests.forgery.trees import data, without

_CERTIFICATES = ("trust/authority.pem", "trust/receipt.pem")


def certificate_bytes(free: bool) -> Make:
    """Every byte of the certificates in trust: those that change the certificate, and those (`free`) that change its text alone."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        places = [(name, at, new) for name in _CERTIFICATES for at, new in _flips(data(honest.vault, name))]
        for name, at, new in draw.some([place for place in places if _same(place[2], data(honest.vault, place[0])) is free]):
            yield Case(f"{name}: byte {at} is another", {**honest.vault, name: new})

    return cases


def _flips(whole: bytes) -> list[tuple[int, bytes]]:
    return [(at, whole[:at] + bytes((whole[at] ^ MASKS[at % len(MASKS)],)) + whole[at + 1 :]) for at in range(len(whole))]


def _same(one: bytes, other: bytes) -> bool:
    """True if both are the PEM of one certificate, byte for byte of its DER."""
    try:
        found, wanted = (certificate_from_pem(pem).public_bytes(Encoding.DER) for pem in (one, other))
    except IntegrityError:
        return False
    return found == wanted


def recipient_bytes(honest: Honest, draw: Draw) -> Iterator[Case]:
    names = [name for name in honest.vault if name.startswith("trust/recipients/")]
    places = [(name, at, new) for name in names for at, new in _flips(data(honest.vault, name))]
    for name, at, new in draw.some(places):
        yield Case(f"{name}: byte {at} is another", {**honest.vault, name: new})


def foreign_trust(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The camera trusts, or seals for, somebody else."""
    foreign = {name: entry for name, entry in honest.foreign.items() if name.startswith("trust/")}
    for name, entry in foreign.items():
        yield Case(f"{name} is a foreigner's", {**honest.vault, name: entry})
    yield Case("all of trust is a foreigner's", {**without(honest.vault, "trust"), **foreign})


def stored_bytes(folder: str) -> Make:
    """Every byte of the open copies of journals, or of the receipts in the mailbox, at the agency's storage."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        names = [name for name in honest.store if name.startswith(folder) and ("@" in name or folder == "mailbox/")]
        places = [(name, at, new) for name in names for at, new in _flips(data(honest.store, name))]
        for name, at, new in draw.some(places):
            yield Case(f"{name}: byte {at} is another", {**honest.store, name: new}, stored=True)

    return cases


def stored_copies(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Open copies under other lengths than they have, of another start, of another device."""
    for name in [name for name in honest.store if "@" in name]:
        whole, start = data(honest.store, name), name.split("@")[0]
        for size in (1, len(whole) - 1, len(whole) + 1):
            yield Case(f"{name} says {size} bytes", {**without(honest.store, name), f"{start}@{size}.jsonl": whole}, stored=True)
        for source, entry in (
            ("another start", honest.vault["journal/000001.jsonl"]),
            ("another device", honest.other["journal/000000.jsonl"]),
        ):
            assert isinstance(entry, bytes)
            if not start.endswith("1") or source == "another device":
                yield Case(f"a copy of {start} is of {source}", {**honest.store, f"{start}@{len(entry)}.jsonl": entry}, stored=True)


def no_evidence(honest: Honest, draw: Draw) -> Iterator[Case]:
    """What neither the device nor the agency vouches for: keys to come, unjudged mail, half-written files, what the custodian noted."""
    vault = honest.vault
    for name in [name for name in vault if name.startswith(("keys/", "inbox/", "released"))]:
        yield Case(f"{name} is gone", without(vault, name))
        yield Case(f"{name} holds something else", {**vault, name: b"x"})
    for name in (
        f"recordings/{CLOSED}/.0002.tink.tmp",
        "journal/.000003.jsonl.tmp",
        "inbox/hello",
        "README",
        "recordings/000009-0001/.log.jsonl.tmp",
    ):
        yield Case(f"{name} was put there", {**vault, name: b"x"})
    yield Case("the recipients are not here", without(vault, "trust/recipients"))
    yield Case("the camera's own authority is not here", without(vault, "trust/authority.pem"))
