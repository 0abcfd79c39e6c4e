"""Is this the vault that the settings mean? Asked before anything is sent, since what a store locks nobody takes back for years.

A path that leads nowhere, as of a card that is not mounted, must not be told as "all is there"; and another camera's card, put
into a reader with the first one's settings, must not go below the first one's serial.
"""

import os
from typing import Final

from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import decode
from bwc_agent.evidence.plain import open_plain
from bwc_agent.offload.plan import latest_start

_FIRST: Final = 4096
"""Bytes of a journal in which its first line is looked for."""


def check_vault(vault: Vault, serial: str) -> None:
    """Raises StorageError where there is no vault, ConfigError where its newest journal is of another camera than `serial`.

    What that journal says is believed, not verified: it is a guard against mistakes, and custody checks the signatures.
    """
    if not os.path.isdir(vault.journals):
        raise StorageError(f"{vault.root} is no vault: mount the card, mend vault in device.toml, or let this user in")
    start = latest_start(vault)
    found = None if start is None else _serial(vault, start)
    if found is not None and found != serial:
        raise ConfigError(f"{vault.root} is of the camera {found!r}, and device.toml says serial = {serial!r}: give that camera's folder")


def _serial(vault: Vault, start: int) -> str | None:
    """The serial in a journal's first line; None where none can be read, which keeps no evidence from being sent."""
    try:
        with open(open_plain(vault.journal(start)), "rb") as file:
            said = decode(file.readline(_FIRST)).get("device")
    except (OSError, IntegrityError):
        return None
    return said if isinstance(said, str) else None
