"""Only what the agency names is a destination."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import ConfigError
from bwc_agent.offload.destinations import destination
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.s3 import S3
from bwc_agent.offload.settings import OffloadSettings, S3Place, check_place
from tests.offload.tls import TlsAuthority

PLACE = S3Place("https://store.example:9000", "evidence", authority="/etc/bwc/store.pem")


def test_a_driver_by_its_name(tmp_path: Path) -> None:
    folder = destination(OffloadSettings("folder", folder=str(tmp_path), mounted=True))
    assert isinstance(folder, Folder) and folder.root == tmp_path
    authority = str(TlsAuthority(tmp_path / "tls").authority)
    found = destination(OffloadSettings("s3", endpoint=PLACE.endpoint, bucket="evidence", authority=authority))
    assert isinstance(found, S3) and found.place == replace(PLACE, authority=authority)


def test_what_leads_nowhere_is_said_with_the_file_to_mend() -> None:
    with pytest.raises(ConfigError, match=r"delivers nowhere; name the agency's storage in \[offload\]"):
        destination(OffloadSettings())
    unknown: Any = "ftp"
    with pytest.raises(ConfigError, match=r"\[offload\] of agency.toml: authority: .* is not there, or is no file"):
        destination(OffloadSettings("s3", endpoint=PLACE.endpoint, bucket="evidence", authority="/nowhere/store.pem"))
    with pytest.raises(ConfigError, match="'ftp' is unknown"):
        destination(OffloadSettings(unknown))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://store.example",
        "https://store.example/",
        "https://[2001:db8::1]:9000",
    ],
)
def test_a_store_s_address(endpoint: str) -> None:
    check_place(replace(PLACE, endpoint=endpoint))


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "store.example",
        "ftp://store.example",
        "https://",
        "https://store.example:port",
        "https://store.example:0",
        "https://[::1",
        "https://store.example/bucket",
        "https://store.example?x=secret",
        "https://store.example#secret",
        "https://device:secret@store.example",
    ],
)
def test_what_is_no_address_of_a_store_is_refused_without_being_shown(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="endpoint is no store's address") as error:
        check_place(replace(PLACE, endpoint=endpoint))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("bucket", ["", "a", "Evidence", "a/b", "arn:aws:s3:eu-west-1:1:accesspoint/x", "-evidence", "evidence\n"])
def test_what_is_no_bucket_is_refused(bucket: str) -> None:
    with pytest.raises(ConfigError, match="is no bucket's name"):
        check_place(replace(PLACE, bucket=bucket))


@pytest.mark.parametrize("change", [{"region": "x.evil.example"}, {"authority": ""}, {"certificate": "/c"}, {"key": "/k"}])
def test_half_a_place_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"region|authority is missing|belong together"):
        check_place(replace(PLACE, **change))
