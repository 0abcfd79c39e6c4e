"""What the writer makes is what libav, ffmpeg and ffprobe read; what it cannot write truly, it refuses."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import av
import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4 import writer as writer_module
from bwc_agent.fmp4.boxes import free
from bwc_agent.fmp4.reader import read_segment
from bwc_agent.fmp4.writer import Writer
from bwc_agent.packets import CodecConfig, Track
from tests.fmp4.fmp4_material import EVEN, UNEVEN, Unit, audio_config, both, moved, pictures, pieces, sound, video_config

V, A = Track.VIDEO, Track.AUDIO
BROKEN_SOUND = (*sound()[:20], *moved(sound()[20:25], 5000), *moved(sound()[25:60], 4700), *moved(sound()[60:], 90_000))
SHAPES = {
    "even": (both(), (*pictures(), *sound())),
    "uneven pictures": (both(), (*pictures(UNEVEN), *sound())),
    "sound with gaps and an overlap": (both(), (*pictures(), *BROKEN_SOUND)),
    "late sound": (both(), (*pictures(), *moved(sound(), 40_000))),
    "sound stops": (both(), (*pictures(), *sound()[:20])),
    "pictures stop": (both(), (*pictures()[:16], *sound())),
    "pictures late by more than a fragment": (both(), (*moved(pictures(), 30_000), *sound())),
    "only sound": ([audio_config()], sound()),
    "only pictures": ([video_config()], pictures(UNEVEN)),
    "high profile": ([video_config("veryfast")], pictures(EVEN, "veryfast")),
}


def libav_packets(data: bytes) -> dict[str, list[tuple[int | None, int | None, bool, bytes]]]:
    """Packets by kind of stream, as libav demuxes them."""
    found: dict[str, list[tuple[int | None, int | None, bool, bytes]]] = {"video": [], "audio": []}
    with av.open(io.BytesIO(data), "r") as container:
        for packet in container.demux():
            if packet.size:
                found[packet.stream.type].append((packet.pts, packet.dts, packet.is_keyframe, bytes(packet)))
    return found


def expected(units: tuple[Unit, ...], track: Track) -> list[tuple[int, int, bool, bytes]]:
    """What the units of one track should be demuxed as."""
    return [(u.pts, u.pts, u.keyframe, u.data) for u in units if u.track is track]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("every", [1, 12_000, 1 << 30], ids=["a fragment a packet", "quarter seconds", "one fragment"])
def test_libav_reads_back_every_packet_with_its_time_and_bytes(shape: str, every: int) -> None:
    configs, units = SHAPES[shape]
    found = libav_packets(b"".join(pieces(configs, units, every)))
    assert found["video"] == expected(units, V)
    assert found["audio"] == expected(units, A)


@pytest.mark.parametrize("shape", SHAPES)
def test_libav_decodes_every_picture_and_all_sound(shape: str) -> None:
    configs, units = SHAPES[shape]
    data = b"".join(pieces(configs, units, gap=100))
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame for packet in container.demux() for frame in packet.decode()]
    assert sum(isinstance(frame, av.VideoFrame) for frame in frames) == len(expected(units, V))
    assert sum(isinstance(frame, av.AudioFrame) for frame in frames) == len(expected(units, A))


def test_libav_finds_the_codec_records_byte_for_byte() -> None:
    with av.open(io.BytesIO(b"".join(pieces(both(), (*pictures(), *sound())))), "r") as container:
        records = [bytes(stream.codec_context.extradata or b"") for stream in container.streams]
    assert records == [video_config().record, audio_config().record]


def run(*command: str | Path) -> str:
    """Both outputs of a program that must succeed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout


def test_ffmpeg_decodes_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(b"".join(pieces(both(), (*pictures(), *sound()), gap=8)))
    assert run("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-") == ""


def test_ffmpeg_decodes_uneven_times_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(b"".join(pieces(both(), (*pictures(UNEVEN), *BROKEN_SOUND), gap=4096)))
    assert run("ffmpeg", "-v", "error", "-i", path, "-enc_time_base", "-1", "-f", "null", "-") == ""


