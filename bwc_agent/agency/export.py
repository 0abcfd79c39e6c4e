"""From a recording that verifies to one MP4, without encoding anything again, with subtitles and a statement beside it.

    20260101T013000+0100_BWC-0001_000003-0001.mp4, .srt, _statement.json

What does not verify is not exported: the verdict is the answer. What a power cut ended is exported as far as it is signed,
and the statement says so. The samples are the device's own, byte for byte, so the file proves itself against the log:
`ffmpeg -i X.mp4 -map 0:v -map 0:a? -c copy -f streamhash -hash sha256 -` repeats the digests of its `stop`.
"""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.piece import Piece, piece_of
from bwc_agent.agency.remux import Copied, Progress, copy_samples, silent
from bwc_agent.agency.statement import EXPORT, file_fields, render_statement, sources, verdict_fields
from bwc_agent.agency.subtitles import subtitles
from bwc_agent.agency.unfinished import unfinished
from bwc_agent.agency.wall_time import stamp, wall_time, words
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.verdict import State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.files import AlreadyThereError, write_new

EXPORTED: Final = (State.COMPLETE, State.TRUNCATED, State.END_UNPROVEN, State.UNSIGNED_TAIL)
"""The verdicts with which a recording is exported: what is signed of it is whole."""


class NotExported(IntegrityError):
    """The recording does not verify, or `lacks` what is to be exported, so nothing was written; `verdict` says why."""

    def __init__(self, verdict: Verdict, lacks: str = "") -> None:
        why = "; ".join([*map(str, verdict.reasons), *verdict.notes])
        first = f"{lacks}; " if lacks else ""
        super().__init__(f"nothing was exported, because {first}recording {verdict.name} is {verdict.state.value} here: {why}")
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Order:
    """Who exports, for what purpose, into which time zone; a `signer` if the statement is to be signed.

    `at` is the time of the export (now, if None); `given` is what the verdict counts besides the authority.
    """

    who: str
    purpose: str
    time_zone: datetime.tzinfo = datetime.UTC
    signer: Signer | None = None
    at: datetime.datetime | None = None
    given: Given = NOTHING


@dataclass(frozen=True, slots=True)
class Exported:
    """What stands in the folder now; `seconds` of the recording if it is not all of it, so many `pictures`, `length` in ticks,
    and the digests of its samples as a log has them."""

    mp4: Path
    srt: Path
    statement: Path
    verdict: Verdict
    seconds: str
    pictures: int
    length: int
    samples: tuple[Json, ...]


def export(
    folder: Path, authority: Certificate, private: RecipientPrivate, order: Order, out: Path, progress: Progress = silent
) -> Exported:
    """The recording in `folder` stands in `out` as one MP4 with its subtitles and statement, or nothing of it does.

    At most one segment is in memory. Raises NotExported (an IntegrityError) if it does not verify, IntegrityError if it was
    sealed for others or changed meanwhile, ConfigError if `out` is no folder, AlreadyThereError if it was exported there
    before, StorageError.
    """
    verdict = verify_recording(folder, authority, order.given)
    log = verdict.log
    if log is None or verdict.state not in EXPORTED:
        raise NotExported(verdict)
    return deliver(Job(folder, log, verdict, private, order, _present(folder, log, verdict), out), progress)


def _present(folder: Path, log: RecordingLog, verdict: Verdict) -> Piece:
    """All signed samples, as far as a cut let them come here. Raises NotExported where a segment was released."""
    media = piece_of(log, range(len(log.windows))).files
    here = [file for file in media if (folder / file.name).is_file()]
    if here != list(media[: len(here)]) or not here or any(file.end for file in media[len(here) :]):
        raise NotExported(verdict)
    last = here[-1].identity.segment
    return piece_of(log, range(sum(window.segment <= last for window in log.windows)))


