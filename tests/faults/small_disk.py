"""A disk of a few megabytes or less, to be filled: a tmpfs, where this process may mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """`folder`, made if it is not there, is a file system with room for `size` bytes."""
    folder.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def enlarge(folder: Path, size: int) -> None:
    """Somebody made room."""
    _mount("-o", f"remount,size={size}", str(folder))


@cache
def mountable() -> bool:
    """Whether this process may mount anything."""
    with TemporaryDirectory() as name:
        try:
            with small_disk(Path(name), 4096):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], capture_output=True, check=True)
