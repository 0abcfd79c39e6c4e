"""From a recording that verifies to one MP4, without encoding anything again, with subtitles and a statement beside it.

    20260101T013000+0100_BWC-0001_000003-0001.mp4, .srt, _statement.json

What does not verify is not exported: the verdict is the answer. What a power cut ended is exported as far as it is signed,
and the statement says so. The samples are the device's own, byte for byte, so the file proves itself against the log:
`ffmpeg -i X.mp4 -map 0:v -map 0:a? -c copy -f streamhash -hash sha256 -` repeats the digests of its `stop`.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.remux import Copied, Progress, copy_samples, silent
from bwc_agent.agency.statement import file_fields, render_statement, sources, verdict_fields
from bwc_agent.agency.subtitles import subtitles
from bwc_agent.agency.unfinished import unfinished
from bwc_agent.agency.wall_time import stamp, wall_time, words
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.verdict import State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.files import AlreadyThereError, write_new

EXPORTED: Final = (State.COMPLETE, State.TRUNCATED, State.END_UNPROVEN, State.UNSIGNED_TAIL)
"""The verdicts with which a recording is exported: what is signed of it is whole."""


class NotExported(IntegrityError):
    """The recording does not verify, so nothing was written; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        why = "; ".join([*map(str, verdict.reasons), *verdict.notes])
        super().__init__(f"nothing was exported, because recording {verdict.name} is {verdict.state.value} here: {why}")
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
    """What stands in the folder now; `pictures` in it, `length` in ticks, and the digests of its samples as a log has them."""

    mp4: Path
    srt: Path
    statement: Path
    verdict: Verdict
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
    if not out.is_dir():
        raise ConfigError(f"{out} is not a folder: make it, or give another with --out")
    verdict = verify_recording(folder, authority, order.given)
    log = verdict.log
    if log is None or verdict.state not in EXPORTED:
        raise NotExported(verdict)
    media = _present(folder, log, verdict)
    job = _Job(folder, log, verdict, private, order, media, out)
    with _all_or_nothing() as written:
        return job.run(written, progress)


def _present(folder: Path, log: RecordingLog, verdict: Verdict) -> list[SealedFile]:
    """The segments that hold signed samples, all of them here. Raises NotExported for one that was released."""
    media = [file for file in log.media if file.signed]
    here = [file for file in media if (folder / file.name).is_file()]
    if here != media[: len(here)] or not here or any(file.end for file in media[len(here) :]):
        raise NotExported(verdict)
    return here


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


@dataclass(slots=True)
class _Job:
    """One export."""

    folder: Path
    log: RecordingLog
    verdict: Verdict
    private: RecipientPrivate
    order: Order
    media: list[SealedFile]
    out: Path

    def run(self, written: list[Path], progress: Progress) -> Exported:
        mp4, srt, statement = self._names()
        if taken := [path.name for path in (mp4, srt, statement) if path.exists()]:
            raise AlreadyThereError(
                f"{', '.join(taken)} is there already in {self.out}, and never replaced; move it, or give another folder"
            )
        copied = self._mp4(mp4, written, progress)
        cues = subtitles(self.log, self.media[0].base, copied.length, wall_time(self.log.first), self.order.time_zone)
        write_new(srt, cues.encode())
        written.append(srt)
        write_new(statement, render_statement(self._statement(copied, [mp4, srt]), self.order.signer))
        written.append(statement)
        return Exported(mp4, srt, statement, self.verdict, copied.pictures, copied.length, copied.samples)

    def _names(self) -> tuple[Path, Path, Path]:
        clock = wall_time(self.log.first)
        begin = stamp(clock.of(self.log.begin).astimezone(self.order.time_zone)) if clock else "unknown-time"
        stem = f"{begin}_{self.log.who.serial}_{self.log.name}"
        suffix = "json" if self.order.signer is None else "jsonl"
        return self.out / f"{stem}.mp4", self.out / f"{stem}.srt", self.out / f"{stem}_statement.{suffix}"

    def _mp4(self, path: Path, written: list[Path], progress: Progress) -> Copied:
        """Write beside its place, compare with the log, and only then give it its name."""
        with unfinished(path) as temporary:
            copied = copy_samples(self.folder, self.log, self.media, self.private, temporary, self._tags(), progress)
        written.append(path)
        return copied

    def _tags(self) -> dict[str, str]:
        clock = wall_time(self.log.first)
        title = {"title": f"{self.log.who.serial} {self.log.name}"}
        return {**title, "creation_time": clock.of(self.log.begin).isoformat()} if clock else title

    def _statement(self, copied: Copied, files: list[Path]) -> dict[str, Json]:
        clock, zone = wall_time(self.log.first), self.order.time_zone
        at = self.order.at or datetime.datetime.now(datetime.UTC)
        anchor: Json = None
        if clock:
            anchor = {"begin": words(clock.of(self.log.begin).astimezone(zone)), "source": clock.source, "uncertainty": clock.uncertainty}
        return {
            "at": words(at.astimezone(zone)),
            "device": self.log.who.serial,
            "exported": [file_fields(path) for path in files],
            "from": sources(self.folder, [file.name for file in self.media], self.log),
            "length": copied.length,
            "opened_by": self.private.public("").id,
            "officer": self.log.officer,
            "purpose": self.order.purpose,
            "recording": str(self.log.name),
            "samples": list(copied.samples),
            "time": anchor,
            "verdict": verdict_fields(self.verdict),
            "who": self.order.who,
        }
