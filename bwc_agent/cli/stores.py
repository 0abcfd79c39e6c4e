"""What holds the agency's evidence, as the commands are told it: a folder, or `s3://BUCKET`, with a file that says how to reach it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bwc_agent.agency.folder_store import FolderStore
from bwc_agent.agency.s3_store import S3Store
from bwc_agent.agency.store_settings import reach
from bwc_agent.errors import ConfigError

_S3 = "s3://"
_CONNECTIONS = 16
"""Held open at once: as many as custody's threads ask for."""
STORE = typer.Option(
    None, "--store", envvar="BWC_STORE", help="For s3://: the TOML file that says where the store is and who you are there (or BWC_STORE)."
)


def is_bucket(target: str) -> bool:
    """True for `s3://...`, whatever follows."""
    return target.startswith(_S3)


def split(target: str) -> tuple[str, str]:
    """Bucket and the rest of `s3://BUCKET/REST`. Raises ConfigError."""
    bucket, _, rest = target.removeprefix(_S3).partition("/")
    if not is_bucket(target) or not bucket:
        raise ConfigError(f"{target!r} is no bucket: write s3://BUCKET, or s3://BUCKET/PREFIX")
    return bucket, rest


def named_store(settings: Path | None, target: str) -> Path:
    """The file that says how to reach `target`. Raises ConfigError where none was named."""
    if settings is None:
        raise ConfigError(f"{target}: say how to reach the store: --store FILE.toml, or BWC_STORE in the environment")
    return settings


def bucket_store(target: str, settings: Path | None, cache: Path, prefix: str = "") -> S3Store:
    """The bucket in `target`, reached as `settings` say. Raises ConfigError; reads certificates and credentials anew each time."""
    bucket, rest = split(target)
    if rest and prefix:
        raise ConfigError(f"{target} and --prefix {prefix} both say how serials begin: give one of them")
    return S3Store(*reach(named_store(settings, target), bucket, _CONNECTIONS), cache, rest or prefix)


def store_of(target: str, settings: Path | None, cache: Path, prefix: str = "") -> FolderStore | S3Store:
    """A bucket, or the folder `target`; of serials that begin with `prefix`. Raises ConfigError."""
    return bucket_store(target, settings, cache, prefix) if is_bucket(target) else FolderStore(Path(target), prefix)


@contextmanager
def cache_folder(named: Path | None) -> Iterator[Path]:
    """The folder that was named for small objects, or one that is gone afterwards. Raises ConfigError."""
    if named is None:
        with tempfile.TemporaryDirectory(prefix="bwc-custody-") as folder:
            yield Path(folder)
        return
    if not named.is_dir():
        raise ConfigError(f"{named} is not a folder: make it, for custody alone, or leave --cache out")
    yield named
