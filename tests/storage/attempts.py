"""What one user can do to a vault of three: `python -m tests.storage.attempts VAULT RUN` tries all of it and says how it ended.

Printed is one JSON object: each attempt, and `done` or the kernel's refusal. What can be done is done.
"""

import errno
import fcntl
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

FLAGS = os.O_RDONLY | os.O_NONBLOCK


def attempts(vault: Path, run: Path) -> dict[str, Callable[[], object]]:
    """By name; those that take something away come last."""
    recording = vault / "recordings/000000-0001"
    segment, message = recording / "0001.tink", vault / "inbox/message"
    return {
        "read key": lambda: (vault / "keys/000001.pem").read_bytes(),
        "list keys": lambda: os.listdir(vault / "keys"),
        "put key": lambda: (vault / "keys/000009.pem").write_bytes(b"x"),
        "lock recorder out": lambda: lock(vault / "keys"),
        "read trust": lambda: (vault / "trust/authority.pem").read_bytes(),
        "lock custodian out": lambda: lock(vault / "trust"),
        "change trust": lambda: (vault / "trust/authority.pem").write_bytes(b"x"),
        "exchange trust": lambda: (vault / "trust").rename(vault / "old"),
        "put recipient": lambda: (vault / "trust/recipients/x.jsonl").write_bytes(b"x"),
        "put revocation": lambda: (vault / "trust/revocations/x.jsonl").write_bytes(b"x"),
        "put into vault": lambda: (vault / "x").mkdir(),
        "read journal": lambda: (vault / "journal/000000.jsonl").read_bytes(),
        "add to journal": lambda: append(vault / "journal/000000.jsonl"),
        "put journal": lambda: (vault / "journal/000009.jsonl").write_bytes(b"x"),
        "read log": lambda: (recording / "log.jsonl").read_bytes(),
        "add to log": lambda: append(recording / "log.jsonl"),
        "read segment": lambda: segment.read_bytes(),
        "lease segment": lambda: lease(segment),
        "change segment": lambda: append(segment),
        "open segment to all": lambda: segment.chmod(0o777),
        "link segment into inbox": lambda: (vault / "inbox/link").hardlink_to(segment),
        "put into recording": lambda: (recording / ".log.jsonl.tmp").write_bytes(b"x"),
        "file receipt": lambda: (recording / "receipts").mkdir(),
        "read released": lambda: (vault / "released.jsonl").read_bytes(),
        "add to released": lambda: append(vault / "released.jsonl"),
        "put message": lambda: (vault / "inbox/another").write_bytes(b"x"),
        "read message": lambda: message.read_bytes(),
        "change message": lambda: append(message),
        "hear recorder": lambda: (run / "recorder/told.json").read_bytes(),
        "speak for recorder": lambda: (run / "recorder/told.json").write_bytes(b"x"),
        "hear offloader": lambda: (run / "offload/told.json").read_bytes(),
        "speak for offloader": lambda: (run / "offload/told.json").write_bytes(b"x"),
        "exchange run folder": lambda: (run / "offload").rename(run / "other"),
        "end the others": lambda: os.kill(os.getppid(), 0),
        "read the others' memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
        "remove message": message.unlink,
        "remove segment": segment.unlink,
        "remove journal": (vault / "journal/000000.pem").unlink,
        "remove recording": lambda: recording.rename(vault / "inbox/taken"),
        "shut inbox": lambda: (vault / "inbox").chmod(0),
    }


def lock(folder: Path) -> None:
    """Held until this process ends."""
    fcntl.flock(os.open(folder, FLAGS), fcntl.LOCK_EX | fcntl.LOCK_NB)


def lease(path: Path) -> None:
    """Whoever opens the file then waits until it is given back."""
    with path.open("rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)


def append(path: Path) -> None:
    """One byte more."""
    os.write(os.open(path, os.O_WRONLY | os.O_APPEND), b"x")


def tried(attempt: Callable[[], object]) -> str:
    """`done`, or the name of the error."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


if __name__ == "__main__":
    places = Path(sys.argv[1]), Path(sys.argv[2])
    print(json.dumps({name: tried(attempt) for name, attempt in attempts(*places).items()}))
