"""What a network or a store may do to whoever believes it, each as a lie for the proxy of liar.py.

A lie here holds for every request; `on` and `nth` say for which.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import TypeAlias
from xml.etree import ElementTree

from tests.offload.liar import Answer, Asked, Cut, Lie, Store

Where: TypeAlias = Callable[[Asked], bool]
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_CHECKSUM = "x-amz-checksum-sha256"
ElementTree.register_namespace("", _NAMESPACE)


def puts(asked: Asked) -> bool:
    """An object, or a part of one, is brought."""
    return asked.method == "PUT" and bool(asked.key)


def segments(asked: Asked) -> bool:
    """A sealed file, or a part of one, is brought."""
    return puts(asked) and asked.key.endswith(".tink")


def parts(asked: Asked) -> bool:
    """A part of a large object is brought."""
    return puts(asked) and "partNumber" in asked.query


def completions(asked: Asked) -> bool:
    """The parts are to become an object."""
    return asked.method == "POST" and "uploadId" in asked.query


def reads(asked: Asked) -> bool:
    """An object's content is asked for."""
    return asked.method == "GET" and bool(asked.key)


def sealed_reads(asked: Asked) -> bool:
    """The content of a sealed file is asked for."""
    return reads(asked) and asked.key.endswith(".tink")


def log_reads(asked: Asked) -> bool:
    """The content of a log is asked for."""
    return reads(asked) and asked.key.endswith("log.jsonl")


def journal_reads(asked: Asked) -> bool:
    """The content of a journal is asked for."""
    return reads(asked) and "/journal/" in asked.key and asked.key.endswith(".jsonl")


def heads(asked: Asked) -> bool:
    """All but the content is asked for, as for a lock."""
    return asked.method == "HEAD"


def listings(asked: Asked) -> bool:
    """Names are asked for."""
    return asked.method == "GET" and not asked.key


def anything(asked: Asked) -> bool:
    """Every request."""
    return True


def on(where: Where, lie: Lie) -> Lie:
    """The lie, told only where `where` holds."""
    return lambda asked, store: lie(asked, store) if where(asked) else store(asked)


def nth(number: int, where: Where, lie: Lie) -> Lie:
    """The lie, told once: to the request `number` (from 0) of those for which `where` holds."""
    counter, lock = count(), threading.Lock()

    def told(asked: Asked, store: Store) -> Answer:
        with lock:
            mine = where(asked) and next(counter) == number
        return lie(asked, store) if mine else store(asked)

    return told


def cut_request(after: int) -> Lie:
    """The connection ends after so many bytes of the request's body."""

    def lie(asked: Asked, _store: Store) -> Answer:
        asked.take(after)
        raise Cut

    return lie


def cut_answer(after: int) -> Lie:
    """The store does what it is asked; of the answer's body only so many bytes come."""
    return lambda asked, store: replace(store(asked), sent=after)


def answer_lost(asked: Asked, store: Store) -> Answer:
    """The store does what it is asked, and nobody hears of it."""
    store(asked)
    raise Cut


def black_hole(over: threading.Event) -> Lie:
    """Takes the request and never answers, until the test is over."""

    def lie(asked: Asked, _store: Store) -> Answer:
        over.wait()
        raise Cut

    return lie


def delayed(seconds: float) -> Lie:
    """Answers, later."""

    def lie(asked: Asked, store: Store) -> Answer:
        threading.Event().wait(seconds)
        return store(asked)

    return lie


