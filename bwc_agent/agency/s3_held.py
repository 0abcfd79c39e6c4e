"""What an object store holds of one device, laid out in a folder as a dock's disk would have it, for the verifier's own readers.

Of every small object all versions are looked at and the right one is laid there (`right_copy.py`): a delete marker hides
nothing, and what was put over or beside the device's own stops nothing; it is told. Logs are fetched only for recordings
that are asked for. Sealed files are never fetched here.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.cache import Cache, Kept
from bwc_agent.agency.right_copy import chain_of, right_chains, right_copy
from bwc_agent.agency.s3_listing import Listed
from bwc_agent.agency.store import Version
from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.fields import digest, fields, integer
from bwc_agent.evidence.layout import MAILBOX, RecordingName, start_of
from bwc_agent.evidence.lines import decode, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import MAX_RECEIPT, is_receipt_file, is_sealed_file
from bwc_agent.evidence.recording_reader import State
from bwc_agent.evidence.verify_copies import is_copy
from bwc_agent.evidence.verify_journals import journal_start
from bwc_agent.evidence.verify_log import LOG, SIGNER

MAX_LINES: Final = 128 << 20
"""Bytes of the largest log or journal that is looked at: thirty hours of one recording.

Read, it takes up to twelve times as much memory, if a device signs nothing but the shortest lines: the service has 2 GB.
"""
MAX_CHAIN: Final = 4 << 20
"""Bytes of the largest chain: a thousand certificates have less than a quarter."""
MAX_TOGETHER: Final = 2 << 30
"""Bytes of all journals of a device, or of all copies of a log, with every version: who may put there shall not fill the agency's disk."""
FETCHES: Final = 8
"""Small objects fetched at once."""