@dataclass(frozen=True, slots=True)
class Job:
    """One export: `piece` of the recording in `folder`, whose log is `log`, into the folder `out`.

    Where it is not the whole recording, `seconds` of it stand in the files' names, and the statement has the fields of `part`.
    """

    folder: Path
    log: RecordingLog
    verdict: Verdict
    private: RecipientPrivate
    order: Order
    piece: Piece
    out: Path
    kind: str = EXPORT
    seconds: str = ""
    part: Mapping[str, Json] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Camera, recording, and which seconds of it."""
        return f"{self.log.who.serial} {self.log.name} {self.seconds}".rstrip()


def deliver(job: Job, progress: Progress = silent) -> Exported:
    """The three files stand in `job.out`, or none of them does. Raises as `export`."""
    if not job.out.is_dir():
        raise ConfigError(f"{job.out} is not a folder: make it, or give another with --out")
    with _all_or_nothing() as written:
        return _Delivery(job, written).run(progress)


@contextmanager
def _all_or_nothing() -> Iterator[list[Path]]:
    """The files that are added to the list stand together: after a failure none of them does."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


class _Delivery:
    """The files of one export, as they come to stand there."""

    def __init__(self, job: Job, written: list[Path]) -> None:
        self._job, self._written = job, written
        self._clock, self._zone = wall_time(job.log.first), job.order.time_zone
        self._begin = self._clock.of(job.piece.zero).astimezone(self._zone) if self._clock else None

    def run(self, progress: Progress) -> Exported:
        mp4, srt, statement = self._names()
        if taken := [path.name for path in (mp4, srt, statement) if path.exists()]:
            raise AlreadyThereError(
                f"{', '.join(taken)} is there already in {self._job.out}, and never replaced; move it, or give another folder"
            )
        job = self._job
        copied = self._mp4(mp4, progress)
        self._write(srt, subtitles(job.log, job.piece.zero, copied.length, self._clock, self._zone).encode())
        self._write(statement, render_statement(job.kind, self._statement(copied, [mp4, srt]), job.order.signer))
        return Exported(mp4, srt, statement, job.verdict, job.seconds, copied.pictures, copied.length, copied.samples)

    def _names(self) -> tuple[Path, Path, Path]:
        job = self._job
        begin = stamp(self._begin) if self._begin else "unknown-time"
        stem = f"{begin}_{job.title.replace(' ', '_')}"
        ending = "json" if job.order.signer is None else "jsonl"
        return job.out / f"{stem}.mp4", job.out / f"{stem}.srt", job.out / f"{stem}_statement.{ending}"

    def _mp4(self, path: Path, progress: Progress) -> Copied:
        """Write beside its place, compare with the log, and only then give it its name."""
        job = self._job
        with unfinished(path) as temporary:
            copied = copy_samples(job.folder, job.log, job.piece, job.private, temporary, self._tags(), progress)
        self._written.append(path)
        return copied

    def _write(self, path: Path, data: bytes) -> None:
        write_new(path, data)
        self._written.append(path)

    def _tags(self) -> dict[str, str]:
        title = {"title": self._job.title}
        return {**title, "creation_time": self._begin.astimezone(datetime.UTC).isoformat()} if self._begin else title

    def _statement(self, copied: Copied, files: list[Path]) -> dict[str, Json]:
        job, order = self._job, self._job.order
        at = order.at or datetime.datetime.now(datetime.UTC)
        anchor: Json = None
        if self._clock and self._begin:
            anchor = {"begin": words(self._begin), "source": self._clock.source, "uncertainty": self._clock.uncertainty}
        return {
            **job.part,
            "at": words(at.astimezone(self._zone)),
            "device": job.log.who.serial,
            "exported": [file_fields(path) for path in files],
            "from": sources(job.folder, [file.name for file in job.piece.files], job.log),
            "length": copied.length,
            "opened_by": job.private.public("").id,
            "officer": job.log.officer,
            "purpose": order.purpose,
            "recording": str(job.log.name),
            "samples": list(copied.samples),
            "time": anchor,
            "verdict": verdict_fields(job.verdict),
            "who": order.who,
        }
