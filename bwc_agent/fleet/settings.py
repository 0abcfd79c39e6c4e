"""The settings in force, frozen: what the core gets. Plain values; reading them loads nothing."""

from dataclasses import asdict, dataclass, field

from bwc_agent.control.policy import Policy
from bwc_agent.evidence.lines import Json, encode, sha256_hex
from bwc_agent.media.video_settings import SOUND_BITRATE, VideoSettings
from bwc_agent.offload.settings import OffloadSettings
from bwc_agent.units import TICKS, seconds

MARGIN = 1.25
"""VBV bounds each second, not each GOP: room for what a hard second borrows from the next."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Policy, picture, and what every recording states about its maker (II.A, VI)."""

    policy: Policy = field(default_factory=Policy)
    video: VideoSettings = field(default_factory=lambda: VideoSettings(1280, 720, 30, 8_000_000))
    officer: str | None = None
    owner: str = "trial agency"
    lead: str = "trial agency"
    purpose: str = "trial"
    time_zone: str = "UTC"
    low_bitrate: int = 2_000_000
    """Bits a second of the picture where space is scarce; not above the picture's own."""
    offload: OffloadSettings = field(default_factory=OffloadSettings)

    @property
    def ring_bytes(self) -> int:
        """Bound of the ring: pre-roll, longest start gesture and three seconds at the set bitrate, with a margin."""
        ticks = self.policy.pre_roll + self.policy.longest_start_gesture + seconds(3)
        return round((self.video.bitrate + SOUND_BITRATE) / 8 * ticks / TICKS * MARGIN)

    @property
    def queue_bytes(self) -> int:
        """Bound of what storage may owe: a whole drain, and a stall of 15 s behind it."""
        return self.ring_bytes + round((self.video.bitrate + SOUND_BITRATE) / 8 * 15)

    def fields(self) -> dict[str, Json]:
        """Every value, as the journal states it; times in ticks, the rate in thousandths."""
        video = {**asdict(self.video), "rate": round(self.video.rate * 1000)}
        maker: dict[str, Json] = {"lead": self.lead, "officer": self.officer, "owner": self.owner, "purpose": self.purpose}
        rest: dict[str, Json] = {"low_bitrate": self.low_bitrate, "offload": asdict(self.offload), "policy": asdict(self.policy)}
        return {**maker, **rest, "time_zone": self.time_zone, "video": video}

    def digest(self) -> str:
        """SHA-256 (hex) of all values in the lines' one form."""
        return sha256_hex(encode(self.fields()))

    def stated(self) -> dict[str, Json]:
        """What each log's first line says of them."""
        maker: dict[str, Json] = {"lead": self.lead, "officer": self.officer, "owner": self.owner, "purpose": self.purpose}
        return {**maker, "settings": self.digest(), "time_zone": self.time_zone}
