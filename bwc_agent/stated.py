"""What a start states about itself, and what of its settings the core is told."""

from importlib.metadata import PackageNotFoundError, version

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields
from bwc_agent.fleet.settings import Settings
from bwc_agent.profile import Profile


def profile(settings: Settings, began: int = 0) -> Profile:
    """What the core is told of the settings; `began` is when the process began, in ticks."""
    alarm = None if settings.offload.driver == "none" else settings.offload.alarm
    bits = settings.video.bitrate, settings.low_bitrate
    return Profile(settings.policy, settings.ring_bytes, settings.queue_bytes, settings.stated(), *bits, alarm, began)


def journal_lines(settings: Settings, parts: dict[str, Json]) -> list[tuple[str, Fields]]:
    """What each start states: the software as it reports itself, the parts, the settings in force."""
    return [("software", {"name": "bwc-agent", "version": software_version()}), ("parts", parts), ("settings", settings.fields())]


def software_version() -> str:
    """The installed version; "unknown" where the package is not installed."""
    try:
        return version("bwc-agent")
    except PackageNotFoundError:
        return "unknown"
