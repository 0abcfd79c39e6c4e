"""Giving a finished file its name without replacing what has it, on every file system that a dock's disk may carry.

Linux has one call for it that works on ext4, exFAT, FAT and SMB, which know no hard links; where it is missing (NFS,
other systems) a hard link does the same in two steps.
"""

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_NO_REPLACE: Final = 1
_ABSENT: Final = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def rename_new(old: Path, new: Path) -> None:
    """`old` is now called `new`, and `new` was free. Raises FileExistsError if it was taken, else OSError."""
    if not _renameat2(old, new):
        os.link(old, new, follow_symlinks=False)
        os.unlink(old)


def _renameat2(old: Path, new: Path) -> bool:
    """True if the kernel renamed; False if it cannot do so without replacing (renameat2(2))."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _NO_REPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _ABSENT:
        return False
    raise OSError(number, os.strerror(number), os.fspath(old), None, os.fspath(new))
