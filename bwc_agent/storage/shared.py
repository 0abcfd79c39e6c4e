"""One vault, three users: who owns what, so that the kernel keeps the three powers apart.

    python -m bwc_agent.storage.shared --vault V [--run RUN]        (as root, once after enrolment; RUN at each boot)

| folder | mode, owner:group | recorder | custodian | offloader |
|---|---|---|---|---|
| V | 0750 root:bwc | passes | passes | passes |
| keys | 0700 recorder | writes | | |
| trust, trust/recipients | 2750 root:bwc-custody | reads | reads | |
| trust/revocations | 2750 custodian:bwc-custody | reads | writes | |
| journal | 2755 recorder:bwc-custody | writes | reads | reads |
| recordings | 2775 recorder:bwc-custody | writes | reads, removes, files receipts | reads |
| inbox | 2775 custodian:bwc-offloader | reads | reads, removes | writes |
| released.jsonl | 0644 custodian:bwc-custody | reads | writes | reads |
| RUN | 0750 root:bwc | passes | passes | passes |
| RUN/recorder | 2755 recorder:bwc | writes | reads | reads |
| RUN/offload | 2755 offloader:bwc-offloader | reads | reads | writes |

What is made later is as open as its folder (files.py). Nobody else on the machine passes V, so "others" there are the three.
The offloader is the network's process and taken to be hostile. It can open neither folder that a lock is on (`keys`, `trust`);
it owns no folder but its own in RUN, so it can shut nobody out of the inbox; it can link nothing of others, and nothing into
the inbox where that is a file system of its own, as it should be: a small tmpfs, mounted there with
`size=8m,nr_inodes=4k,mode=2775,uid=bwc-custodian,gid=bwc-offloader,nodev,noexec,nosuid`, so that it cannot fill the card either.
RUN/offload is its own to fill: give it a tmpfs too (`size=64k,nr_inodes=16`), or it can fill the one that the recorder speaks through.
"""

import argparse
import grp
import os
import pwd
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import BwcError, ConfigError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.revocations import FOLDER
from bwc_agent.files import Appender, make_directory

