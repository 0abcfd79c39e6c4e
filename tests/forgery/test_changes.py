"""Any altered record is the honest one and its list of changes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.forgery.changes import changed, changes
from tests.forgery.trees import Entry, Folder, Link, Pipe

entries: st.SearchStrategy[Entry] = st.binary(max_size=12) | st.sampled_from([b"abcabc", b"abc", Link("x"), Pipe(), Folder()])
trees = st.dictionaries(st.sampled_from("abcdef"), entries)


@given(trees, trees)
def test_the_changes_make_the_one_of_the_other_through_json_too(before: dict[str, Entry], after: dict[str, Entry]) -> None:
    made = json.loads(json.dumps(changes(before, after)))
    assert changed(before, made) == after
    assert changes(before, before) == []


@given(st.binary(max_size=20), st.integers(0, 19), st.integers(1, 255))
def test_one_changed_byte_is_one_byte(old: bytes, at: int, mask: int) -> None:
    if at < len(old):
        (change,) = changes({"f": old}, {"f": old[:at] + bytes((old[at] ^ mask,)) + old[at + 1 :]})
        assert (change["at"], change["remove"]) == (at, 1)
