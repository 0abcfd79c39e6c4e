"""The dock's two programs, made to be killed: `python -m tests.faults.dock_process N offload|release VAULT SERIAL DOCK`.

`offload` brings the agency's mail and delivers; `release` is the custodian. The process kills itself (SIGKILL) at its Nth change
to either disk, half of it written.
"""

import sys
from pathlib import Path

from bwc_agent import files
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload import folder
from bwc_agent.offload.engine import offload
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.storage import custodian, inbox
from tests.striking import Striking, die


def main(after: str, what: str, root: str, serial: str, dock: str) -> int:
    """Returns the program's exit status, if it lives so long."""
    disk = Striking()
    for module in (files, folder, inbox):
        module.os = disk  # type: ignore[attr-defined]
    disk.strike(int(after), die)
    vault = Vault(Path(root))
    if what == "release":
        return custodian.main(["--vault", root, "--inbox", str(vault.inbox), "--trust", str(vault.trust)])
    destination = folder.Folder(Path(dock))
    bring_mail(vault, serial, destination)
    for _ in offload(vault, serial, destination, None):
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
