"""A bucket made for cameras: what is in it stays, and a camera may no more than deliver below its own serial."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bwc_agent.agency.bucket import attach, camera_policy, prepare
from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.offload.s3_client import code_of
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

CAMERAS = ("BWC-0001", "BWC-0002")
ALL_USERS = "arn:aws:iam::000000000000:user/*"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store"), bucket=False, nobodies=CAMERAS) as running:
        list(prepare(running.client("agency"), running.place("agency"), 180))
        attach(running.client("agency"), running.place("agency"), ALL_USERS)
        yield running


def refused(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        return code_of(error) == "AccessDenied"
    return False


def put(client: Any, name: str, **more: Any) -> Any:
    return client.put_object(Bucket=BUCKET, Key=name, Body=b"x", IfNoneMatch="*", **more)


def test_every_object_is_locked_for_the_schedule_by_the_clock_of_the_store(store: Seaweed) -> None:
    camera = store.client("BWC-0001")
    put(camera, "BWC-0001/locked")
    found = store.client("agency").head_object(Bucket=BUCKET, Key="BWC-0001/locked")
    assert found["ObjectLockMode"] == "COMPLIANCE"
    assert abs(found["ObjectLockRetainUntilDate"] - found["LastModified"] - timedelta(days=180)) < timedelta(minutes=1)


@pytest.mark.parametrize("serial", CAMERAS)
def test_a_camera_adds_reads_and_lists_below_its_own_serial(store: Seaweed, serial: str) -> None:
    camera, name = store.client(serial), f"{serial}/journal/000000.jsonl"
    put(camera, name)
    assert camera.get_object(Bucket=BUCKET, Key=name)["Body"].read() == b"x"
    assert name in [found["Key"] for found in camera.list_objects_v2(Bucket=BUCKET, Prefix=f"{serial}/")["Contents"]]
    assert camera.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{serial}/")["IsTruncated"] is False


def test_a_camera_may_nothing_else(store: Seaweed) -> None:
    camera, other = store.client("BWC-0001"), "BWC-0002"
    version = put(camera, "BWC-0001/kept")["VersionId"]
    put(store.client(other), f"{other}/kept")
    for ask in (
        lambda: put(camera, f"{other}/new"),
        lambda: put(camera, "BWC-0001/mailbox/forged"),
        lambda: camera.get_object(Bucket=BUCKET, Key=f"{other}/kept"),
        lambda: camera.list_objects_v2(Bucket=BUCKET, Prefix=f"{other}/"),
        lambda: camera.list_objects_v2(Bucket=BUCKET),
        lambda: camera.delete_object(Bucket=BUCKET, Key="BWC-0001/kept"),
        lambda: camera.delete_object(Bucket=BUCKET, Key="BWC-0001/kept", VersionId=version),
        lambda: camera.put_object_legal_hold(Bucket=BUCKET, Key="BWC-0001/kept", LegalHold={"Status": "ON"}),
        lambda: camera.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    ):
        assert refused(ask)


def test_prepared_again_it_says_what_it_was_and_changes_no_lock_that_stands(store: Seaweed) -> None:
    agency, name = store.client("agency"), "BWC-0001/before"
    put(agency, name)
    before = agency.head_object(Bucket=BUCKET, Key=name)["ObjectLockRetainUntilDate"]
    steps = list(prepare(agency, store.place("agency"), 90))
    list(prepare(agency, store.place("agency"), 180))
    assert steps[0] == f"{BUCKET} was there"
    assert "COMPLIANCE, 90 days (before: COMPLIANCE, 180 days; what is there keeps its own)" in steps[1]
    assert agency.head_object(Bucket=BUCKET, Key=name)["ObjectLockRetainUntilDate"] == before


def test_a_bucket_without_object_lock_is_refused(store: Seaweed) -> None:
    store.client("agency").create_bucket(Bucket="plain")
    with pytest.raises(ConfigError, match="plain was made without Object Lock"):
        list(prepare(store.client("agency"), replace(store.place("agency"), bucket="plain"), 180))
    with pytest.raises(ConfigError, match="0 days lock nothing"):
        list(prepare(store.client("agency"), store.place("agency"), 0))


def test_credentials_without_the_right_are_refused_with_the_mend(store: Seaweed, tmp_path: Path) -> None:
    with pytest.raises(OffloadError, match="refuses these credentials"):
        list(prepare(store.client("BWC-0001"), replace(store.place("BWC-0001"), bucket="new"), 180))


def test_the_policy_names_no_camera_so_that_one_serves_all() -> None:
    policy = camera_policy("evidence")
    assert "${aws:username}" in str(policy) and "BWC" not in str(policy)
    assert not {"s3:DeleteObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:*"} & set(str(policy).replace("'", " ").split())


def test_what_the_agency_itself_has_said_of_its_bucket_stays(store: Seaweed) -> None:
    agency, place = store.client("agency"), replace(store.place("agency"), bucket="own-rules")
    list(prepare(agency, place, 180))
    rule = {"ID": "old mail", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    agency.put_bucket_lifecycle_configuration(Bucket=place.bucket, LifecycleConfiguration={"Rules": [rule]})
    deny = {
        "Action": "s3:DeleteObjectVersion",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": f"arn:aws:s3:::{place.bucket}/*",
        "Sid": "Keep",
    }
    agency.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps({"Statement": [deny], "Version": "2012-10-17"}))
    for _ in range(2):
        list(prepare(agency, place, 180))
        attach(agency, place, ALL_USERS)
    rules = agency.get_bucket_lifecycle_configuration(Bucket=place.bucket)["Rules"]
    assert sorted(rule["ID"] for rule in rules) == ["old mail", "unfinished"]
    statements = json.loads(agency.get_bucket_policy(Bucket=place.bucket)["Policy"])["Statement"]
    assert sorted(statement["Sid"] for statement in statements) == ["Keep", "Look", "NoMail", "OnlyNew", "Own"]
