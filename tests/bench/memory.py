"""Peak memory of the recorder at 1080p30 with a full 30 s ring at 8 Mb/s, in a process of its own."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def peak_in_a_process() -> int:
    """Bytes of the largest resident set."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.memory"], capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    """Play 45 s of 1080p noise through encoder, ring, press, seal and disk; print the peak."""
    import numpy as np

    from bwc_agent.evidence.recipients import RecipientPrivate
    from bwc_agent.footage import Footage
    from bwc_agent.media.audio_encoder import silent_sound
    from bwc_agent.media.backlog import Backlog
    from bwc_agent.media.ring import Ring
    from bwc_agent.media.silence import AudioTimeline
    from bwc_agent.media.video_encoder import VideoEncoder
    from bwc_agent.media.video_settings import VideoSettings
    from bwc_agent.storage.filing import Filing
    from bwc_agent.storage.startup import open_device, open_journal
    from bwc_agent.take import Trigger
    from bwc_agent.units import TICKS, ns_from_ticks, seconds
    from hal.interfaces import Frame
    from tests.bench.device import SERIAL, enrolled

    settings = VideoSettings(1920, 1080, 30, 8_000_000)
    encoder, made = VideoEncoder(settings), np.random.default_rng(1)
    noise = [made.integers(16, 235, (1620, 1920), dtype=np.uint8) for _ in range(4)]
    footage = Footage(Ring(seconds(34), 43_000_000), Backlog(60_000_000), AudioTimeline(*silent_sound()), seconds(30))
    footage.sound.begin(0)
    with tempfile.TemporaryDirectory() as name:
        vault, key, recipients = enrolled(Path(name) / "vault", [RecipientPrivate.generate()])
        device = open_device(vault, SERIAL, key, recipients)
        filing = Filing(device, open_journal(device, 0, []))
        for k in range(30 * 45):
            at = k * TICKS // 30
            requests = [r for p in encoder.encode(Frame(ns_from_ticks(at), noise[k % 4])) for r in footage.packet(p)]
            requests += footage.tick(at)
            if k == 30 * 40:
                requests += footage.start(Trigger("double press", (at - TICKS, at), at), "", {})
            for request in requests:
                filing.perform(request)
            filing.sync()
        filing.abandon()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main()