EVERYBODY: Final = "bwc"
"""The group of all three."""
CUSTODY: Final = "bwc-custody"
"""The group of recorder and custodian. The recorder must be in it: only a member may make folders that pass the group on."""
RECORDER: Final = "bwc-recorder"
CUSTODIAN: Final = "bwc-custodian"
OFFLOADER: Final = "bwc-offloader"
"""The offloader's user, and a group of its own."""

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Users:
    """The numbers of the three users and of their groups."""

    recorder: int
    custodian: int
    offloader: int
    everybody: int
    custody: int
    offload: int


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, its permissions, owner and group; None leaves the one who made it."""

    path: Path
    mode: int
    owner: int | None
    group: int


def layout(vault: Vault, users: Users) -> list[Place]:
    """The folders of a vault, each before those within it."""
    return [
        Place(vault.root, 0o750, None, users.everybody),
        Place(vault.keys, 0o700, users.recorder, users.custody),
        Place(vault.trust, 0o2750, None, users.custody),
        Place(vault.trust / "recipients", 0o2750, None, users.custody),
        Place(vault.trust / FOLDER, 0o2750, users.custodian, users.custody),
        Place(vault.journals, 0o2755, users.recorder, users.custody),
        Place(vault.recordings, 0o2775, users.recorder, users.custody),
        Place(vault.inbox, 0o2775, users.custodian, users.offload),
    ]


def run_layout(run: Path, users: Users) -> list[Place]:
    """The folders in which recorder and offloader tell each other how far they are."""
    return [
        Place(run, 0o750, None, users.everybody),
        Place(run / "recorder", 0o2755, users.recorder, users.everybody),
        Place(run / "offload", 0o2755, users.offloader, users.offload),
    ]


def share(vault: Vault, users: Users) -> None:
    """The enrolled vault, and what the caller (root) had made in it, belongs to its three users. Again changes nothing.

    Raises StorageError, also for a link or a second name, which could lead to a file of somebody else.
    """
    _make(layout(vault, users))
    if not vault.released.exists():
        Appender(vault.released).close()
    _give(vault.released, Place(vault.root, 0o755, users.custodian, users.custody))
    for place in layout(vault, users)[1:]:
        _give_content(place)


def share_run(run: Path, users: Users) -> None:
    """The folder `run`, made if it is not there, lets the three tell each other. Raises StorageError."""
    _make(run_layout(run, users))


def _make(places: Sequence[Place]) -> None:
    for place in places:
        if not place.path.is_dir():
            make_directory(place.path)
        _give(place.path, place)


def _give_content(place: Place) -> None:
    """What the caller made below the place is as open as the place, and belongs to whom that belongs; what is the users' is left.

    Walked by descriptors: a user who may write here could put a link to any folder in the place of one that was just looked at.
    """
    for path, folders, files, descriptor in os.fwalk(place.path, onerror=_unlisted, follow_symlinks=False):
        for name in sorted(folders + files):
            if os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_uid == os.geteuid():
                _give(Path(path, name), place, descriptor)


def _unlisted(error: OSError) -> None:
    raise StorageError(f"cannot list {error.filename}: {error.strerror or error}; run this as root") from error


def _give(path: Path, place: Place, below: int | None = None) -> None:
    with _held(path, below) as (descriptor, found):
        if not stat.S_ISDIR(found.st_mode) and (not stat.S_ISREG(found.st_mode) or found.st_nlink != 1):
            raise StorageError(f"{path} is no plain file with one name: it is not given away; find out who put it there")
        mode = place.mode if stat.S_ISDIR(found.st_mode) else 0o600 | place.mode & 0o444
        owner = found.st_uid if place.owner is None else place.owner
        if (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (owner, place.group, mode):
            os.fchown(descriptor, owner, place.group)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)


@contextmanager
def _held(path: Path, below: int | None) -> Iterator[tuple[int, os.stat_result]]:
    """The file or folder, opened without following a link; `below` is the open folder that it is in. Raises StorageError."""
    try:
        descriptor = os.open(path if below is None else path.name, _OPEN, dir_fd=below)
    except OSError as error:
        raise StorageError(f"cannot open {path}: {error.strerror or error}; it must be a file or a folder") from error
    try:
        yield descriptor, os.fstat(descriptor)
    except OSError as error:
        raise StorageError(f"cannot give {path} to its user: {error.strerror or error}; run this as root") from error
    finally:
        os.close(descriptor)


def find_users() -> Users:
    """The three, by their names, each in the groups that it needs and in no other of these. Raises ConfigError with the mend."""
    try:
        recorder, custodian, offloader = (pwd.getpwnam(name) for name in (RECORDER, CUSTODIAN, OFFLOADER))
        everybody, custody, offload = (grp.getgrnam(name).gr_gid for name in (EVERYBODY, CUSTODY, OFFLOADER))
    except KeyError as error:
        raise ConfigError(f"{error.args[0]}: add users {RECORDER}, {CUSTODIAN}, {OFFLOADER} and groups {EVERYBODY}, {CUSTODY}") from error
    wanted = {recorder: {everybody, custody}, custodian: {everybody, custody}, offloader: {everybody, offload}}
    for user, groups in wanted.items():
        held = {everybody, custody, offload} & set(os.getgrouplist(user.pw_name, user.pw_gid))
        if held != groups:
            names = " and ".join(sorted(grp.getgrgid(group).gr_name for group in groups))
            raise ConfigError(f"{user.pw_name} must be in {names}, of the groups of this camera, and in no other: usermod -G")
    return Users(recorder.pw_uid, custodian.pw_uid, offloader.pw_uid, everybody, custody, offload)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; see the module. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="shared", description="give an enrolled vault to recorder, custodian and offloader")
    parser.add_argument("--vault", type=Path, metavar="DIR", help="the device's evidence folder")
    parser.add_argument("--run", type=Path, metavar="DIR", help="where recorder and offloader tell each other how far they are")
    options = parser.parse_args(arguments)
    if options.vault is None and options.run is None:
        parser.error("give --vault, --run or both")
    try:
        users = find_users()
        if options.vault is not None:
            share(_enrolled(Vault(options.vault)), users)
        if options.run is not None:
            share_run(options.run, users)
    except BwcError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _enrolled(vault: Vault) -> Vault:
    if not vault.keys.is_dir():
        raise ConfigError(f"{vault.root} is no vault: enrol the device first")
    return vault


if __name__ == "__main__":
    sys.exit(main())
