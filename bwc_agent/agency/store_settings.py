"""How the agency's own machine reaches its object store: one small TOML file, written once.

    endpoint = "https://s3.example.org"
    authority = "tls-authority.pem"      # whose server certificate is believed; no other is
    credentials = "credentials"          # as the AWS tools write it, profile "default"
    # certificate = "client.pem", key = "client.key", region = "us-east-1"

Paths count from the file's folder. The rights are the agency's own, and wider than a device's: see the page of this folder.
"""

import dataclasses
import tomllib
from pathlib import Path
from typing import Final

from bwc_agent.errors import ConfigError
from bwc_agent.offload.settings import S3Place, check_place

_FILES: Final = ("authority", "certificate", "key", "credentials")
_KEYS: Final = {field.name: bool if field.name == "plain_http" else str for field in dataclasses.fields(S3Place) if field.name != "bucket"}


def read_place(path: Path, bucket: str) -> S3Place:
    """The `bucket` at the store that the TOML file `path` describes. Raises ConfigError, which names the key and the mend."""
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
    for name in _FILES:
        if found.get(name):
            found[name] = str(path.parent / found[name])
            if not Path(found[name]).is_file():
                raise ConfigError(f"{path}: {name}: {found[name]} is not there, or is no file: put it there, or mend the path")
    place = S3Place(bucket=bucket, **found)
    try:
        check_place(place)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return place
