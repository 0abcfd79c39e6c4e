"""What one start of the recorder is told: the policy, the bounds of its memory, and what every recording states."""

from dataclasses import dataclass, field

from bwc_agent.control.capacity import Needs
from bwc_agent.control.policy import Policy
from bwc_agent.evidence.lines import Json
from bwc_agent.media.video_settings import SOUND_BITRATE


@dataclass(frozen=True, slots=True)
class Profile:
    """Frozen settings of the core. `ring_bytes` bounds the ring's payload, `queue_bytes` what storage may owe.

    `stated` goes into each log's first line: officer, owner, lead, purpose (II.A, VI), and the digest of the settings.
    """

    policy: Policy
    ring_bytes: int
    queue_bytes: int
    stated: dict[str, Json] = field(default_factory=dict)
    bitrate: int = 8_000_000
    """Bits a second of the picture."""
    low_bitrate: int = 2_000_000
    """The same where space is scarce."""
    alarm: int | None = None
    """Ticks that evidence may wait for its receipt; None: nobody delivers here, and nothing is overdue (IV.E)."""
    began: int = 0
    """When the process began, in ticks of CLOCK_MONOTONIC: the journal states what took how long since."""

    @property
    def needs(self) -> Needs:
        """What of the card's space means what."""
        rate = (self.bitrate + SOUND_BITRATE) // 8
        return Needs(rate, self.queue_bytes, self.policy.low_storage_minutes, self.policy.scarce_storage_minutes)
