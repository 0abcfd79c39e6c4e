"""The destination that the agency authorised, by the name of its driver; there is no other way to one on the device."""

from pathlib import Path

from bwc_agent.errors import ConfigError
from bwc_agent.offload.destination import Destination
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.s3 import S3
from bwc_agent.offload.settings import OffloadSettings


def destination(settings: OffloadSettings) -> Destination:
    """Where `[offload]` delivers to. Reads certificates and credentials, reaches nothing. Raises ConfigError."""
    if settings.driver == "folder":
        return Folder(Path(settings.folder), settings.mounted)
    if settings.driver == "s3":
        try:
            return S3(settings.place, settings.parallel)
        except ConfigError as error:
            raise ConfigError(f"[offload] of agency.toml: {error}") from error
    if settings.driver == "none":
        raise ConfigError('offload.driver is "none": this device delivers nowhere; name the agency\'s storage in [offload] of agency.toml')
    raise ConfigError(f'offload.driver {settings.driver!r} is unknown: write "folder" or "s3"')
