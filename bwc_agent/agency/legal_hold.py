"""A legal hold on a recording: nobody may remove any version of it until the hold is taken away, however long its lock lasts.

It stands beside the lock and counts from nothing: it has no end. Putting it needs rights that no device and no custody has.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bwc_agent.agency.s3_store import S3Store
from bwc_agent.agency.store import Version
from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.evidence.layout import RecordingName


@dataclass(frozen=True, slots=True)
class Placed:
    """A version that the hold now stands on, or not, as was asked; `why` not where it could not be done."""

    version: Version
    why: str = ""


def hold_recording(store: S3Store, path: str, on: bool) -> Iterator[Placed]:
    """Put (`on`), or take away, the hold on every version of every object below `path` (`SERIAL/recordings/NAME`), one after the other.

    Raises ConfigError where that is no recording that the store has, OffloadError where it cannot be listed.
    """
    parts = path.strip("/").split("/")
    if len(parts) != 3 or parts[1] != "recordings" or RecordingName.parse(parts[2]) is None:
        raise ConfigError(f"{path!r} is no recording: write s3://BUCKET/SERIAL/recordings/NAME, as in …/BWC-0001/recordings/000003-0001")
    versions = store.versions(f"{'/'.join(parts)}/")
    if not versions:
        raise ConfigError(f"{store.name} has nothing of {'/'.join(parts)}: `bwc custody` lists what is there")
    for version in versions:
        try:
            store.hold(version, on)
            yield Placed(version)
        except OffloadError as error:
            yield Placed(version, str(error))
