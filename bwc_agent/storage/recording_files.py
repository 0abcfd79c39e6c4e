"""One recording on disk: its log, its sealed segments and notes, in the order of writes that FORMAT.md demands."""

from bwc_agent.evidence.identity import Identity, identity_fields
from bwc_agent.evidence.layout import notes_file, segment_file
from bwc_agent.evidence.lines import Json, encode
from bwc_agent.evidence.requests import AddFragment, EndWindow, Note, OpenRecording, OpenSegment
from bwc_agent.evidence.samples import SampleDigests, WindowDigests
from bwc_agent.evidence.tracks import track_fields
from bwc_agent.files import make_directory, write_new
from bwc_agent.fmp4.writer import Writer
from bwc_agent.storage.device import Device
from bwc_agent.storage.lines_file import LinesFile
from bwc_agent.storage.segment_file import SealedFile, fresh_key, sealed_notes


class _Segment:
    """The segment being written: its fMP4 writer, its sealed file, its notes."""

    def __init__(self, request: OpenSegment, mux: Writer, file: SealedFile) -> None:
        self.number = request.number
        self.base = request.base
        self.mux = mux
        self.file = file
        self.notes: SealedFile | None = None


class RecordingFiles:
    """Writes one recording. Until `sync` nothing is promised; after it, everything added is durable and signed."""

    def __init__(self, device: Device, request: OpenRecording) -> None:
        self.name = device.recording_name(request.recording)
        self._device = device
        self._folder = device.vault.recording(self.name)
        make_directory(self._folder, shared=True)
        write_new(self._folder / "signer.pem", device.chain_pem, shared=True)
        fields: dict[str, Json] = {
            "device": device.serial,
            "recording": request.recording,
            "signer": device.chain_digest,
            "start": device.start,
        }
        self.log = LinesFile(self._folder / "log.jsonl", "recording", device.signer, request.at, {**fields, **request.fields})
        try:
            self.log.sync()
        except BaseException:
            self.log.abandon()
            raise
        self._segment: _Segment | None = None
        self._early: list[Note] = []
        self._window = WindowDigests()
        self._running = SampleDigests()

    def open_segment(self, request: OpenSegment) -> None:
        """The `segment` line is durable before the file's first byte."""
        tracks: list[Json] = [track_fields(c) for c in request.configs]
        file = segment_file(request.number)
        line, key = self._announce(request.at, request.number, "media", file, {"base": request.base, "tracks": tracks})
        sealed = SealedFile(self._folder / file, key, line)
        self._segment = _Segment(request, Writer(request.configs), sealed)
        sealed.add(self._segment.mux.header())
        early, self._early = self._early, []
        for note in early:
            self.note(note)

    def _announce(self, at: int, number: int, kind: str, file: str, fields: dict[str, Json]) -> tuple[bytes, bytes]:
        identity = Identity(self._device.serial, self.name.start, self.name.number, number, kind)
        key = fresh_key(identity, self._device.recipients)
        line = self.log.add("segment", at, commit=key.commit, file=file, identity=identity_fields(identity), keys=key.wrapped, **fields)
        # Not the log alone: its signature speaks for every mark so far, and what those bind must be durable first.
        self.sync()
        return line, key.key

    def add_fragment(self, request: AddFragment) -> None:
        """Mux, digest, seal, append."""
        segment = self._open_segment()
        for packet in request.packets:
            pts = packet.pts - segment.base
            segment.mux.add(packet.track, pts, pts, packet.duration, packet.keyframe, packet.data)
            self._window.add(packet.track, packet.pts, packet.data)
            self._running.add(packet.track, packet.data)
        segment.file.add(*segment.mux.pieces())

    def _open_segment(self) -> _Segment:
        if self._segment is None:
            raise RuntimeError("a fragment came without an open segment")
        return self._segment

    def end_window(self, request: EndWindow) -> None:
        """The `mark` line: bytes and digest of the file so far, and of each track's samples since the last mark."""
        segment = self._open_segment()
        fields = {**segment.file.state(), "segment": segment.number, "tracks": self._window.lines()}
        if segment.notes is not None:
            fields["notes"] = segment.notes.state()
        fields["from"], fields["to"] = request.first, request.last
        self.log.add("mark", request.at, **fields)
        self._window = WindowDigests()

    def note(self, request: Note) -> None:
        """Seal a line beside the open segment; between segments it waits for the next."""
        segment = self._segment
        if segment is None:
            self._early.append(request)
            return
        if segment.notes is None:
            file = notes_file(segment.number)
            line, key = self._announce(request.at, segment.number, "notes", file, {})
            segment.notes = sealed_notes(self._folder / file, key, line)
        segment.notes.add(encode({"kind": request.kind, "t": request.at, **request.fields}))

    def close_segment(self, at: int) -> None:
        """Last chunk, fdatasync, `end`."""
        segment = self._open_segment()
        fields = {"file": segment_file(segment.number), "segment": segment.number, **segment.file.finish()}
        self.log.add("end", at, **fields)
        if segment.notes is not None:
            self.log.add("end", at, file=notes_file(segment.number), segment=segment.number, **segment.notes.finish())
        self._segment = None

    def close(self, at: int, fields: dict[str, Json]) -> tuple[str, int]:
        """`stop`, signed and synced; returns SHA-256 and length of the whole log."""
        self.log.add("stop", at, samples=self._running.lines(), **fields)
        return self.log.close()

    def sync(self) -> None:
        """Everything added so far becomes durable, then signed."""
        if self._segment is not None:
            self._segment.file.sync()
            if self._segment.notes is not None:
                self._segment.notes.sync()
        self.log.sync()

    def abandon(self) -> None:
        """Let go of the files as a power cut would."""
        if self._segment is not None:
            self._segment.file.abandon()
            if self._segment.notes is not None:
                self._segment.notes.abandon()
        self.log.abandon()
