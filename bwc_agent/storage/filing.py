"""Performs the core's requests on disk, in order. Synchronous; `writer.py` puts a thread and a queue before it."""

import hashlib

from bwc_agent.evidence.requests import (
    AddFragment,
    CloseRecording,
    CloseSegment,
    EndWindow,
    JournalLine,
    LogLine,
    Note,
    OpenRecording,
    OpenSegment,
    Request,
    Sync,
)
from bwc_agent.storage.device import Device
from bwc_agent.storage.lines_file import LinesFile
from bwc_agent.storage.recording_files import RecordingFiles


class Filing:
    """One start's journal and, at any moment, at most one open recording."""

    def __init__(self, device: Device, journal: LinesFile) -> None:
        self._device = device
        self._journal = journal
        self._recording: RecordingFiles | None = None

    def perform(self, request: Request) -> None:
        """Do one request. Raises StorageError; after that the recording cannot go on."""
        match request:
            case OpenRecording():
                self._open(request)
            case JournalLine():
                self._journal.add(request.kind, request.at, **request.fields)
            case Sync():
                self.sync()
            case _:
                self._in_recording(request, self._open_recording())

    def _in_recording(self, request: Request, recording: RecordingFiles) -> None:
        match request:
            case OpenSegment():
                recording.open_segment(request)
            case AddFragment():
                recording.add_fragment(request)
            case EndWindow():
                recording.end_window(request)
            case CloseSegment():
                recording.close_segment(request.at)
            case LogLine():
                recording.log.add(request.kind, request.at, **request.fields)
            case Note():
                recording.note(request)
            case CloseRecording():
                self._close(request, recording)

    def _open_recording(self) -> RecordingFiles:
        if self._recording is None:
            raise RuntimeError("a request for a recording came while none is open")
        return self._recording

    def _open(self, request: OpenRecording) -> None:
        """The folder and the log's first line are durable, then the journal names it, then ciphertext may come."""
        recording = self._recording = RecordingFiles(self._device, request)
        first = hashlib.sha256(recording.log.first).hexdigest()
        self._journal.add("opened", request.at, recording=str(recording.name), sha256=first)
        self._journal.sync()

    def _close(self, request: CloseRecording, recording: RecordingFiles) -> None:
        digest, size = recording.close(request.at, dict(request.fields))
        self._recording = None
        self._journal.add("closed", request.at, bytes=size, recording=str(recording.name), sha256=digest)
        self._journal.sync()

    def sync(self) -> None:
        """Make everything durable and signed: ciphertext, then log, then journal."""
        if self._recording is not None:
            self._recording.sync()
        self._journal.sync()

    def close(self) -> None:
        """Sign, sync and close the journal (orderly power-off)."""
        self._journal.close()

    def abandon(self) -> None:
        """Let go of every file as a power cut would."""
        if self._recording is not None:
            self._recording.abandon()
        self._journal.abandon()
