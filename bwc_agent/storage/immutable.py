"""The immutable flag of a file (FS_IMMUTABLE_FL): while it is set, nobody changes, renames, links or removes the file, not even root.

ext4, XFS, Btrfs and others have it. Setting and clearing it takes CAP_LINUX_IMMUTABLE, and CAP_FOWNER for the files of
another user; of all programs on the device the custodian alone is given them. Reading, and syncing, works as ever. The
flag is no proof and stands in no evidence: it keeps a slip or a break-in without these capabilities from the files.
"""

import errno
import fcntl
import struct
import sys
from typing import Final

from bwc_agent.errors import StorageError

_LONG: Final = struct.calcsize("l")
# The number of an ioctl holds its argument's size; that of these two is a long's, and yet the kernel passes an int (ioctl_iflags(2)).
_GET: Final = 2 << 30 | _LONG << 16 | ord("f") << 8 | 1
_SET: Final = 1 << 30 | _LONG << 16 | ord("f") << 8 | 2
_IMMUTABLE: Final = 0x10
_WITHOUT: Final = (errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class Unprotectable(StorageError):
    """The flag cannot be set here at all: the file system has none, is read-only, or this process may not."""


def is_immutable(descriptor: int) -> bool:
    """True if the open file has the flag; False too where the file system has none. Raises OSError where the card fails."""
    try:
        return bool(_flags(descriptor) & _IMMUTABLE)
    except OSError as error:
        if error.errno in _WITHOUT:
            return False
        raise


def set_immutable(descriptor: int) -> None:
    """The open file has the flag. Raises Unprotectable (a StorageError), OSError where the card fails."""
    try:
        _write(descriptor, _flags(descriptor) | _IMMUTABLE)
    except OSError as error:
        if error.errno in _WITHOUT:
            raise Unprotectable("the file system has no immutable flag: closed files are as safe as their modes") from error
        if error.errno in (errno.EPERM, errno.EACCES):
            mend = "give it CAP_LINUX_IMMUTABLE and CAP_FOWNER, or run it without --immutable"
            raise Unprotectable(f"this process may not set the immutable flag: {mend}") from error
        if error.errno == errno.EROFS:
            raise Unprotectable("mounted read-only, no flag can be set: see the kernel's log") from error
        raise


def clear_immutable(descriptor: int) -> None:
    """The open file may be removed. Raises StorageError if it has the flag and keeps it, OSError where the card fails."""
    if not is_immutable(descriptor):
        return
    try:
        _write(descriptor, _flags(descriptor) & ~_IMMUTABLE)
    except PermissionError as error:
        raise StorageError("it is immutable: give the custodian CAP_LINUX_IMMUTABLE and CAP_FOWNER, or take the flag off") from error


def _flags(descriptor: int) -> int:
    held = bytearray(_LONG)
    fcntl.ioctl(descriptor, _GET, held)
    return int.from_bytes(held[:4], sys.byteorder)


def _write(descriptor: int, flags: int) -> None:
    if flags != _flags(descriptor):
        fcntl.ioctl(descriptor, _SET, flags.to_bytes(4, sys.byteorder) + bytes(_LONG - 4))
