"""A bucket as cameras and custody need it: nothing in it can be changed or deleted before its time, by the store's own clock.

Object Lock in COMPLIANCE mode is the bucket's default, so no camera says how long anything is kept: a camera whose clock is
years off would lock its evidence for years, and nobody could take that back. Uploads that undocking left unfinished are
ended by the store after a week, so that no camera needs the right to delete anything.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from botocore.exceptions import ClientError

from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import MAILBOX
from bwc_agent.offload.s3_client import code_of, named
from bwc_agent.offload.settings import S3Place

UNFINISHED: Final = 7
"""Days after which the store ends an upload that nobody went on with."""
_OURS: Final = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def prepare(client: Any, place: S3Place, days: int) -> Iterator[str]:
    """The bucket of `place` is there and locks each new object for `days` days; yields what was done, step by step.

    Safe to run again. Objects that are there keep their own lock. Raises ConfigError where the bucket was made without
    Object Lock, OffloadError where the store refuses.
    """
    if days < 1:
        raise ConfigError(f"{days} days lock nothing: give the days of the agency's schedule")
    yield _make(client, place)
    yield _lock(client, place, days)
    with named("limit unfinished uploads of", place, "the bucket"):
        rule: dict[str, Any] = {"ID": "unfinished", "Status": "Enabled", "Filter": {"Prefix": ""}}
        rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": UNFINISHED}
        rules = [*(other for other in _rules(client, place) if other.get("ID") != rule["ID"]), rule]
        client.put_bucket_lifecycle_configuration(Bucket=place.bucket, LifecycleConfiguration={"Rules": rules})
    yield f"uploads that nobody goes on with end after {UNFINISHED} days"


def _make(client: Any, place: S3Place) -> str:
    where = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    with named("make", place, "the bucket"):
        try:
            client.create_bucket(Bucket=place.bucket, ObjectLockEnabledForBucket=True, **where)
        except ClientError as error:
            if code_of(error) not in _OURS:
                raise
            return f"{place.bucket} was there"
    return f"{place.bucket} made, with Object Lock"


def _lock(client: Any, place: S3Place, days: int) -> str:
    before = _default(client, place)
    with named("lock", place, "the bucket"):
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}}
        client.put_object_lock_configuration(Bucket=place.bucket, ObjectLockConfiguration=configuration)
    was = f" (before: {before}; what is there keeps its own)" if before and before != f"COMPLIANCE, {days} days" else ""
    return f"each new object is locked: COMPLIANCE, {days} day{'s' if days > 1 else ''}{was}"


def _rules(client: Any, place: S3Place) -> list[dict[str, Any]]:
    """What the agency itself has the store do after so many days: it stays."""
    try:
        return list(client.get_bucket_lifecycle_configuration(Bucket=place.bucket).get("Rules", ()))
    except ClientError as error:
        if code_of(error) != "NoSuchLifecycleConfiguration":
            raise
        return []


def _default(client: Any, place: S3Place) -> str:
    """The bucket's default retention in words, empty if it has none. Raises ConfigError for a bucket without Object Lock."""
    found: dict[str, Any] = {}
    with named("look at the lock of", place, "the bucket"), suppress(KeyError):
        try:
            found = client.get_object_lock_configuration(Bucket=place.bucket)["ObjectLockConfiguration"]
        except ClientError as error:
            if code_of(error) not in ("ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"):
                raise
    if found.get("ObjectLockEnabled") != "Enabled":
        raise ConfigError(f"{place.bucket} was made without Object Lock, which comes with the making only: give a bucket of a new name")
    default = found.get("Rule", {}).get("DefaultRetention", {})
    return f"{default.get('Mode')}, {default.get('Days') or 365 * int(default.get('Years') or 0)} days" if default else ""


def attach(client: Any, place: S3Place, principal: str) -> None:
    """The rights of cameras are in the bucket's policy, for all users that `principal` (an ARN) means. Raises OffloadError.

    What else the policy says stays, as that nobody may delete a version.
    """
    policy = camera_policy(place.bucket)
    statements = [{**statement, "Principal": {"AWS": principal}} for statement in policy["Statement"]]
    with named("attach the cameras' rights to", place, "the bucket"):
        sids = {statement["Sid"] for statement in statements}
        statements += [statement for statement in _statements(client, place) if statement.get("Sid") not in sids]
        client.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps({**policy, "Statement": statements}))


def _statements(client: Any, place: S3Place) -> list[dict[str, Any]]:
    """Those of the policy that is there."""
    try:
        found = json.loads(client.get_bucket_policy(Bucket=place.bucket)["Policy"])["Statement"]
    except ClientError as error:
        if code_of(error) != "NoSuchBucketPolicy":
            raise
        return []
    return found if isinstance(found, list) else [found]


def camera_policy(bucket: str) -> dict[str, Any]:
    """The rights of every camera in one policy (IAM, version 2012-10-17), for users that are named by their serial.

    A camera adds what is new below its own serial, and reads and lists there; it deletes, locks and replaces nothing, and
    leaves nothing in its own mailbox. Stores without the key `s3:if-none-match` take a second version of an object: custody
    looks at all of them.
    """
    own, whole = f"arn:aws:s3:::{bucket}/${{aws:username}}", f"arn:aws:s3:::{bucket}"
    anew = {"Bool": {"s3:ObjectCreationOperation": "true"}, "Null": {"s3:if-none-match": "true"}}
    statements = [
        {
            "Action": ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts"],
            "Effect": "Allow",
            "Resource": f"{own}/*",
            "Sid": "Own",
        },
        {
            "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}},
            "Effect": "Allow",
            "Resource": whole,
            "Sid": "Look",
        },
        {"Action": "s3:PutObject", "Effect": "Deny", "Resource": f"{own}/{MAILBOX}/*", "Sid": "NoMail"},
        {"Action": "s3:PutObject", "Condition": anew, "Effect": "Deny", "Resource": f"{own}/*", "Sid": "OnlyNew"},
    ]
    return {"Statement": statements, "Version": "2012-10-17"}
