"""A device that has worked: real starts, recordings and cuts on disk, made by the agent's own storage, small and fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.control.duty import DutyLedger, stated
from bwc_agent.control.status import BOOT, State, Status
from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.keys import enrol, take_key
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.requests import (
    AddFragment,
    CloseRecording,
    CloseSegment,
    EndWindow,
    Fields,
    JournalLine,
    Note,
    OpenRecording,
    OpenSegment,
    Request,
    Sync,
)
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.files import make_directory, write_new
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.startup import open_device, open_journal
from bwc_agent.units import TICKS
from tests.evidence.trial import SERIAL, Agency
from tests.fmp4.fmp4_material import audio_config, pictures, sound, video_config

UTC = 1_767_225_600_000_000
WINDOW = TICKS // 2


@dataclass(frozen=True)
class Desk:
    """The agency's side: authority, receipt key, one recipient."""

    agency: Agency
    receipts: Signer
    recipient: RecipientPrivate

    def provision(self, trust: Path) -> None:
        make_directory(trust)
        write_new(trust / "authority.pem", chain_to_pem([self.agency.certificate]))
        write_new(trust / "receipt.pem", chain_to_pem([self.receipts.certificate]))


@cache
def desk(label: str = "trial authority") -> Desk:
    agency, key = Agency.new(label), new_key()
    return Desk(agency, Signer(SoftwareKey(key), agency.receipt(key)), RecipientPrivate.generate())


class Start:
    """One start of the recorder, its journal open."""

    def __init__(self, vault: Vault, owner: Desk, serial: str) -> None:
        key = take_key(vault.keys, serial)
        self.number = key.start
        self.vault = vault
        self.device = device = open_device(vault, serial, key, [owner.recipient.public("evidence room")])
        lines: list[tuple[str, Fields]] = [("anchor", {"at": 0, "source": "trial", "uncertainty": 0, "utc": UTC}), ("state", stated(BOOT))]
        self.journal = open_journal(device, 0, lines)
        self.filing = Filing(device, self.journal)
        self._ledger = DutyLedger(0)

    def record(self, number: int, segments: int = 1, notes: bool = False) -> RecordingName:
        """A whole recording of `segments` seconds, a segment each; closed."""
        self.begin(number, segments, notes)
        self.perform(CloseSegment(segments * TICKS), CloseRecording(segments * TICKS, {"edges": [], "reason": "hold"}))
        return RecordingName(self.number, number)

    def begin(self, number: int, segments: int = 1, notes: bool = False) -> RecordingName:
        """The same, its last segment still open, everything so far durable and signed."""
        self.perform(OpenRecording(0, number, FIRST))
        for segment in range(1, segments + 1):
            begin = (segment - 1) * TICKS
            if segment > 1:
                self.perform(CloseSegment(begin))
            self.perform(*media(segment, begin))
            if notes:
                self.perform(
                    Note(begin + 1, "position", {"latitude_e7": 1, "longitude_e7": 2}),
                    EndWindow(begin + TICKS, begin + TICKS, begin + TICKS),
                )
        self.perform(Sync(1))
        self.filing.sync()
        return RecordingName(self.number, number)

    def perform(self, *requests: Request) -> None:
        """A recording that is opened or closed changes the state, as the recorder has it."""
        for request in requests:
            if isinstance(request, OpenRecording):
                self._enter(State.RECORDING, "double press", request.at)
            elif isinstance(request, CloseRecording):
                self._enter(State.FILLING, "hold", request.at)
            self.filing.perform(request)

    def _enter(self, state: State, event: str, at: int) -> None:
        status = Status(state)
        self.filing.perform(JournalLine(at, "event", {"answers": [], "event": event, "state": state.value}))
        self.filing.perform(JournalLine(self._ledger.enter(status, at), "state", stated(status)))

    def off(self) -> None:
        """The journal is signed and closed, without a word about the end."""
        self.filing.close()

    def end(self, at: int = 0) -> None:
        """An orderly power-off."""
        self._enter(State.OFF, "shutdown", at)
        self.perform(JournalLine(at, "ledger", {**self._ledger.totals(at), "elapsed": self._ledger.elapsed(at)}))
        self.perform(JournalLine(at, "off", {"device": False, "why": "shutdown"}))
        self.off()

    def forge_log(self, folder: Path, first: dict[str, Json], *lines: dict[str, Json]) -> None:
        """A log of any content in `folder`, signed by this start's key as well as it can be."""
        folder.mkdir(parents=True, exist_ok=True)
        signed = SignedLines("recording", self.device.signer)
        data = signed.first(0, **{"device": self.device.serial, "signer": self.device.chain_digest, **first})
        data += b"".join(signed.add(str(line["kind"]), 0, **{k: v for k, v in line.items() if k != "kind"}) for line in lines)
        (folder / "log.jsonl").write_bytes(data + signed.sign(0))
        (folder / "signer.pem").write_bytes(self.device.chain_pem)

    def cut(self) -> None:
        """The power is gone."""
        self.filing.abandon()


FIRST: dict[str, Json] = {
    "anchor": {"at": 0, "source": "trial", "uncertainty": 0, "utc": UTC},
    "lead": "trial",
    "officer": "4711",
    "overlap": None,
    "owner": "trial",
    "preroll": {"asked": 0, "audio": 0, "video": 0, "why": None},
    "purpose": "trial",
    "settings": "0" * 64,
    "trigger": {"decided": 0, "edges": [0], "gesture": "double press"},
}


def media(number: int, begin: int) -> Iterator[Request]:
    """Segment `number`: one second of picture and sound from `begin` on, in two windows of two fragments."""
    configs = (video_config(), audio_config())
    yield OpenSegment(begin, number, begin, configs)
    for window in range(0, TICKS, WINDOW):
        packets = [p for p in _packets(configs) if window <= p.pts < window + WINDOW]
        for quarter in (window, window + WINDOW // 2):
            cut = tuple(_moved(p, begin) for p in packets if quarter <= p.pts < quarter + WINDOW // 2)
            yield AddFragment(cut)
        yield EndWindow(begin + window + WINDOW, begin + window, begin + packets[-1].pts)


@cache
def _packets(configs: tuple[CodecConfig, CodecConfig]) -> tuple[Packet, ...]:
    units = sorted([*pictures()[:30], *sound()[:46]], key=lambda unit: unit.pts)
    by_track = {Track.VIDEO: configs[0], Track.AUDIO: configs[1]}
    return tuple(Packet(u.track, u.pts, u.duration, u.keyframe, u.data, by_track[u.track]) for u in units)


def _moved(packet: Packet, by: int) -> Packet:
    return Packet(packet.track, packet.pts + by, packet.duration, packet.keyframe, packet.data, packet.config)


class Shift:
    """A device of `desk()` with its vault in `root`, provisioned and enrolled."""

    def __init__(self, root: Path, owner: Desk | None = None, serial: str = SERIAL) -> None:
        self.desk = owner or desk()
        self.serial = serial
        make_directory(root)
        self.vault = Vault(root)
        self.desk.provision(self.vault.trust)
        make_directory(self.vault.inbox)
        key = new_key()
        enrol(self.vault.keys, key, [self.desk.agency.enrolment(key, serial)])

    def start(self) -> Start:
        return Start(self.vault, self.desk, self.serial)

    @property
    def authority(self) -> Certificate:
        return self.desk.agency.certificate


def tree(root: Path) -> dict[str, bytes]:
    """Every file below `root` by its relative name, leftovers included."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
