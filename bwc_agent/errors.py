"""One error tree, by whose fault it is. Each class has a stable code and exit status; each message says what to do.

| exit | class | fault |
|---|---|---|
| 2 | ConfigError | what a person wrote: TOML, an option, a path |
| 3 | IntegrityError | the evidence, a signature, a key |
| 4 | StorageError | the disk |
| 5 | OffloadError | the destination |
| 6 | hal.HardwareError | a part |

A verdict is not an error: its exit codes are in `evidence.verdict`, from 10 on.
"""

from typing import ClassVar


class BwcError(Exception):
    """The root: anything the agent refuses by name."""

    code: ClassVar[str] = "bwc"
    exit_status: ClassVar[int] = 1


class ConfigError(BwcError):
    """A person's input is wrong; the message names the place and the mend."""

    code = "config"
    exit_status = 2


class IntegrityError(BwcError):
    """Evidence, a signature, a certificate or a key is not what it claims to be."""

    code = "integrity"
    exit_status = 3


class StorageError(BwcError):
    """The vault could not keep what it was given."""

    code = "storage"
    exit_status = 4


class OffloadError(BwcError):
    """The destination refused or lost what it was given; nothing on the device is released."""

    code = "offload"
    exit_status = 5
