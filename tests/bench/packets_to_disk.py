"""CPU of ready-made packets from ring to disk over the bare work that the format demands, at 9.6 Mb/s, in one run.

The bare work: AES-256-GCM in 4 KiB pieces, SHA-256 of ciphertext and of samples, the same writes, the same fdatasyncs, the
same signatures, for the same seconds.
"""

import hashlib
import os
import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import Certificate

from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.requests import AddFragment, CloseRecording, EndWindow, OpenRecording, Sync
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.media.assembler import Assembler
from bwc_agent.media.ring import Ring
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.startup import open_device, open_journal
from bwc_agent.units import AAC_FRAME, TICKS
from tests.bench.device import SERIAL, authority_of, enrolled

SECONDS = 60
RATE = 30
FRAME = 9_600_000 // 8 // RATE


def ready_made(picture: CodecConfig, sound: CodecConfig) -> list[Packet]:
    """A minute of 30 pictures a second at 9.6 Mb/s and sound, in order of arrival; the bytes are random."""
    frames = [secrets.token_bytes(FRAME) for _ in range(RATE)]
    voice = secrets.token_bytes(340)
    step = TICKS // RATE
    packets = [Packet(Track.VIDEO, k * step, 0, k % RATE == 0, frames[k % RATE], picture) for k in range(SECONDS * RATE)]
    packets += [Packet(Track.AUDIO, k * AAC_FRAME, AAC_FRAME, True, voice, sound) for k in range(SECONDS * TICKS // AAC_FRAME)]
    return sorted(packets, key=lambda p: p.pts + (2 * AAC_FRAME if p.track is Track.AUDIO else 0))


def ours(folder: Path, packets: list[Packet]) -> float:
    """CPU seconds of ring, assembler, muxer, seal, log and writes."""
    vault, key, recipients = enrolled(folder, [RecipientPrivate.generate(), RecipientPrivate.generate()])
    device = open_device(vault, "BENCH-1", key, recipients)
    filing = Filing(device, open_journal(device, 0, []))
    ring, assembler = Ring(33 * TICKS, 60_000_000), Assembler()
    filing.perform(OpenRecording(0, 1, STATED))
    began = time.process_time()
    for packet in packets:
        ring.push(packet)
        requests = assembler.add(packet)
        for request in requests:
            filing.perform(request)
        if requests:
            filing.perform(Sync(0))
    spent = time.process_time() - began
    filing.abandon()
    return spent


def grouped(packets: list[Packet]) -> list[tuple[list[bytes], bool]]:
    """The samples of each fragment, and whether a window ends with it: where the agent syncs and where it signs."""
    assembler, out = Assembler(), list[tuple[list[bytes], bool]]()
    for packet in packets:
        for request in assembler.add(packet):
            if isinstance(request, AddFragment):
                out.append(([p.data for p in request.packets], False))
            elif isinstance(request, EndWindow):
                out[-1] = (out[-1][0], True)
    return out


def bare(folder: Path, groups: list[tuple[list[bytes], bool]]) -> float:
    """CPU seconds of the cryptography and the writes alone, over the same bytes."""
    key, signer = AESGCM(secrets.token_bytes(32)), SoftwareKey(new_key())
    file, samples, sealed = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY), hashlib.sha256(), hashlib.sha256()
    log, nonce, piece = os.open(folder / "bare.log", os.O_CREAT | os.O_WRONLY), secrets.token_bytes(12), 4080
    joined = [b"".join(group) for group, _ in groups]
    began = time.process_time()
    for (group, signed), data in zip(groups, joined, strict=True):
        for sample in group:
            samples.update(sample)
        view = memoryview(data)
        out = b"".join([key.encrypt(nonce, view[at : at + piece], None) for at in range(0, len(view), piece)])
        sealed.update(out)
        os.write(file, out)
        os.fdatasync(file)
        if signed:
            os.write(log, signer.sign_digest(sealed.copy().digest()) * 12)
            os.fdatasync(log)
    spent = time.process_time() - began
    os.close(file)
    os.close(log)
    return spent


def recorded(folder: Path, length: int, recipient: RecipientPrivate | None = None) -> tuple[Path, Certificate]:
    """A vault with one whole recording of about `length` MB for `recipient`, and the authority that its device stands under."""
    picture, sound = CodecConfig(Track.VIDEO, AVCC, 1920, 1080), CodecConfig(Track.AUDIO, b"\x11\x88", channels=1)
    minute, rounds = ready_made(picture, sound), max(1, length // 72)
    vault, key, recipients = enrolled(folder, [recipient or RecipientPrivate.generate()])
    device = open_device(vault, SERIAL, key, recipients)
    filing, assembler = Filing(device, open_journal(device, 0, [])), Assembler()
    filing.perform(OpenRecording(0, 1, STATED))
    for k in range(rounds):
        shift = k * SECONDS * TICKS
        for packet in minute:
            for request in assembler.add(replace(packet, pts=packet.pts + shift)):
                filing.perform(request)
    for request in [*assembler.close(0), CloseRecording(0, {"edges": [0], "reason": "hold"})]:
        filing.perform(request)
    filing.close()
    return vault.root, authority_of(folder)


def measure() -> dict[str, float]:
    """The ratio, and both figures in milliseconds of CPU a recorded second."""
    picture, sound = CodecConfig(Track.VIDEO, AVCC, 1920, 1080), CodecConfig(Track.AUDIO, b"\x11\x88", channels=1)
    packets = ready_made(picture, sound)
    runs: list[tuple[float, float]] = []
    groups = grouped(packets)
    for _ in range(5):
        with tempfile.TemporaryDirectory() as name:
            vault = Vault(Path(name) / "vault")
            runs.append((ours(vault.root, packets), bare(Path(name), groups)))
    mine, least = sorted(runs, key=lambda pair: pair[0] / pair[1])[2]
    return {"ratio": mine / least, "ours_ms": mine / SECONDS * 1000, "bare_ms": least / SECONDS * 1000}


STATED: dict[str, Json] = {
    "anchor": {},
    "lead": "bench",
    "muted": False,
    "officer": None,
    "overlap": None,
    "owner": "bench",
    "preroll": {"asked": 0, "audio": 0, "video": 0, "why": None},
    "purpose": "bench",
    "settings": "0" * 64,
    "time_zone": "UTC",
    "trigger": {"decided": 0, "edges": [0], "gesture": "double press"},
}
AVCC = bytes.fromhex("01640028ffe1001a67640028acd940780227e5c044000003000400000300f03c60c65801000668ebe3cb22c0")


if __name__ == "__main__":
    print(measure())
