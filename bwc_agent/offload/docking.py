"""One stay in the dock: mail, delivery, mail, and a report that says what came of it; as often as it takes."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.destination import Destination, ObjectError
from bwc_agent.offload.engine import offload
from bwc_agent.offload.mailbox import Mail, bring_mail
from bwc_agent.offload.parallel import Job
from bwc_agent.offload.plan import Order, latest_start
from bwc_agent.offload.progress import Progress
from bwc_agent.offload.report import Account, put_report, report
from bwc_agent.offload.right_vault import check_vault
from bwc_agent.offload.single import single

_SAID: Final = 5
"""Refused messages that are named at each look; the rest are counted."""
_REMEMBERED: Final = 50_000
"""Messages that are not looked at again; who has more of them there is an enemy, and may have some read twice."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is delivered, and how.

    `recorder`: one may work on the vault, so the newest start is taken to be running, whatever anybody says; False only for a card
    in a reader. `software` is this program's version, for the report.
    """

    vault: Vault
    serial: str
    recorder: bool = True
    order: Order = "oldest"
    workers: int = 1
    software: str = "unknown"

    @property
    def running(self) -> int | None:
        """The first start that may still write; in an empty vault that is the very first."""
        return (latest_start(self.vault) or 0) if self.recorder else None


class Docking:
    """`clock` gives microseconds since 1970, a claim; `say` takes lines for whoever watches."""

    def __init__(self, work: Work, clock: Callable[[], int], say: Callable[[str], None]) -> None:
        self._work, self._clock, self._say = work, clock, say
        self.progress = Progress(0, 0)
        self.moved = 0
        """Objects that came to be there whole in the last pass; copies of files that still grow do not count."""
        self._account = Account()
        self._refused: set[str] = set()
        self._brought: dict[str, None] = {}
        self.more = False
        """The last look left messages that another would take."""
        self._told: set[str] | None = None
        self._tried = False

    def deliver(self, destination: Destination) -> Job[Progress]:
        """One pass, step by step; stop at any. Raises the first of its errors once all that can be done is done.

        At once, with nothing sent: StorageError where there is no vault, ConfigError where it is another camera's.
        ObjectError and StorageError: the rest is delivered. OffloadError otherwise: the destination failed, or another offloader works.
        """
        check_vault(self._work.vault, self._work.serial)
        with single(self._work.vault):
            yield from self._delivered(destination)

    def look(self, destination: Destination) -> None:
        """Bring what is new in the mailbox. Raises OffloadError, StorageError."""
        with single(self._work.vault):
            self._look(destination)

    def _delivered(self, destination: Destination) -> Job[Progress]:
        try:
            yield from self._passed(destination)
        except (OffloadError, StorageError) as error:
            self._account.errors[str(error)] = None
            if isinstance(error, ObjectError | StorageError):
                self._report_news(destination)
            elif not self._tried:
                # Most likely it takes no report either; that it does not must not be told for each try of a long night.
                self._tried = True
                with suppress(OffloadError):
                    self._report(destination)
            raise
        self._report_news(destination)

    def _look(self, destination: Destination) -> None:
        work = self._work
        mail = bring_mail(work.vault, work.serial, destination, self._refused, self._brought)
        self._remember(mail)
        self.more = mail.left > 0 and not mail.full
        self._account.carried(mail)
        self._say_mail(mail)

    def _remember(self, mail: Mail) -> None:
        """What was refused is not read again, and what was brought before comes after what never was."""
        for known in (self._refused, self._brought):
            if len(known) > _REMEMBERED:
                known.clear()
        self._refused |= {name for name, _ in mail.refused}
        for name in mail.brought:
            self._brought.pop(name, None)
            self._brought[name] = None

    def _passed(self, destination: Destination) -> Job[Progress]:
        work, failed = self._work, list[OffloadError | StorageError]()
        self.moved, self.progress = 0, Progress(0, 0)
        self._look_or_note(destination, failed)
        try:
            with closing(offload(work.vault, work.serial, destination, work.running, order=work.order, workers=work.workers)) as steps:
                for progress in steps:
                    self._count(progress)
                    yield progress
        except (ObjectError, StorageError) as error:
            failed.append(error)
        if not failed:
            self._look_or_note(destination, failed)
        if failed:
            raise failed[0]

    def _look_or_note(self, destination: Destination, failed: list[OffloadError | StorageError]) -> None:
        """Neither a mailbox that may not be listed nor an inbox that cannot be written keeps evidence from going."""
        try:
            self._look(destination)
        except (OffloadError, StorageError) as error:
            failed.append(error)

    def _count(self, progress: Progress) -> None:
        before, self.progress = self.progress, progress
        self._account.bytes += progress.bytes_whole - before.bytes_whole
        if progress.files_done > before.files_done and progress.name is not None:
            self._account.delivered(progress.name)
            self.moved += "@" not in progress.name

    def _report_news(self, destination: Destination) -> None:
        """A report, where something arrived whole since the last one, or the errors are others, or it is the first and anything arrived."""
        if (self._account.files and (self.moved or self._told is None)) or set(self._account.errors) - (self._told or set()):
            self._report(destination)

    def _report(self, destination: Destination) -> None:
        start, account = latest_start(self._work.vault) or 0, self._account
        put_report(
            destination,
            self._work.serial,
            start,
            report(self._work.serial, start, account, self.progress, self._clock(), self._work.software),
        )
        self._told, self._account = set(account.errors), Account()

    def _say_mail(self, mail: Mail) -> None:
        if mail.brought:
            self._say(f"mail: {len(mail.brought)} brought into {self._work.vault.inbox}")
        for name, why in mail.refused[:_SAID]:
            self._say(f"mail: {name[:80]!r} refused: {why}")
        if len(mail.refused) > _SAID:
            self._say(f"mail: {len(mail.refused) - _SAID} more refused")
        if mail.full:
            self._say(f"mail: {self._work.vault.inbox} is full; {mail.left} more wait until the custodian has worked")
        elif mail.left:
            self._say(f"mail: {mail.left} more wait for the next look")
