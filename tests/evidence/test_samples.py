"""A track's digest is over its samples and nothing between them."""

from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.samples import SampleDigests, sample_lines
from bwc_agent.packets import Track


def test_each_track_is_digested_by_itself_video_first() -> None:
    found = sample_lines([(Track.AUDIO, b"a1"), (Track.VIDEO, b"v1"), (Track.AUDIO, b""), (Track.VIDEO, memoryview(b"v2"))])
    assert found == [
        {"bytes": 4, "samples": 2, "sha256": sha256_hex(b"v1v2"), "track": 1},
        {"bytes": 2, "samples": 2, "sha256": sha256_hex(b"a1"), "track": 2},
    ]


def test_a_track_without_samples_does_not_appear() -> None:
    digests = SampleDigests()
    assert digests.lines() == []
    digests.add(Track.AUDIO, b"x")
    assert [line["track"] for line in digests.lines() if isinstance(line, dict)] == [2]


def test_the_running_digest_goes_on() -> None:
    digests = SampleDigests()
    digests.add(Track.VIDEO, b"one")
    before = digests.lines()
    digests.add(Track.VIDEO, b"two")
    assert before == sample_lines([(Track.VIDEO, b"one")])
    assert digests.lines() == sample_lines([(Track.VIDEO, b"one"), (Track.VIDEO, b"two")])
