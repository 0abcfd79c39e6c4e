"""The destination that the agency's settings name."""

from pathlib import Path

from bwc_agent.errors import ConfigError
from bwc_agent.offload.destination import Destination
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.settings import OffloadSettings


def destination(settings: OffloadSettings) -> Destination:
    """Made anew each time, so that renewed keys are taken. Raises ConfigError."""
    if settings.driver == "folder":
        return Folder(Path(settings.folder), settings.mounted)
    raise ConfigError(f'offload.driver "{settings.driver}" delivers nowhere: name one in [offload] of agency.toml')