def truncated_upload(asked: Asked, store: Store) -> Answer:
    """The store gets the first half."""
    return store(asked.changed(asked.body[: len(asked.body) // 2]))


def flipped_upload(at: int) -> Lie:
    """The store gets one bit otherwise."""
    return lambda asked, store: store(asked.changed(_flipped(asked.body, at)))


def flipped_answer(at: int) -> Lie:
    """The client gets one bit otherwise."""

    def lie(asked: Asked, store: Store) -> Answer:
        answer = store(asked)
        return replace(answer, body=_flipped(answer.body, at))

    return lie


def shortened_answer(asked: Asked, store: Store) -> Answer:
    """The client gets the first half as if it were all."""
    answer = store(asked)
    return answer.changed(answer.body[: len(answer.body) // 2])


def _flipped(data: bytes, at: int) -> bytes:
    at = at % len(data) if data else 0
    return data[:at] + bytes(byte ^ 1 for byte in data[at : at + 1]) + data[at + 1 :]


def swallowed(echo: bool) -> Lie:
    """ "Stored", and it is not; with `echo` the checksum is given back as it came."""

    def lie(asked: Asked, _store: Store) -> Answer:
        checksum = [(_CHECKSUM, value) for name, value in asked.headers if name.lower() == _CHECKSUM]
        asked.body  # noqa: B018  it is taken, and forgotten
        return Answer(200, (("ETag", '"d41d8cd98f00b204e9800998ecf8427e"'), *(checksum if echo else [])))

    return lie


def wrong_checksum(asked: Asked, store: Store) -> Answer:
    """Stored, and the store says that it kept something else."""
    answer = store(asked).without(_CHECKSUM)
    return replace(answer, headers=(*answer.headers, (_CHECKSUM, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")))


def stripped(part: str) -> Lie:
    """The answer lacks the headers that have `part` in their names."""

    def lie(asked: Asked, store: Store) -> Answer:
        answer = store(asked)
        return answer.without(*(name.lower() for name, _ in answer.headers if part in name.lower()))

    return lie


def refused(status: int, code: str) -> Lie:
    """An error in the form in which S3 tells one."""
    body = f"<Error><Code>{code}</Code><Message>as the test has it</Message></Error>".encode()
    return lambda asked, _store: Answer(status, (("Content-Type", "application/xml"),), b"" if asked.method == "HEAD" else body)


def expired(key: str) -> Lie:
    """The store takes no more what is signed by the access key `key`."""
    no = refused(403, "ExpiredToken")
    return lambda asked, store: no(asked, store) if any(f"Credential={key}/" in value for _, value in asked.headers) else store(asked)


def elsewhere(endpoint: str) -> Lie:
    """Another place is to be asked instead."""
    body = b"<Error><Code>TemporaryRedirect</Code><Message>go elsewhere</Message></Error>"
    return lambda asked, _store: Answer(307, (("Location", endpoint + asked.target), ("x-amz-bucket-region", "eu-west-1")), body)


def endless_listing(asked: Asked, store: Store) -> Answer:
    """Each page of names says that there is another."""

    def more(root: ElementTree.Element) -> None:
        _put(root, "IsTruncated", "true")
        _put(root, "NextContinuationToken", asked.query.get("continuation-token", "") + "x")
        _put(root, "NextKeyMarker", asked.query.get("key-marker", "") + "x")

    return _edited(store(asked), more) if listings(asked) else store(asked)


def listed(objects: Mapping[str, int]) -> Lie:
    """These names are listed with these sizes, there or not."""

    def add(asked: Asked, root: ElementTree.Element) -> None:
        inside = [name for name in sorted(objects) if name.startswith(asked.query.get("prefix", ""))]
        for name in inside if not {"continuation-token", "key-marker"} & asked.query.keys() else ():
            _drop(root, name)
            entry = ElementTree.SubElement(root, _tag("Version" if "versions" in asked.query else "Contents"))
            for tag, value in (
                ("Key", name),
                ("Size", str(objects[name])),
                ("VersionId", "null"),
                ("LastModified", "2026-01-01T00:00:00Z"),
            ):
                _put(entry, tag, value)

    return _listing(add)


def unlisted(part: str) -> Lie:
    """Whatever has `part` in its name is not listed."""

    def drop(asked: Asked, root: ElementTree.Element) -> None:
        for name in [element.text or "" for element in root.iter(_tag("Key"))]:
            if part in name:
                _drop(root, name)

    return _listing(drop)


def resized(part: str, by: int) -> Lie:
    """Whatever has `part` in its name is listed with another length."""

    def change(asked: Asked, root: ElementTree.Element) -> None:
        for entry in root:
            if part in (entry.findtext(_tag("Key")) or ""):
                _put(entry, "Size", str(int(entry.findtext(_tag("Size")) or 0) + by))

    return _listing(change)


def planted(objects: Mapping[str, bytes]) -> Lie:
    """These objects are listed, and are given to whoever asks for them, although the store has others or none."""
    names = listed({name: len(data) for name, data in objects.items()})

    def lie(asked: Asked, store: Store) -> Answer:
        if reads(asked) and asked.key in objects:
            return Answer(200, (), objects[asked.key])
        return names(asked, store)

    return lie


def _listing(change: Callable[[Asked, ElementTree.Element], None]) -> Lie:
    def lie(asked: Asked, store: Store) -> Answer:
        answer = store(asked)
        return _edited(answer, lambda root: change(asked, root)) if listings(asked) else answer

    return lie


def _edited(answer: Answer, change: Callable[[ElementTree.Element], None]) -> Answer:
    root = ElementTree.fromstring(answer.body)
    if root.tag not in (_tag("ListBucketResult"), _tag("ListVersionsResult")):
        return answer
    change(root)
    return answer.changed(ElementTree.tostring(root, "utf-8", xml_declaration=True))


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _put(parent: ElementTree.Element, name: str, value: str) -> None:
    found = parent.find(_tag(name))
    (ElementTree.SubElement(parent, _tag(name)) if found is None else found).text = value


def _drop(root: ElementTree.Element, name: str) -> None:
    for entry in [entry for entry in root if entry.findtext(_tag("Key")) == name]:
        root.remove(entry)
