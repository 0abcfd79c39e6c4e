"""`bwc custody` as a technician types it, at a folder and at a real object store, and what else the agency does at its store."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.test_cli import bwc, word
from tests.e2e.played import SERIAL, Shift, shipped_shift
from tests.offload.seaweed import BUCKET, Seaweed, seaweed
from tests.offload.shift import tree


@pytest.fixture
def shift() -> Shift:
    return shipped_shift("dock_while_recording")


def options(shift: Shift, tmp_path: Path) -> list[object]:
    keys = shift.agency
    return ["--trust", keys.authority, "--key", keys.receipt_key, "--passphrase-file", word(tmp_path)]


def test_whether_files_are_opened_must_be_said(shift: Shift, tmp_path: Path) -> None:
    storage, given = shift.root / "storage", options(shift, tmp_path)
    for more in ([], ["--no-open", "--open", shift.agency.recipient_key()]):
        done = bwc("custody", storage, *given, *more)
        assert done.returncode == 2 and "--open KEY, or --no-open if your policy waives that" in done.stderr.replace("\n", " ")
    done = bwc("custody", storage, *given, "--no-open", "--json")
    assert done.returncode == 0 and all(item["receipt"] for item in json.loads(done.stdout)["items"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--retention", "180"], "--retention '180' is not understood: write a number and a unit"),
        (["--retention", "101 years"], "the nearest is 100 years"),
        (["--every", "0 s"], "--every '0 s' is out of bounds"),
        (["--retention", "180 days", "--no-lock"], "give one of them"),
        (["--retention", "180 days"], "a folder locks nothing: leave it out"),
        (["--prefix", "OTHER"], "holds no device's evidence whose serial begins with OTHER"),
        (["--cache", "nowhere"], "nowhere is not a folder: make it"),
    ],
)
def test_a_wrong_option_is_one_sentence(shift: Shift, tmp_path: Path, wrong: list[str], said: str) -> None:
    done = bwc("custody", shift.root / "storage", *options(shift, tmp_path), "--no-open", *wrong)
    assert done.returncode == 2 and said in done.stderr.replace("\n", " ")


def test_as_a_service_it_goes_round_until_it_is_asked_to_end(shift: Shift, tmp_path: Path) -> None:
    arguments = ["custody", shift.root / "storage", *options(shift, tmp_path), "--no-open", "--every", "1 h", "--json"]
    command = [sys.executable, "-m", "bwc_agent.cli", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None and json.loads(service.stdout.readline())["exit"] == 0
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) == 0


@dataclass(frozen=True)
class Agency:
    """The agency's machine: a shift in its bucket, and the file that says how to reach the store."""

    shift: Shift
    weed: Seaweed
    settings: Path

    @property
    def sealed(self) -> list[str]:
        return [path for path in tree(self.shift.root / "storage") if path.endswith(".tink")]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    root, shift = tmp_path_factory.mktemp("agency"), shipped_shift("dock_while_recording")
    with seaweed(root / "weed") as weed:
        client = weed.client("agency")
        for path, data in tree(shift.root / "storage").items():
            if "/mailbox/" not in path:
                client.put_object(Bucket=BUCKET, Key=path, Body=data)
        lines = f'endpoint = "{weed.endpoint}"\nauthority = "{weed.tls.authority}"\ncredentials = "{weed.credentials("custody").name}"\n'
        settings = weed.folder / "store.toml"
        settings.write_text(lines)
        yield Agency(shift, weed, settings)


def test_custody_at_a_bucket_opens_signs_and_the_second_time_does_nothing(agency: Agency, tmp_path: Path) -> None:
    more = ["--store", agency.settings, "--open", agency.shift.agency.recipient_key(), "--retention", "30 days", "--json"]
    command = ["custody", f"s3://{BUCKET}", *options(agency.shift, tmp_path), *more]
    first, second = bwc(*command), bwc(*command)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + first.stdout
    assert sorted(item["file"] for item in json.loads(first.stdout)["items"]) == sorted(agency.sealed)
    assert all(item["new"] for item in json.loads(first.stdout)["items"])
    assert {(item["new"], item["word"]) for item in json.loads(second.stdout)["items"]} == {(False, "stands")}


