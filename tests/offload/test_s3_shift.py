"""A whole shift to a real store with Object Lock, read back by curl, which shares no code with us, and compared by SHA-256."""

import hashlib
import itertools
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bwc_agent.evidence.requests import AddFragment, CloseRecording, CloseSegment, OpenRecording, Request
from bwc_agent.offload.destinations import destination
from bwc_agent.offload.engine import offload
from bwc_agent.offload.progress import Progress
from bwc_agent.offload.s3 import AT_ONCE, S3
from bwc_agent.offload.settings import OffloadSettings
from bwc_agent.packets import Track
from bwc_agent.units import TICKS
from tests.evidence.trial import SERIAL
from tests.offload.one_shift import expected, one_shift
from tests.offload.seaweed import BUCKET, Seaweed, seaweed
from tests.offload.sending import Counted
from tests.offload.shift import FIRST, Shift, media


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Seaweed]:
    with seaweed(tmp_path / "store", client_certificates=True) as found:
        yield found


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    """Recordings of a few hundred kilobytes, and one of a single second that takes three parts."""
    found = Shift(tmp_path / "vault")
    one_shift(found)
    start = found.start()
    start.perform(
        OpenRecording(0, 1, FIRST), *heavy(media(1, 0)), CloseSegment(TICKS), CloseRecording(TICKS, {"edges": [], "reason": "hold"})
    )
    start.off()
    return found


def heavy(requests: Iterable[Request]) -> Iterator[Request]:
    """The same, each picture with 600 kB more in it."""
    for request in requests:
        if isinstance(request, AddFragment):
            request = AddFragment(tuple(replace(p, data=p.data + bytes(600_000 * (p.track is Track.VIDEO))) for p in request.packets))
        yield request


class Curl:
    """The store's own protocol, spoken by another program."""

    def __init__(self, store: Seaweed) -> None:
        if shutil.which("curl") is None:
            pytest.skip("no curl here")
        self._store, place = store, store.place("device")
        self._command = ["curl", "-sS", "--fail", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "device:device-secret"]
        self._command += ["--cacert", place.authority, "--cert", place.certificate, "--key", place.key]

    def get(self, what: str) -> bytes:
        return subprocess.run([*self._command, f"{self._store.endpoint}/{BUCKET}{what}"], check=True, stdout=subprocess.PIPE).stdout

    def names(self) -> list[str]:
        listing = ElementTree.fromstring(self.get(f"?list-type=2&prefix={SERIAL}%2F"))
        return [str(each.text) for each in listing.iterfind("{*}Contents/{*}Key")]


def settings(store: Seaweed) -> OffloadSettings:
    """The table `[offload]` of the device."""
    place = store.place()
    access = {"certificate": place.certificate, "key": place.key, "credentials": place.credentials}
    return OffloadSettings("s3", endpoint=place.endpoint, bucket=place.bucket, authority=place.authority, **access)  # type: ignore[arg-type]


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_a_shift_is_read_back_by_curl_byte_for_byte_and_each_object_is_locked(store: Seaweed, shift: Shift) -> None:
    place = destination(settings(store))
    steps = list(offload(shift.vault, SERIAL, place, None))
    assert steps[-1].oldest is None and steps[-1].bytes_done == steps[-1].bytes
    assert list(offload(shift.vault, SERIAL, place, None)) == [Progress(0, 0)]
    curl, card = Curl(store), {f"{SERIAL}/{name}": data for name, data in expected(shift.vault).items()}
    there = {name: curl.get(f"/{name}") for name in curl.names()}
    assert digests(there) == digests(card)
    for name in card:
        found = store.client().head_object(Bucket=BUCKET, Key=name)
        assert found["ObjectLockMode"] == "COMPLIANCE" and found["ObjectLockRetainUntilDate"] > found["LastModified"]


def test_undocked_at_every_step_nothing_goes_twice(store: Seaweed, shift: Shift) -> None:
    whole, sent = expected(shift.vault), list[str]()
    for last in itertools.count(1):
        docking = Counted(store)
        steps = list(islice(offload(shift.vault, SERIAL, docking, None), last))
        sent += docking.sent
        if steps[-1].oldest is None:
            break
    large = [name for name, data in whole.items() if len(data) > AT_ONCE]
    assert len(large) == 1 and sent.count("UploadPart") == 3
    assert sent.count("PutObject") == len(whole) - 1
    there = S3(store.place())
    assert {name: there.read(f"{SERIAL}/{name}", len(data)) for name, data in whole.items()} == whole
