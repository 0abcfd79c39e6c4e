"""store.toml: a wrong key is named with its mend, paths count from the file, and nothing goes in the open."""

from pathlib import Path

import pytest

from bwc_agent.agency.store_settings import reach
from bwc_agent.errors import ConfigError
from bwc_agent.offload.settings import S3Place
from tests.offload.tls import TlsAuthority

GOOD = 'endpoint = "https://s3.example.org"\nauthority = "tls.pem"\n'


def read(folder: Path, text: str) -> S3Place:
    TlsAuthority(folder)
    (folder / "store.toml").write_text(text)
    return reach(folder / "store.toml", "evidence")[1]


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == S3Place("https://s3.example.org", "evidence", authority=str(tmp_path / "tls.pem"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("endpoint = ", "cannot be read as TOML"),
        ("", "endpoint is missing"),
        (GOOD + "bucket = 'x'\n", "bucket = 'x' is not understood: write one of endpoint, region, authority"),
        (GOOD + "region = 3\n", "region = '3' is not understood: write a text in quotes"),
        (GOOD + "plain_http = 'yes'\n", "plain_http = 'yes' is not understood: write true or false"),
        (GOOD + "credentials = 'gone'\n", r"credentials: .*gone is not there, or is no file: put it there"),
        (GOOD + "key = 'tls.pem'\n", "certificate and key belong together"),
        ('endpoint = "https://s3.example.org"\n', "authority is missing"),
        ('endpoint = "http://s3.example.org"\nplain_http = true\n', "would carry everything in the open"),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"store\.toml: .*{said}"):
        read(tmp_path, text)