def test_a_bucket_is_refused_in_a_sentence_where_it_cannot_be_reached(agency: Agency, tmp_path: Path) -> None:
    command = ["custody", f"s3://{BUCKET}", *options(agency.shift, tmp_path), "--no-open"]
    assert "say how to reach the store: --store FILE.toml, or BWC_STORE" in bwc(*command).stderr.replace("\n", " ")
    other = tmp_path / "other.pem"
    other.write_bytes(agency.shift.agency.authority.read_bytes())
    foreign = tmp_path / "store.toml"
    foreign.write_text(f'endpoint = "{agency.weed.endpoint}"\nauthority = "other.pem"\n')
    done = bwc(*command, "--store", foreign)
    assert done.returncode == 5 and "no proof that this is the agency's store" in done.stderr.replace("\n", " ")
    done = bwc("custody", f"s3://{BUCKET}/NONE", *options(agency.shift, tmp_path), "--no-open", "--store", agency.settings)
    assert done.returncode == 2 and "holds no device's evidence" in done.stderr


def test_a_legal_hold_stands_on_every_version_until_it_is_taken_away(agency: Agency) -> None:
    recording, client = f"{SERIAL}/recordings/000000-0001", agency.weed.client("agency")
    versions = client.list_object_versions(Bucket=BUCKET, Prefix=recording)["Versions"]
    for state, status in (("on", "ON"), ("off", "OFF")):
        done = bwc("evidence", "hold", f"s3://{BUCKET}/{recording}", f"--{state}", "--store", agency.settings)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == len(versions) and f"legal hold {state}" in done.stdout
        for each in versions:
            head = client.head_object(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
            assert head["ObjectLockLegalHoldStatus"] == status
    for wrong in (SERIAL, f"{SERIAL}/recordings/000009-0001"):
        assert bwc("evidence", "hold", f"s3://{BUCKET}/{wrong}", "--on", "--store", agency.settings).returncode == 2


def test_a_devices_credentials_put_no_hold(agency: Agency, tmp_path: Path) -> None:
    settings = tmp_path / "store.toml"
    settings.write_text(agency.settings.read_text().replace("custody.credentials", str(agency.weed.credentials("device"))))
    done = bwc("evidence", "hold", f"s3://{BUCKET}/{SERIAL}/recordings/000000-0001", "--on", "--store", settings)
    assert done.returncode == 5 and "refuses these credentials" in done.stderr


@pytest.mark.parametrize("at_store", [True, False])
def test_a_signed_message_is_left_in_a_cameras_mailbox(agency: Agency, tmp_path: Path, at_store: bool) -> None:
    revoked = ["--last-start", -1, "--why", "lost", "--agency", agency.shift.agency.root, "--out", tmp_path / "out"]
    assert bwc("evidence", "revoke", SERIAL, *revoked, "--passphrase-file", word(tmp_path)).returncode == 0
    (message,) = (tmp_path / "out").iterdir()
    place = [f"s3://{BUCKET}", SERIAL, "--store", agency.settings] if at_store else [agency.shift.root / "storage", SERIAL]
    for _ in range(2):
        done = bwc("evidence", "send", message, *place)
        assert done.returncode == 0, done.stderr
    name = done.stdout.strip()
    if at_store:
        assert agency.weed.client("agency").get_object(Bucket=BUCKET, Key=name)["Body"].read() == message.read_bytes()
        assert len(agency.weed.client("agency").list_object_versions(Bucket=BUCKET, Prefix=name)["Versions"]) == 1
    else:
        assert (agency.shift.root / "storage" / name).read_bytes() == message.read_bytes()
    unsigned = tmp_path / "unsigned"
    unsigned.write_text('{"kind":"revocation"}\n')
    assert "no camera would believe it" in bwc("evidence", "send", unsigned, *place).stderr
    place[1] = "BWC-9999"
    done = bwc("evidence", "send", message, *place)
    assert done.returncode == 2 and "BWC-9999" in done.stderr
