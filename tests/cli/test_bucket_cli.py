"""`bwc bucket` as an administrator types it, against a real store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bwc_agent.agency.bucket import camera_policy
from bwc_agent.cli.main import app
from bwc_agent.errors import ConfigError
from tests.offload.seaweed import BUCKET, Seaweed, seaweed


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store"), bucket=False, nobodies=("BWC-0001",)) as running:
        yield running


def described(store: Seaweed, who: str) -> Path:
    path = store.folder / f"{who}.toml"
    path.write_text(f'endpoint = "{store.endpoint}"\nauthority = "{store.tls.authority}"\ncredentials = "{store.credentials(who)}"\n')
    return path


def bucket(*words: str) -> tuple[str, str]:
    """What it printed, and what it said of its steps."""
    done = CliRunner().invoke(app, ["bucket", *words], catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_it_makes_the_bucket_and_prints_the_policy_that_a_cloud_takes(store: Seaweed) -> None:
    printed, said = bucket(f"s3://{BUCKET}", "--retention", "180 days", "--store", str(described(store, "agency")))
    assert "COMPLIANCE, 180 days" in said
    assert json.loads(printed) == camera_policy(BUCKET)


def test_with_cameras_named_they_may_deliver_at_once(store: Seaweed) -> None:
    who = "arn:aws:iam::000000000000:user/*"
    printed, said = bucket(f"s3://{BUCKET}", "--retention", "1 year", "--store", str(described(store, "agency")), "--cameras", who)
    assert f"{who} may deliver" in said and not printed
    assert store.client("BWC-0001").put_object(Bucket=BUCKET, Key="BWC-0001/new", Body=b"x")["VersionId"]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["s3://evidence/BWC", "--retention", "180 days"], "write s3://evidence"),
        (["/srv/evidence", "--retention", "180 days"], "no bucket"),
        (["s3://evidence", "--retention", "36 h"], "whole days"),
        (["s3://evidence", "--retention", "soon"], "--retention"),
        (["s3://evidence", "--retention", "180 days", "--cameras", "nobody"], "write the users as an ARN"),
        (["s3://evidence", "--retention", "180 days", "--store", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_is_no_bucket_or_no_schedule_is_refused_with_the_mend(store: Seaweed, words: list[str], mend: str) -> None:
    place = [] if "--store" in words else ["--store", str(described(store, "agency"))]
    with pytest.raises(ConfigError, match=mend):
        CliRunner().invoke(app, ["bucket", *words, *place], catch_exceptions=False)
