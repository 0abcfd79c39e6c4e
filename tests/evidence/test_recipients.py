"""A recipient's file is the authority's word; a private half opens under its passphrase and is never another kind."""

import hashlib

import pytest

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.lines import decode, encode
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic, recipient_from_lines, recipient_to_lines
from bwc_agent.evidence.signed import SignedLines
from bwc_agent.evidence.software_key import key_to_pem
from tests.evidence.trial import Agency

AGENCY = Agency.new()
PRIVATE = RecipientPrivate.generate()
PUBLIC = PRIVATE.public("evidence room, Zürich")
FILE = recipient_to_lines(PUBLIC, AGENCY.signer)


def test_a_recipient_is_read_back_from_its_file() -> None:
    found = recipient_from_lines(FILE, AGENCY.certificate)
    assert (found.id, found.name, found.spkis) == (PUBLIC.id, "evidence room, Zürich", PUBLIC.spkis)


def test_the_id_is_the_digest_of_both_keys() -> None:
    assert PUBLIC.id == hashlib.sha256(PUBLIC.spkis[0] + PUBLIC.spkis[1]).hexdigest()[:16]
    assert PRIVATE.public("other").id == PUBLIC.id
    assert RecipientPublic(PUBLIC.mlkem, RecipientPrivate.generate().public("").p384, "").id != PUBLIC.id


def test_only_the_authoritys_word_counts() -> None:
    with pytest.raises(IntegrityError, match="another certificate"):
        recipient_from_lines(FILE, Agency.new().certificate)
    unsigned = FILE.splitlines(keepends=True)[0]
    for data in (unsigned, b"", FILE + unsigned, FILE[:-1]):
        with pytest.raises(IntegrityError, match="not a recipient's file"):
            recipient_from_lines(data, AGENCY.certificate)


def test_flipped_bytes_of_the_file_are_refused() -> None:
    for at in range(0, len(FILE), 3):
        with pytest.raises(IntegrityError):
            recipient_from_lines(FILE[:at] + bytes([FILE[at] ^ 1]) + FILE[at + 1 :], AGENCY.certificate)


def signed(kind: str, **change: str) -> bytes:
    """A file that the authority really signed, with fields of a careless writer."""
    fields = {key: value for key, value in decode(FILE.splitlines(keepends=True)[0]).items() if key not in ("bwc", "kind", "n", "t")}
    lines = SignedLines(kind, AGENCY.signer)
    return lines.first(0, **{**fields, **change}) + lines.sign()


def test_even_the_authority_cannot_give_a_false_id_or_swapped_keys() -> None:
    fields = decode(FILE.splitlines(keepends=True)[0])
    for kind, change in (
        ("recipient", {"id": "0" * 16}),
        ("recipient", {"mlkem1024": str(fields["p384"]), "p384": str(fields["mlkem1024"])}),
        ("recipient", {"p384": "QQ=="}),
        ("recipient", {"more": "x"}),
        ("receipt", {}),
    ):
        with pytest.raises(IntegrityError):
            recipient_from_lines(signed(kind, **change), AGENCY.certificate)
    assert recipient_from_lines(signed("recipient"), AGENCY.certificate).id == PUBLIC.id
    assert encode(fields) in FILE


def test_the_private_half_opens_under_its_passphrase_only() -> None:
    pem = PRIVATE.dump(b"four long words here")
    assert pem.count(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") == 2
    assert RecipientPrivate.load(pem, b"four long words here").public("").id == PUBLIC.id
    for wrong in (b"four long words hers", b""):
        with pytest.raises(ConfigError, match="passphrase"):
            RecipientPrivate.load(pem, wrong)
    with pytest.raises(ConfigError, match="empty"):
        PRIVATE.dump(b"")


def test_another_file_is_no_private_half() -> None:
    pem = PRIVATE.dump(b"pass")
    half = len(pem) - len(pem.partition(b"-----END ENCRYPTED PRIVATE KEY-----\n")[2])
    for other in (b"", b"nothing", pem[:half], pem[half:] + pem[:half], pem + pem[:half], key_to_pem(new_key(), b"pass")):
        with pytest.raises(IntegrityError, match="ML-KEM-1024 block, then a P-384 block"):
            RecipientPrivate.load(other, b"pass")
