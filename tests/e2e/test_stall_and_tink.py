"""A card that stalls for ten seconds costs no picture; a segment made by the agent opens with the real Tink."""

import hashlib
from pathlib import Path

from bwc_agent.agency.open import segment_key
from bwc_agent.evidence.certs import chain_from_pem
from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.fmp4.reader import read_segment
from simulator.scenario import load_scenario
from tests.e2e.played import numbers, play, shipped_shift
from tests.evidence.foreign_tink import open_all

STALL = """
length = "70 s"
[settings.picture]
size = "640x360"
bitrate = "2 Mb/s"
[[event]]
at = "35 s"
do = "double press"
[[event]]
at = "40 s"
do = "stall storage 10"
[[event]]
at = "58 s"
do = "hold"
"""


def test_a_stall_of_ten_seconds_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stall.toml"
    path.write_text(STALL)
    shift = play(load_scenario(path), tmp_path)
    log = verify_recording(shift.folder(), shift.authority).log
    assert log is not None and not [line for line in log.lines if line["kind"] == "drop"]
    seen = [n for n, _ in numbers(shift.exported().mp4)]
    assert seen == [n for n, _ in shift.taken[0] if seen[0] is not None and seen[-1] is not None and seen[0] <= n <= seen[-1]]


def test_the_real_tink_library_opens_a_segment() -> None:
    shift = shipped_shift("again")
    log = verify_recording(shift.folder(), shift.authority).log
    assert log is not None
    file = log.media[0]
    key, sealed = segment_key(file, shift.recipient), shift.folder().joinpath("0001.tink").read_bytes()

    plain = open_all(key, hashlib.sha256(encode(file.line)).digest(), sealed)
    assert len(read_segment(plain).samples) == log_samples(log.stop)


def log_samples(stop: object) -> int:
    assert isinstance(stop, dict)
    return sum(track["samples"] for track in stop["samples"])


def test_a_scenario_that_ends_while_recording_closes_it_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "ends.toml"
    path.write_text(STALL.split("[[event]]")[0].replace("70 s", "8 s") + '[[event]]\nat = "3 s"\ndo = "double press"\n')
    shift = play(load_scenario(path), tmp_path)
    assert verify_device(shift.vault.root, shift.authority).state is State.COMPLETE
    signer = chain_from_pem(shift.vault.journal_signer(0).read_bytes())[0]
    kinds = [line["kind"] for line in read_signed(shift.vault.journal(0).read_bytes(), signer).lines]
    assert [kinds.count(kind) for kind in ("opened", "closed", "ledger", "off")] == [1, 1, 1, 1]
