"""Recorder, custodian and offloader as users of this machine, which only root can play; others skip with the reason."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import pytest

from bwc_agent.evidence.plain import opened
from bwc_agent.storage.immutable import clear_immutable
from bwc_agent.storage.shared import Users

ROOT: Final = Path(__file__).parents[1]
USERS: Final = Users(recorder=61801, custodian=61802, offloader=61803, everybody=61810, custody=61811, offload=61813)
CAPABILITIES: Final = "+linux_immutable,+fowner"
"""What the custodian's service gives it to set the flag, and nothing more."""


@dataclass(frozen=True, slots=True)
class User:
    """Its number, its first group, its others."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


RECORDER: Final = User(USERS.recorder, USERS.everybody, (USERS.custody,))
CUSTODIAN: Final = User(USERS.custodian, USERS.everybody, (USERS.custody,))
OFFLOADER: Final = User(USERS.offloader, USERS.offload, (USERS.everybody,))
STRANGER: Final = User(61899, 61899)


def started(user: User, words: Sequence[str], python: str | None = None, flags: bool = False, **options: Any) -> "subprocess.Popen[str]":
    """Python with `words` as that user; with `flags` it may set the immutable flag."""
    command = [python or _python() or sys.executable, *words]
    path = os.pathsep.join([str(ROOT), *(place for place in sys.path if place.endswith("site-packages"))])
    told: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}}
    told |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    if not flags:
        return subprocess.Popen(command, user=user.uid, group=user.gid, extra_groups=user.groups, umask=0o077, **told)
    groups = ",".join(map(str, user.groups))
    who = [f"--reuid={user.uid}", f"--regid={user.gid}", f"--groups={groups}"]
    return subprocess.Popen(["setpriv", *who, f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}", *command], **told)


def ran(user: User, *words: object, flags: bool = False) -> "subprocess.CompletedProcess[str]":
    """The same, to its end."""
    with started(user, [str(word) for word in words], flags=flags) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@cache
def _python() -> str | None:
    """An interpreter of this version that another user can run with this checkout: the one of a root's own home is closed to it."""
    for path in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            with started(STRANGER, ["-c", "import bwc_agent.storage.custodian"], python=path) as process:
                process.communicate(timeout=30)
            if process.returncode == 0:
                return path
        except OSError:
            continue
    return None


def cannot() -> str:
    """Why these tests cannot run here; empty where they can."""
    if os.geteuid() != 0:
        return "only root can be three users"
    return "" if _python() else "other users can read neither this checkout nor its Python"


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass; gone at the end, with all that became immutable in it. Skips where nobody can be another user."""
    if why := cannot():
        pytest.skip(why)
    folder = Path(mkdtemp(prefix="bwc-users-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """The folder is gone, flags or not."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with opened(path) as descriptor:
                clear_immutable(descriptor)
    shutil.rmtree(folder)
