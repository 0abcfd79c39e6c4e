"""The real program, made to be killed: `python -m tests.offload.offloader_process N FILE.json`.

It kills itself (SIGKILL) at its Nth change to either disk, half of it written; N below 0: never. Its dice always show nought, so that
it begins at once.
"""

import random
import sys

from bwc_agent import files, offloader
from bwc_agent.offload import folder
from tests.striking import Striking, die


class _Nought:
    def random(self) -> float:
        return 0.0


def main(after: int, file: str) -> int:
    """Returns the program's exit status, if it lives so long."""
    random.SystemRandom = _Nought  # type: ignore[assignment, misc]
    if after >= 0:
        disk = Striking()
        disk.strike(after, die)
        for module in (files, folder):
            module.os = disk  # type: ignore[attr-defined]
    return offloader.main([file])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
