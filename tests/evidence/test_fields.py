"""A field has its type, or the line is refused by the field's name."""

from collections.abc import Callable

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence import fields
from bwc_agent.evidence.identity import Identity, identity_fields, identity_from_fields, key_info
from bwc_agent.evidence.lines import Json

LINE: dict[str, Json] = {
    "text": "t", "number": 3, "yes": True, "digest": "0" * 64, "octets": "QQ==", "one": {"a": 1}, "many": [{"a": 1}, {}], "mixed": [{}, 1],
}  # fmt: skip


def test_each_type_is_given_as_it_is() -> None:
    assert fields.text(LINE, "text") == "t"
    assert fields.integer(LINE, "number") == 3
    assert fields.digest(LINE, "digest") == "0" * 64
    assert fields.octets(LINE, "octets") == b"A"
    assert fields.fields(LINE, "one") == {"a": 1}
    assert fields.objects(LINE, "many") == [{"a": 1}, {}]


@pytest.mark.parametrize(
    ("take", "name"),
    [
        (fields.text, "number"),
        (fields.text, "none"),
        (fields.integer, "text"),
        (fields.integer, "yes"),
        (lambda line, name: fields.integer(line, name, 4), "number"),
        (fields.digest, "text"),
        (fields.fields, "many"),
        (fields.objects, "one"),
        (fields.objects, "mixed"),
    ],
)
def test_another_type_is_refused_by_the_fields_name(take: Callable[[fields.Line, str], object], name: str) -> None:
    with pytest.raises(IntegrityError, match=f"'{name}'"):
        take(LINE, name)


IDENTITY = Identity("BWC-0001", 3, 1, 2, "media")


def test_an_identity_is_read_back_and_nothing_beside_it() -> None:
    assert identity_from_fields(identity_fields(IDENTITY)) == IDENTITY
    for other in ({"more": 1}, {"kind": "film"}, {"start": -1}, {"device": 5}):
        with pytest.raises(IntegrityError):
            identity_from_fields({**identity_fields(IDENTITY), **other})


def test_the_words_a_key_is_bound_to_are_fixed() -> None:
    expected = b'bwc/1 segment key\n{"device":"BWC-0001","kind":"media","recording":1,"segment":2,"start":3}'
    assert key_info(IDENTITY) == expected
