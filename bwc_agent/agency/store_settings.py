"""How the agency's own machine reaches its object store: one small TOML file, written once.

    endpoint = "https://s3.example.org"
    authority = "tls-authority.pem"      # whose server certificate is believed; no other is
    credentials = "credentials"          # as the AWS tools write it, profile "default"
    # certificate = "client.pem", key = "client.key", region = "us-east-1"

Paths count from the file's folder. The rights are the agency's own, and wider than a device's: see the page of this folder.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

from bwc_agent.errors import ConfigError
from bwc_agent.offload.s3_client import connect
from bwc_agent.offload.settings import S3_FILES, S3_KEYS, S3Place

_KEYS: Final = {name: bool if name == "plain_http" else str for name in S3_KEYS if name != "bucket"}


def reach(path: Path, bucket: str, connections: int = 8) -> tuple[Any, S3Place]:
    """A botocore client for the `bucket` at the store that the TOML file `path` describes, and where that is.

    Certificates and credentials are read anew each time. Raises ConfigError, which names file, key and mend.
    """
    place = _place(path, bucket)
    try:
        return connect(place, connections), place
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _place(path: Path, bucket: str) -> S3Place:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error}); give the file that says where the store is") from error
    for name, value in found.items():
        if not isinstance(value, _KEYS.get(name, type(None))):
            right = "true or false" if name == "plain_http" else "a text in quotes" if name in _KEYS else f"one of {', '.join(_KEYS)}"
            raise ConfigError(f"{path}: {name} = {str(value)[:60]!r} is not understood: write {right}")
    if "endpoint" not in found:
        raise ConfigError(f'{path}: endpoint is missing: write where the store is, as in endpoint = "https://s3.example.org"')
    return S3Place(bucket=bucket, **found | {name: str(path.parent / found[name]) for name in S3_FILES if found.get(name)})
