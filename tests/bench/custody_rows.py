"""Custody of a folder over `sha256sum` of the same files: without opening, and with; each the best of five.

Receipts are signed each time: the mailbox is emptied in between. `sha256sum` reads one file after the other, custody several
at once; so the ratio of CPU time stands beside that of wall time.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bwc_agent.agency.custody import custody
from bwc_agent.evidence.recipients import RecipientPrivate
from tests.bench.device import SERIAL, receipts_of
from tests.bench.packets_to_disk import recorded

Cost = tuple[float, float]
"""Seconds of wall time, and of CPU."""


def rows(folder: Path) -> Iterator[tuple[str, str, str]]:
    """A row without a key, and one with."""
    recipient = RecipientPrivate.generate()
    vault, authority = recorded(folder / SERIAL, 300, recipient)
    signer = receipts_of(vault)
    files = [str(path) for path in vault.rglob("*") if path.is_file()]
    theirs = _best(lambda: subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL, check=True))
    for what, key in (("without opening", None), ("with opening", recipient)):

        def work(key: RecipientPrivate | None = key) -> None:
            shutil.rmtree(vault / "mailbox", ignore_errors=True)
            report = custody(vault, authority, signer.key, signer.certificate, key)
            if report.exit_status or not report.items:
                raise SystemExit(f"the benchmark's own recording gets no receipt: {report.wrong}")

        ours = _best(work)
        figure = f"{ours[0] / theirs[0]:.2f} (CPU {ours[1] / theirs[1]:.2f})"
        yield f"custody of a folder, {what}, over sha256sum of the same files", figure, "<= 1.3" if key is None else ""


def _best(work: Callable[[], object]) -> Cost:
    costs = []
    for _ in range(5):
        began, spent = time.perf_counter(), sum(os.times()[:4])
        work()
        costs.append((time.perf_counter() - began, sum(os.times()[:4]) - spent))
    return min(cost[0] for cost in costs), min(cost[1] for cost in costs)
