"""The line of every key is found, however a person may write TOML."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.fleet.places import Path, line_of, places

CASES: list[tuple[str, Path, int]] = [
    ("a = 1\nb = 2\n", ("b",), 2),
    ("[t]\na = 1\n[u]\na = 2\n", ("u", "a"), 3 + 1),
    ("[t]\na = 1\n[t.u]\na = 2\n", ("t", "u", "a"), 4),
    ("t.u.a = 1\nt.u.b = 2\n", ("t", "u", "b"), 2),
    ("[ t . 'u v' ]\n\"a.b\" = 1\n", ("t", "u v", "a.b"), 2),
    ("t = { a = 1, u = { b = 2 } }\nc = 3\n", ("t", "u", "b"), 1),
    ("t = { a = 1, u = { b = 2 } }\nc = 3\n", ("c",), 2),
    ("[[e]]\na = 1\n[[e]]\na = 2\n", ("e", 1, "a"), 4),
    ("[[e]]\na = 1\n[e.t]\nb = 1\n[[e]]\n[e.t]\nb = 2\n", ("e", 1, "t", "b"), 7),
    ("[[e]]\n[[e.f]]\na = 1\n[[e.f]]\na = 2\n[[e]]\n[[e.f]]\na = 3\n", ("e", 0, "f", 1, "a"), 5),
    ("e = [\n  { a = 1 },\n  # between\n  { a = 2,\n },\n]\nz = 1\n", ("e", 1, "a"), 4),
    ("e = [[1, 2],\n [3,\n 4]]\nz = 1\n", ("e", 1, 1), 3),
    ("e = []\nf = [ {} ]\nz = 1\n", ("z",), 3),
    ('a = """\nb = 1\n[t]\n"""\nb = 2\n', ("b",), 5),
    ("a = '''\nb = 1'''''\nb = 2\n", ("b",), 3),
    ('a = "\\"]\\n" # b = 1\nb = 2\n', ("b",), 2),
    ("a = 1.5e3\nd = 1979-05-27 07:32:00.5Z\nb = 2\n", ("b",), 3),
    ("a.1 = 1\n1.5 = 2\n", ("1", "5"), 2),
    ("a = 1\r\nb = 2\r\n", ("b",), 2),
    ("\na = " + "[" * 50 + "\n1" + "]" * 50 + "\n", ("a", *(0,) * 20), 2),
    (".".join("a" * 40) + " = 1\nb = 2\n", ("a",) * 40, 1),
]


@pytest.mark.parametrize(("text", "key", "line"), CASES)
def test_the_line_of_a_key_is_where_it_stands(text: str, key: Path, line: int) -> None:
    assert line_of(text, key) == line


def test_a_key_that_is_not_there_is_at_its_table_and_without_one_at_the_top() -> None:
    assert line_of("\n[t]\n\na = 1\n", ("t", "b", "c")) == 2
    assert line_of("\na = 1\n", ("b",)) == 1


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*at, key))


SCALARS = st.sampled_from(["1", "-2.5", "true", "2026-03-14T15:09:26.5Z", '"]"', "'}'", '"""\n"x\\""""', "'''\n#'''", '"a\\\\"'])
KEYS = st.sampled_from(["a", "b", "c-1", "2", '"d.e"', "'f g'", '"\\u0068"'])
INLINE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[ {', '.join(each)} ]"),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: "[\n" + ",\n".join(each) + ", # end ]\n]"),
        st.lists(st.tuples(KEYS, inner), max_size=3, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(st.lists(KEYS, min_size=1, max_size=2), INLINE).map(lambda pair: f"{'.'.join(pair[0])} = {pair[1]}"),
    st.lists(KEYS, min_size=1, max_size=3).map(lambda parts: f"[{' . '.join(parts)}]"),
    st.lists(KEYS, min_size=1, max_size=3).map(lambda parts: f"[[ {'.'.join(parts)} ]] # ["),
    st.just("# a = ["),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_exactly_the_keys_that_the_parser_sees_have_a_place(lines: list[str]) -> None:
    kept: list[str] = []
    for line in lines:
        try:
            tomllib.loads("\n".join([*kept, line]))
        except tomllib.TOMLDecodeError:
            continue
        kept.append(line)
    text = "\n".join(kept)
    found = places(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
