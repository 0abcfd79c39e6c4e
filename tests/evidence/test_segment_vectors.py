"""A sealed segment and sealed notes, byte for byte: what any implementation must write, open after a cut, and refuse."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import fields, objects, text
from bwc_agent.evidence.hpke import commitment
from bwc_agent.evidence.identity import identity_from_fields
from bwc_agent.evidence.lines import decode
from bwc_agent.evidence.samples import sample_lines
from bwc_agent.evidence.seal import Sealer, notes_sealer, pad_line
from bwc_agent.evidence.tink_stream import CHUNK, decrypt, decrypt_prefix
from bwc_agent.evidence.tracks import config_from_fields
from bwc_agent.fmp4.boxes import free
from bwc_agent.fmp4.header import parse
from bwc_agent.fmp4.reader import read_segment
from tests.evidence import foreign_tink

FOLDER = Path(__file__).parent.parent / "vectors/evidence"
SEGMENT, NOTES = (json.loads((FOLDER / name).read_text()) for name in ("segment.json", "notes.json"))


def unhex(vector: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[f"{name}_hex"])


def sealed_file(vector: dict[str, Any]) -> bytes:
    return base64.b64decode(vector["file_base64"], validate=True)


def opened(vector: dict[str, Any], size: int | None = None) -> bytes:
    """The plaintext of the whole file, or of what a cut left of it."""
    key, associated, data = unhex(vector, "key"), unhex(vector, "associated"), sealed_file(vector)
    return decrypt(key, associated, data) if size is None else decrypt_prefix(key, associated, data[:size])


def sealer(make: Callable[[bytes, bytes], Sealer], vector: dict[str, Any]) -> Sealer:
    """A sealer whose draws are the vector's."""
    draws: Iterator[bytes] = iter((unhex(vector, "salt"), unhex(vector, "prefix")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bwc_agent.evidence.tink_stream.secrets.token_bytes", lambda size: next(draws))
        return make(unhex(vector, "key"), unhex(vector, "associated"))


@pytest.mark.parametrize("vector", [SEGMENT, NOTES], ids=["segment", "notes"])
def test_the_segment_line_binds_key_identity_and_ciphertext(vector: dict[str, Any]) -> None:
    raw = vector["segment_line"].encode()
    line = decode(raw)
    assert hashlib.sha256(raw).hexdigest() == vector["associated_hex"]
    assert commitment(unhex(vector, "key")) == line["commit"]
    assert identity_from_fields(fields(line, "identity")).kind == ("notes" if ".notes." in text(line, "file") else "media")
    assert foreign_tink.open_all(unhex(vector, "key"), unhex(vector, "associated"), sealed_file(vector)) == opened(vector)


def test_a_segment_is_its_pieces_each_filled_up_by_a_free_box() -> None:
    plain, made, stored = b"", sealer(Sealer, SEGMENT), b""
    for piece in SEGMENT["pieces"]:
        content = bytes.fromhex(piece["hex"])
        plain += content + (free(piece["free"]) if piece["free"] else b"")
        stored += bytes(made.piece([content])) if content else made.finish()
        assert (len(plain), len(stored)) == (piece["plaintext_bytes"], piece["file_bytes"])
    assert (plain, stored) == (opened(SEGMENT), sealed_file(SEGMENT))
    assert hashlib.sha256(stored).hexdigest() == SEGMENT["file_sha256"]


def test_its_head_is_the_configurations_of_its_line() -> None:
    found = parse(memoryview(opened(SEGMENT)))
    assert found is not None
    assert list(found[0]) == [config_from_fields(track) for track in objects(decode(SEGMENT["segment_line"].encode()), "tracks")]


def test_its_samples_are_those_that_a_log_would_count() -> None:
    base, read = decode(SEGMENT["segment_line"].encode())["base"], read_segment(opened(SEGMENT))
    assert isinstance(base, int)
    rows = [
        {"bytes": len(s.data), "duration": s.duration, "keyframe": s.keyframe, "pts": base + s.pts,
         "sha256": hashlib.sha256(s.data).hexdigest(), "track": s.track.value}
        for s in read.samples
    ]  # fmt: skip
    assert rows == SEGMENT["samples"]
    assert sample_lines((s.track, s.data) for s in read.samples) == SEGMENT["digests"]


@pytest.mark.parametrize("cut", SEGMENT["cuts"], ids=lambda cut: f"at {cut['file_bytes']}")
def test_a_cut_leaves_every_whole_fragment(cut: dict[str, Any]) -> None:
    plain = opened(SEGMENT, None if cut["finished"] else cut["file_bytes"])
    read = read_segment(plain)
    assert (len(plain), read.whole, len(read.samples)) == (cut["opens"], cut["whole"], cut["samples"])


@pytest.mark.parametrize("case", SEGMENT["padding"], ids=lambda case: f"{case['piece']} bytes")
def test_padding_fills_the_chunk_or_where_no_box_fits_the_next_too(case: dict[str, Any]) -> None:
    stored = bytes(Sealer(bytes(32), b"").piece([bytes(case["piece"])]))
    plain = decrypt_prefix(bytes(32), b"", stored)
    assert (len(stored), len(plain) - case["piece"]) == (case["file_bytes"], case["free"])
    assert plain[case["piece"] :] == (free(case["free"]) if case["free"] else b"")


@pytest.mark.parametrize("case", SEGMENT["wrong_file"], ids=lambda case: str(case["why"]))
def test_a_file_that_is_not_the_one_sealed_is_refused(case: dict[str, Any]) -> None:
    data = bytearray(sealed_file(SEGMENT))
    if "at" in case:
        data[case["at"]] ^= case["xor"]
    if "order" in case:
        chunks = [data[n * CHUNK : (n + 1) * CHUNK] for n in case["order"]]
        data[: len(chunks) * CHUNK] = b"".join(chunks)
    key, associated = (
        bytes.fromhex(case.get("key_hex", SEGMENT["key_hex"])),
        bytes.fromhex(case.get("associated_hex", SEGMENT["associated_hex"])),
    )
    with pytest.raises(IntegrityError, match=case["error"]):
        decrypt(key, associated, bytes(data[: case.get("cut")]))


@pytest.mark.parametrize("case", SEGMENT["wrong_plaintext"], ids=lambda case: str(case["why"]))
def test_a_plaintext_that_no_recorder_writes_is_refused(case: dict[str, Any]) -> None:
    plain, put = bytearray(opened(SEGMENT)), bytes.fromhex(case["hex"])
    plain[case["at"] : case["at"] + len(put)] = put
    with pytest.raises(IntegrityError, match=case["error"]):
        read_segment(bytes(plain))


def test_notes_are_lines_each_filled_up_by_a_pad_line() -> None:
    plain, made, stored = b"", sealer(notes_sealer, NOTES), b""
    for piece in NOTES["pieces"]:
        line = piece["line"].encode()
        plain += line + pad_line(piece["pad"])
        stored += bytes(made.piece([line])) if line else made.finish()
        assert (len(plain), len(stored)) == (piece["plaintext_bytes"], piece["file_bytes"])
    assert (plain, stored) == (opened(NOTES), sealed_file(NOTES))


@pytest.mark.parametrize("cut", NOTES["cuts"], ids=lambda cut: f"at {cut['file_bytes']}")
def test_cut_notes_give_every_line_that_was_written_whole(cut: dict[str, Any]) -> None:
    lines = [decode(line + b"\n") for line in opened(NOTES, cut["file_bytes"]).split(b"\n")[:-1]]
    assert len([line for line in lines if line["kind"] != "pad"]) == cut["lines"]
