"""There is exactly one way to write a line, and a reader takes no other."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import MAX_DEPTH, MAX_INTEGER, MAX_LINE, Json, b64, decode, encode, unb64

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/evidence/lines.json").read_text())

keys = st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=8)
plain = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values: st.SearchStrategy[Json] = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
lines = st.dictionaries(keys, values, max_size=5)


@given(lines)
@settings(max_examples=150)
def test_what_is_written_is_read_back_in_the_same_bytes(fields: dict[str, Json]) -> None:
    line = encode(fields)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode(line) == fields
    assert json.loads(line) == fields


@given(lines, st.data())
@settings(max_examples=150)
def test_a_changed_byte_is_refused_or_means_something_else(fields: dict[str, Json], data: st.DataObject) -> None:
    line = encode(fields)
    at = data.draw(st.integers(0, len(line) - 1))
    altered = line[:at] + bytes([line[at] ^ data.draw(st.integers(1, 255))]) + line[at + 1 :]
    try:
        found = decode(altered)
    except IntegrityError:
        return
    assert encode(found) == altered != line


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda v: str(v["why"]))
def test_valid_vectors_are_their_own_form(vector: dict[str, str]) -> None:
    line = bytes.fromhex(vector["line_hex"])
    assert encode(decode(line)) == line


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: str(v["why"]))
def test_invalid_vectors_are_refused(vector: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        decode(bytes.fromhex(vector["line_hex"]))


def test_strings_are_written_as_rfc_8785_writes_them() -> None:
    # The string of RFC 8785, 3.2.2.2.
    written = encode({"string": '€$\u000f\nA\'B"\\\\"/'})
    assert written == b'{"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}\n'


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"x": 1.0}, "float"),
        ({"x": [1, {"y": 0.5}]}, "float"),
        ({"x": MAX_INTEGER + 1}, "2\\^53"),
        ({"x": -MAX_INTEGER - 1}, "2\\^53"),
        ({"é": 1}, "not ASCII"),
        ({"x": b"bytes"}, "bytes"),
        ({"x": (1, 2)}, "tuple"),
        ({"x": "\ud800"}, "surrogate"),
        ({"x": "y" * MAX_LINE}, "too long"),
    ],
)
def test_what_a_line_cannot_hold_is_refused_by_name(fields: dict[str, Json], why: str) -> None:
    with pytest.raises(IntegrityError, match=why):
        encode(fields)


def test_depth_is_bounded_on_both_sides() -> None:
    value: Json = 1
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert decode(encode({"x": value})) == {"x": value}
    with pytest.raises(IntegrityError, match="deeper"):
        encode({"x": [value]})
    with pytest.raises(IntegrityError):
        decode(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")


@given(st.binary(max_size=40))
@settings(max_examples=60)
def test_base64_has_one_form(data: bytes) -> None:
    text = b64(data)
    assert unb64(text) == data
    for altered in (text + "=", text.rstrip("=") + "\n", " " + text):
        with pytest.raises(IntegrityError):
            unb64(altered)


@pytest.mark.parametrize("text", ["QR==", "QQ=", "QQ", "Q", "QQ==QQ==", "Q-==", "QQ==\n", "é"])
def test_base64_of_the_same_byte_in_another_form_is_refused(text: str) -> None:
    assert unb64("QQ==") == b"A"
    with pytest.raises(IntegrityError):
        unb64(text)
