"""Parameter sets are found in real keyframes, the record is ffmpeg's own, and damage is named."""

import subprocess
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4.avc import avcc, has_idr, nal_units, parameter_sets
from tests.fmp4.fmp4_material import EVEN, pictures

SPS, PPS, IDR, SLICE = b"\x67\x42\xc0\x0d\x80", b"\x68\xce\x0f", b"\x65\x88\x84", b"\x41\x9a\x01"


def unit(*nals: bytes) -> bytes:
    """An access unit of these NAL units."""
    return b"".join(len(nal).to_bytes(4) + nal for nal in nals)


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium"])
def test_the_record_is_what_ffmpeg_writes_for_the_same_stream(preset: str, tmp_path: Path) -> None:
    stream = b"".join(b"\0\0\1" + nal for picture in pictures(EVEN, preset) for nal in nal_units(picture.data))
    raw, made = tmp_path / "x.h264", tmp_path / "x.mp4"
    raw.write_bytes(stream)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "h264", "-i", raw, "-c", "copy", made], check=True, timeout=60)
    with av.open(str(made), "r") as container:
        theirs = container.streams.video[0].codec_context.extradata
    assert avcc(*parameter_sets(pictures(EVEN, preset)[0].data)) == theirs


def test_has_idr_agrees_with_the_encoder() -> None:
    found = [has_idr(picture.data) for picture in pictures()]
    assert found == [picture.keyframe for picture in pictures()]
    assert found.count(True) == 4


def test_nal_units_are_slices_that_make_up_the_access_unit() -> None:
    data = pictures()[0].data
    found = list(nal_units(data))
    assert unit(*map(bytes, found)) == data
    assert all(nal.obj is data for nal in found)


def test_an_equal_second_set_is_no_harm() -> None:
    assert parameter_sets(unit(SPS, PPS, SPS, PPS, IDR)) == (SPS, PPS)


@pytest.mark.parametrize(
    ("access_unit", "says"),
    [
        (b"", "0 different SPS"),
        (unit(PPS, IDR), "0 different SPS"),
        (unit(SPS, IDR), "0 different PPS"),
        (unit(SPS, SPS[:-1] + b"\x81", PPS), "2 different SPS"),
        (unit(SPS, PPS)[:-1], "offset 9: the length"),
        (unit(SPS) + b"\0\0\0", "offset 9: the length"),
        (unit(SPS) + bytes(4) + PPS, "offset 9: the length"),
        (b"\0\0\0\1" + SPS, "offset 5: the length"),
        (unit(SPS) + b"\xff\xff\xff\xff" + PPS, "offset 9: the length"),
        (unit(SPS, PPS + b"\0"), "offset 13: not a NAL unit"),
        (unit(b"\xe7\x42\xc0\x0d"), "offset 4: not a NAL unit"),
    ],
)
def test_what_is_not_a_keyframe_with_its_sets_is_refused(access_unit: bytes, says: str) -> None:
    with pytest.raises(IntegrityError, match=says):
        parameter_sets(access_unit)


@pytest.mark.parametrize(
    ("sps", "pps", "says"),
    [
        (PPS, PPS, "not an SPS"),
        (SPS[:3], PPS, "not an SPS"),
        (SPS, SPS, "not a PPS"),
        (SPS, b"\x68", "not a PPS"),
        (b"\x67" + bytes(65_535), PPS, "not an SPS"),
        (b"\x67\x63\x00\x0d\x80", PPS, "unknown H.264 profile 99"),
        (b"\x67\x64\x00\x0d", PPS, "torn"),
        (b"\x67\x64\x00\x0d\x80", PPS, "torn"),
        (b"\x67\x64\x00\x0d\x01", PPS, "torn"),
        (b"\x67\x64\x00\x0d" + bytes(20), PPS, "torn"),
        (b"\x67\x64\x00\x0d\x97\xff", PPS, "a picture format that H.264 does not have"),
    ],
)
def test_a_record_is_only_made_of_whole_sets(sps: bytes, pps: bytes, says: str) -> None:
    with pytest.raises(IntegrityError, match=says):
        avcc(sps, pps)


def test_picture_format_is_read_past_emulation_prevention() -> None:
    # an id of 45 bits, so that the fields after it stand behind two zero bytes and their 3; then chroma 1, depths 8
    plain = int(f"{1:023b}{0:022b}01011".ljust(56, "1"), 2).to_bytes(7)
    assert plain[:3] == b"\0\0\2"
    assert avcc(b"\x67\x64\x00\x0d\0\0\3" + plain[2:], PPS)[-4:] == b"\xfd\xf8\xf8\x00"


def test_picture_format_is_read_past_the_flag_of_full_chroma() -> None:
    assert avcc(b"\x67\xf4\x00\x0d\x91\x80", PPS)[-4:] == b"\xff\xf8\xf8\x00"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | st.lists(st.binary(max_size=8), max_size=5).map(lambda nals: unit(*nals)))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        sets = parameter_sets(data)
        record = avcc(*sets)
    except IntegrityError as error:
        assert str(error)
    else:
        assert all(nal in record for nal in sets)