def test_ffprobe_sees_size_colour_and_timescale(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(b"".join(pieces(both(), (*pictures(), *sound()))))
    picture, tone = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-of", "json", path))["streams"]
    seen = {key: picture[key] for key in ("codec_name", "codec_tag_string", "width", "height", "time_base", "start_pts")}
    assert seen == {
        "codec_name": "h264",
        "codec_tag_string": "avc1",
        "width": 160,
        "height": 120,
        "time_base": "1/48000",
        "start_pts": 0,
    }
    assert {picture[f"color_{key}"] for key in ("space", "transfer", "primaries")} == {"bt709"}
    assert picture["color_range"] == "tv"
    assert (tone["codec_name"], tone["sample_rate"], tone["channels"], tone["time_base"]) == ("aac", "48000", 1, "1/48000")


def test_streamhash_of_our_file_is_the_hash_of_the_samples_alone(tmp_path: Path) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(b"".join(pieces(both(), (*pictures(), *sound()))))
    selected = ("-map", "0:v", "-map", "0:a", "-c", "copy")
    printed = run("ffmpeg", "-v", "error", "-i", path, *selected, "-f", "streamhash", "-hash", "sha256", "-")
    digests = [hashlib.sha256(b"".join(unit.data for unit in units)).hexdigest() for units in (pictures(), sound())]
    assert [line.rpartition("=")[2].lower() for line in printed.split()] == digests


def durations(track: Track, *added: tuple[int, int]) -> list[list[int]]:
    """Durations read back, a list a fragment; a time of -1 cuts."""
    writer = Writer([CodecConfig(V, b"r", 2, 2), CodecConfig(A, b"r", channels=1)])
    found: list[list[int]] = []
    data = writer.header()
    for pts, duration in (*added, (-1, 0)):
        if pts >= 0:
            writer.add(track, pts, pts, duration, True, b"x")
            continue
        before = len(read_segment(data).samples)
        data += writer.cut()
        found.append([sample.duration for sample in read_segment(data).samples[before:]])
    return found


@pytest.mark.parametrize(
    ("track", "added", "wanted"),
    [
        (V, [(0, 0), (1000, 0), (4000, 0)], [[1000, 3000, 3000]]),
        (V, [(0, 7), (1000, 7), (4000, 7)], [[1000, 3000, 7]]),
        (V, [(0, 0)], [[1600]]),
        (V, [(0, 0), (-1, 0), (4800, 0)], [[1600], [4800]]),
        (A, [(0, 0), (1024, 0)], [[1024, 1024]]),
        (A, [(0, 1024), (9000, 1024)], [[1024, 1024]]),
        (A, [(0, 960), (960, 0)], [[960, 1024]]),
    ],
)
def test_a_sample_lasts_as_the_rules_say(track: Track, added: list[tuple[int, int]], wanted: list[list[int]]) -> None:
    assert durations(track, *added) == wanted


@pytest.mark.parametrize(
    ("pts", "dts", "duration", "data", "says"),
    [
        (5000, 4999, 0, b"x", "dts 4999 is not pts 5000"),
        (4000, 4000, 0, b"x", "it must rise"),
        (3999, 3999, 0, b"x", "it must rise"),
        (-1, -1, 0, b"x", "it must rise"),
        (1 << 32, 1 << 32, 0, b"x", "to a day"),
        (5000, 5000, 0, b"", "0 bytes"),
        (5000, 5000, -1, b"x", "-1 ticks"),
        (5000, 5000, 1 << 32, b"x", "needs bytes"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_no_trace(pts: int, dts: int, duration: int, data: bytes, says: str) -> None:
    writer, twin = Writer([video_config()]), Writer([video_config()])
    for each in (writer, twin):
        each.add(V, 4000, 4000, 0, True, b"picture")
    with pytest.raises(IntegrityError, match=says):
        writer.add(V, pts, dts, duration, True, data)
    assert writer.cut() == twin.cut()


def test_times_rise_across_fragments_too() -> None:
    writer = Writer([video_config()])
    writer.add(V, 0, 0, 0, True, b"x")
    writer.cut()
    with pytest.raises(IntegrityError, match="pts 0 after 0"):
        writer.add(V, 0, 0, 0, True, b"x")


def test_a_fragment_over_the_limit_is_refused_until_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "LARGEST", 100)
    writer = Writer([video_config()])
    writer.add(V, 0, 0, 0, True, bytes(60))
    with pytest.raises(IntegrityError, match="a sample of 40 bytes"):
        writer.add(V, 1600, 1600, 0, True, bytes(40))
    writer.cut()
    writer.add(V, 1600, 1600, 0, True, bytes(40))
    assert len(writer.cut()) == 24 + 64 + 12 + 8 + 40


def test_a_track_without_configuration_is_refused() -> None:
    with pytest.raises(IntegrityError, match="audio: a sample of a track without a configuration"):
        Writer([video_config()]).add(A, 0, 0, 1024, True, b"x")


def test_a_cut_holds_exactly_what_was_added_since_the_last() -> None:
    writer = Writer(both())
    assert writer.cut() == b""
    writer.add(A, 0, 0, 1024, True, b"a" * 300)
    first = writer.cut()
    assert (first[4:8], first[-300:], len(first)) == (b"moof", b"a" * 300, 24 + 64 + 12 + 8 + 300)
    assert writer.cut() == b""


@pytest.mark.parametrize(
    ("configs", "says"),
    [
        ([], "0 configurations"),
        ([CodecConfig(A, b"r", channels=1)] * 2, "2 configurations for 1 tracks"),
        ([CodecConfig(A, b"", channels=1)], "audio: a codec record of 0 bytes"),
        ([CodecConfig(A, b"r")], "0 channels"),
        ([CodecConfig(A, b"r", width=2, channels=1)], "audio: 2x0 pixels"),
        ([CodecConfig(V, b"r", 0, 240)], "video: 0x240 pixels"),
        ([CodecConfig(V, b"r", 70_000, 240)], "video: 70000x240 pixels"),
    ],
)
def test_configurations_that_cannot_be_written_are_refused(configs: list[CodecConfig], says: str) -> None:
    with pytest.raises(IntegrityError, match=says):
        Writer(configs)


def test_the_head_does_not_depend_on_the_order_of_the_configurations() -> None:
    assert Writer(both()).header() == Writer(both()[::-1]).header()


def test_track_headers_state_size_and_volume() -> None:
    head = Writer(both()).header()
    picture, tone = (head[at + 4 : at + 88] for at in (head.find(b"tkhd"), head.rfind(b"tkhd")))
    assert (picture[-8:-4], picture[-4:]) == ((160 << 16).to_bytes(4), (120 << 16).to_bytes(4))
    assert (picture[36:38], tone[36:38]) == (b"\0\0", b"\1\0")


def test_a_fragment_is_these_very_bytes() -> None:
    writer = Writer(both())
    writer.add(A, 7, 7, 1024, True, b"a")
    writer.add(V, 0, 0, 0, True, b"iii")
    writer.add(V, 1500, 1500, 0, False, b"pp")
    assert writer.cut().hex(" ", -4) == (
        "000000bc 6d6f6f66 00000010 6d666864 00000000 00000001 "
        "00000058 74726166 00000010 74666864 00020000 00000001 00000014 74666474 01000000 00000000 00000000 "
        "0000002c 7472756e 00000701 00000002 000000c4 000005dc 00000003 02000000 000005dc 00000002 01010000 "
        "0000004c 74726166 00000010 74666864 00020000 00000002 00000014 74666474 01000000 00000000 00000007 "
        "00000020 7472756e 00000701 00000001 000000c9 00000400 00000001 02000000 "
        "0000000e 6d646174 69696970 7061"
    )


@pytest.mark.parametrize("size", [8, 9, 4096])
def test_a_free_box_has_exactly_the_size_asked_for(size: int) -> None:
    assert free(size) == size.to_bytes(4) + b"free" + bytes(size - 8)


@pytest.mark.parametrize("size", [7, 0, -1])
def test_no_free_box_is_shorter_than_its_head(size: int) -> None:
    with pytest.raises(IntegrityError, match=f"cannot have {size} bytes"):
        free(size)