@dataclass(frozen=True, slots=True)
class S3Held:
    """Implements `Held`; make it by `lay_out`. `chosen` and `told` are by path below the device's folder, `files` by folder and name.

    `logs` lives no longer than this: once every file has its receipt a log is not read again, and a fleet's would fill the disk.
    """

    folder: Path
    listed: Listed
    authority: Certificate
    cache: Cache
    logs: Cache
    fetch: Callable[[Version], Iterable[bytes]]
    files: dict[str, dict[str, list[Version]]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    chosen: dict[str, Version] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    def names(self) -> list[RecordingName]:
        """See `Held.names`."""
        parents = (folder.removeprefix("recordings/") for folder in self.files if folder.startswith("recordings/"))
        return sorted(name for parent in parents if (name := RecordingName.parse(parent)) is not None)

    def sealed(self, name: RecordingName) -> Mapping[str, Sequence[Version]]:
        """See `Held.sealed`."""
        found = self.files.get(f"recordings/{name}", {})
        return {file: found[file] for file in sorted(found) if is_sealed_file(file)}

    def bring_log(self, name: RecordingName, stated: Collection[State]) -> None:
        """See `Held.bring_log`. Raises Refused for two lives, OffloadError, StorageError."""
        self._lay_lines(f"recordings/{name}", LOG, SIGNER, name.start, stated)

    def forget(self, folder: str, name: str | None = None) -> None:
        """See `Held.forget`; of the file `name` alone, if given."""
        for file, versions in self.files.get(folder, {}).items():
            for version in versions if name in (None, file) else ():
                self.cache.forget(version)

    def leaned_on(self, name: RecordingName) -> list[Version]:
        """See `Held.leaned_on`."""
        own = {path: version for path, version in self.chosen.items() if path.startswith(f"recordings/{name}/")}
        journals = {path: _start(path.removeprefix("journal/")) for path in self.chosen if path.startswith("journal/")}
        later = (self.chosen[path] for path, start in journals.items() if start is not None and start >= name.start)
        return [*own.values(), *later]

    def lay_out(self) -> None:
        """Journals and mailbox stand in `folder`, and an empty folder for each recording. Raises Refused, OffloadError, StorageError."""
        start = f"{self.folder.name}/"
        for name, versions in self.listed.versions.items():
            path = PurePosixPath(name.removeprefix(start))
            # S3 knows names that no folder has, as `journal//000000.jsonl`: such a one must not stand in the place of the device's own.
            if str(path) == name.removeprefix(start):
                self.files.setdefault(str(path.parent), {})[path.name] = versions
        for recording in self.names():
            (self.folder / "recordings" / str(recording)).mkdir(parents=True)
        self._lay_journals()
        self._lay_mailbox()

    def _lay_journals(self) -> None:
        """The right journal of each start, the last first: each states how the one before it ended."""
        files = self.files.get("journal", {})
        starts = {start for name in files if (start := journal_start(name)) is not None}
        self._brought([version for name in files if journal_start(name) is not None for version in files[name]], MAX_LINES, self.cache)
        follower = b""
        for start in sorted(starts, reverse=True):
            # A start that never was, or left no journal, stands between two that did: what the later one states still counts.
            follower = self._lay_lines("journal", f"{start:06d}", f"{start:06d}.pem", start, _previous(follower, start)) or follower

    def _lay_mailbox(self) -> None:
        """Every message whose content has the digest that it is named by; `hidden` are those that the device is not given."""
        files = {name: versions for name, versions in self.files.get(MAILBOX, {}).items() if is_receipt_file(name)}
        self._brought([version for versions in files.values() for version in versions], MAX_RECEIPT, self.cache)
        for name, versions in files.items():
            right = self._message(name, versions)
            if right is None:
                # A receipt that a damaged cache spoiled must not be missing: it tells what custody has seen.
                self.forget(MAILBOX, name)
                right = self._message(name, versions)
            if right is not None:
                self._lay(right, f"{MAILBOX}/{name}")
                current = self.listed.current.get(right.version.name)
                if current is None or (current.size, current.tag) != (right.version.size, right.version.tag):
                    self.hidden.add(name)

    def _message(self, name: str, versions: Sequence[Version]) -> Kept | None:
        kept = self._brought(versions, MAX_RECEIPT, self.cache)
        return next((each for each in kept if f"{sha256_hex(read_plain(each.path))}.jsonl" == name), None)

    def _lay_lines(self, folder: str, stem: str, pem: str, start: int, stated: Collection[State]) -> bytes:
        """Lay the right copy of a lines file, and its chain; returns the copy's bytes, none where there is none."""
        files = self.files.get(folder, {})
        cache = self.logs if folder.startswith("recordings/") else self.cache
        chains = self._brought(files.get(pem, ()), MAX_CHAIN, cache)
        proven = right_chains(chains, StartIdentity(self.folder.name, start), self.authority)
        if not proven and folder == "journal":
            # Anybody can name a start that never was. Where it was one, the journal after it misses it.
            self.told[f"{folder}/{stem}.jsonl"] = "no chain of this device proves that start: it counts for nothing"
            for name in (pem, *(name for name in files if is_copy(name, stem))):
                self.forget(folder, name)
            return b""
        versions = [version for name in files if is_copy(name, stem) for version in files[name]]
        copies = self._brought([version for version in versions if _has_its_length(version)], MAX_LINES, cache)
        data = b""
        if copies:
            right = right_copy(copies, proven, stated)
            data = right.data
            self._lay(right.kept, f"{folder}/{PurePosixPath(right.kept.version.name).name}")
            self._tell(f"{folder}/{stem}.jsonl", right.foreign + len(versions) - len(copies), right.kept.version)
        if chains:
            chain = chain_of(data, proven)
            kept = chain.kept if chain else chains[0]
            self._lay(kept, f"{folder}/{pem}")
            self._tell(f"{folder}/{pem}", len(files[pem]) - 1, kept.version)
        return data

    def _brought(self, versions: Sequence[Version], most: int, cache: Cache) -> list[Kept]:
        """Those of at most `most` bytes, fetched. Raises the first trouble; OffloadError for more than the agency's disk should take."""
        small = [version for version in versions if version.size <= most]
        if (together := sum(version.size for version in small)) > MAX_TOGETHER:
            what = f"{len(small)} objects as {small[0].name}, {together} bytes together, are more than any camera delivers"
            raise OffloadError(f"{what}, and are not fetched: find out who put them there; other cameras are not touched")
        if len(small) < 2:
            return [cache.get(version, self.fetch) for version in small]
        with ThreadPoolExecutor(FETCHES) as pool:
            return list(pool.map(lambda version: cache.get(version, self.fetch), small))

    def _lay(self, kept: Kept, path: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(kept.path, place)
        self.chosen[path] = kept.version

    def _tell(self, path: str, foreign: int, right: Version) -> None:
        if foreign > 0:
            others = f"{foreign} other versions lie" if foreign > 1 else "another version lies"
            self.told[path] = f"{others} beside the right one, {right}: somebody put there what the device did not make"


def _start(name: str) -> int | None:
    """The start that a journal, an open copy of one or its chain is of."""
    return start_of(name.partition(".")[0].partition("@")[0])


def _has_its_length(version: Version) -> bool:
    """False for an open copy that has not as many bytes as its name says."""
    _, at, rest = PurePosixPath(version.name).name.partition("@")
    return not at or rest == f"{version.size}.jsonl"


def _previous(follower: bytes, start: int) -> list[State]:
    """What the journal after that of `start` states of it; nothing where it tells of another, or is torn."""
    try:
        previous = fields(decode(follower[: follower.find(b"\n") + 1]), "previous")
        return [(integer(previous, "bytes"), digest(previous, "sha256"))] if integer(previous, "start") == start else []
    except IntegrityError:
        return []
