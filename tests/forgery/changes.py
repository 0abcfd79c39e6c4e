"""An altered record as a short list of changes, so that another program can make it from the honest one."""

import base64
from collections.abc import Iterator, Mapping, Sequence

from bwc_agent.evidence.lines import Json
from tests.forgery.trees import Entry, Folder, Link, Pipe, Tree

Change = dict[str, Json]
"""What is done to one `file` of the record; which of the others there are says what:

`at`, `remove`, `insert`   from byte `at` on, `remove` bytes give way to those in `insert` (base64)
`gone`                     it is not there
`same_as`                  it holds what that file of the honest record holds
`holds`                    it holds these bytes (base64)
`link`                     it is a symbolic link to there
`pipe`, `folder`           it is a named pipe, an empty folder
"""


def changes(before: Tree, after: Tree) -> list[Change]:
    """What makes `after` of `before`."""
    return list(_changes(before, after))


def _changes(before: Tree, after: Tree) -> Iterator[Change]:
    by_bytes = {entry: name for name, entry in before.items() if isinstance(entry, bytes)}
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield {"file": name, **_change(old, new, by_bytes)}


def _change(old: Entry | None, new: Entry | None, by_bytes: Mapping[bytes, str]) -> Change:
    match new:
        case None:
            return {"gone": True}
        case Link():
            return {"link": new.to}
        case Pipe():
            return {"pipe": True}
        case Folder():
            return {"folder": True}
    if new in by_bytes:
        return {"same_as": by_bytes[new]}
    return _splice(old, new) if isinstance(old, bytes) else {"holds": _text(new)}


def _splice(old: bytes, new: bytes) -> Change:
    at = _alike(old, new)
    end = _alike(old[at:][::-1], new[at:][::-1])
    return {"at": at, "insert": _text(new[at : len(new) - end]), "remove": len(old) - end - at}


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def changed(before: Tree, made: Sequence[Change]) -> dict[str, Entry]:
    """`before` with these changes."""
    after = dict(before)
    for change in made:
        name = str(change["file"])
        after.pop(name, None)
        if "gone" not in change:
            after[name] = _entry(before, name, change)
    return after


def _entry(before: Tree, name: str, change: Change) -> Entry:
    match change:
        case {"link": str(to)}:
            return Link(to)
        case {"pipe": True}:
            return Pipe()
        case {"folder": True}:
            return Folder()
        case {"same_as": str(other)}:
            return before[other]
        case {"holds": str(text)}:
            return base64.b64decode(text)
        case {"at": int(at), "insert": str(text), "remove": int(count)}:
            old = before[name]
            assert isinstance(old, bytes)
            return old[:at] + base64.b64decode(text) + old[at + count :]
    raise ValueError(f"{name}: {sorted(change)} is no change")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
