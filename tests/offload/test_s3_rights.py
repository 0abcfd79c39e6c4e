"""What the device's credentials, in an enemy's hands, can do at a real store: add below its own serial, and no more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bwc_agent.errors import OffloadError
from bwc_agent.offload.s3 import S3
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

OWN, OTHER = f"{SERIAL}/recordings/000000-0001/0001.tink", "BWC-0002/recordings/000000-0001/0001.tink"
# Names that begin like the own one, and names that a store might resolve to another.
OTHERS = ["BWC-0002/x", f"{SERIAL}1/x", "x"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store")) as found:
        list(S3(found.place("agency")).put(OTHER, 6, [b"theirs"]))
        list(S3(found.place()).put(OWN, 4, [b"ours"]))
        yield found


def version(store: Seaweed) -> str:
    """The one version of OWN that holds the evidence."""
    (found,) = store.client().list_object_versions(Bucket=BUCKET, Prefix=OWN)["Versions"]
    return str(found["VersionId"])


def refused(call: Callable[[], Any]) -> None:
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_is_written_outside_the_own_serial(store: Seaweed, name: str) -> None:
    with pytest.raises(OffloadError, match="refuses these credentials"):
        list(S3(store.place()).put(name, 1, [b"x"]))
    assert name not in S3(store.place("agency")).sizes("BWC-0002")


def test_a_large_object_is_not_begun_outside_the_own_serial(store: Seaweed) -> None:
    refused(lambda: store.client("device").create_multipart_upload(Bucket=BUCKET, Key="BWC-0002/x"))


def test_nothing_is_read_or_listed_outside_the_own_serial(store: Seaweed) -> None:
    device = S3(store.place())
    for use in (lambda: device.read(OTHER, 10), lambda: device.sizes("BWC-0002"), lambda: device.names("BWC-0002/recordings")):
        with pytest.raises(OffloadError, match="refuses these credentials"):
            use()
    for prefix in ("", "BWC-", "BWC-0002/"):
        refused(lambda prefix=prefix: device.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix))  # type: ignore[misc]


def test_what_is_put_is_locked_by_the_bucket_s_own_rule(store: Seaweed) -> None:
    found = store.client().head_object(Bucket=BUCKET, Key=OWN, VersionId=version(store))
    assert found["ObjectLockMode"] == "COMPLIANCE"
    assert (found["ObjectLockRetainUntilDate"] - found["LastModified"]).days == 3


def test_a_locked_object_is_deleted_by_nobody(store: Seaweed) -> None:
    what = {"Bucket": BUCKET, "Key": OWN, "VersionId": version(store)}
    for who in ("device", "custody", "agency"):
        refused(lambda who=who: store.client(who).delete_object(**what))  # type: ignore[misc]
        refused(lambda who=who: store.client(who).delete_object(**what, BypassGovernanceRetention=True))  # type: ignore[misc]
    assert store.client().get_object(**what)["Body"].read() == b"ours"


def test_a_plain_delete_hides_the_object_and_leaves_its_version(store: Seaweed) -> None:
    name = f"{SERIAL}/hidden"
    list(S3(store.place()).put(name, 4, [b"ours"]))
    store.client("device").delete_object(Bucket=BUCKET, Key=name)
    assert name not in S3(store.place()).sizes(SERIAL)
    (kept,) = store.client().list_object_versions(Bucket=BUCKET, Prefix=name)["Versions"]
    refused(lambda: store.client("device").delete_object(Bucket=BUCKET, Key=name, VersionId=kept["VersionId"]))
    assert store.client().get_object(Bucket=BUCKET, Key=name, VersionId=kept["VersionId"])["Body"].read() == b"ours"
    list(S3(store.place()).put(name, 4, [b"ours"]))
    assert S3(store.place()).read(name, 10) == b"ours"


def test_a_second_put_that_replaces_only_adds_a_version(store: Seaweed) -> None:
    name = f"{SERIAL}/replaced"
    list(S3(store.place()).put(name, 4, [b"ours"]))
    store.client("device").put_object(Bucket=BUCKET, Key=name, Body=b"other")
    found = store.client().list_object_versions(Bucket=BUCKET, Prefix=name)["Versions"]
    read = [store.client().get_object(Bucket=BUCKET, Key=name, VersionId=each["VersionId"])["Body"].read() for each in found]
    assert sorted(read) == [b"other", b"ours"]


def test_a_legal_hold_is_set_and_lifted_by_the_agency_alone(store: Seaweed) -> None:
    what = {"Bucket": BUCKET, "Key": OWN, "VersionId": version(store)}
    store.client().put_object_legal_hold(**what, LegalHold={"Status": "ON"})
    refused(lambda: store.client("device").put_object_legal_hold(**what, LegalHold={"Status": "OFF"}))
    refused(lambda: store.client("device").delete_object(**what))
    assert store.client().get_object_legal_hold(**what)["LegalHold"]["Status"] == "ON"


def test_no_lock_is_changed_by_the_device(store: Seaweed) -> None:
    device, what = store.client("device"), {"Bucket": BUCKET, "Key": OWN, "VersionId": version(store)}
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    for until in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        refused(lambda until=until: device.put_object_retention(**what, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}))  # type: ignore[misc]
    refused(lambda: device.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=rule))
    refused(lambda: device.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}))
