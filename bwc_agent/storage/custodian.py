"""The custodian: the one program on the device that gives up evidence, and only against a signed receipt.

    python -m bwc_agent.storage.custodian --vault V --inbox I --trust T [--immutable] [--watch SECONDS]

It needs no device, no network and no key. Each message in the inbox is answered by one JSON line; a message that is not
right is left where it is. A revocation goes into `trust/`, what is neither it nor a receipt is kept for other programs. Logs,
certificates and receipts are never given up. Safe to kill at any point and to run again.

With `--immutable` closed files get the immutable flag (protect.py). With `--watch` it is a service: it looks every so many
seconds, answers a message again only where its answer may have changed, says trouble once, and ends in order at SIGTERM.

Exit status: 0 all messages are done or wait for their recording to close; 3 some were refused; 4 the card failed; 2 usage.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from bwc_agent.errors import BwcError
from bwc_agent.evidence.layout import Vault
from bwc_agent.storage.alone import custodian_alone
from bwc_agent.storage.flood import Flood
from bwc_agent.storage.inbox import open_inbox
from bwc_agent.storage.messages import Answer, Clerk, failed
from bwc_agent.storage.protect import TROUBLE, Notice, Protector
from bwc_agent.storage.rounds import Rounds
from bwc_agent.storage.trust import Trust, read_trust


class Custodian:
    """One custodian of `vault`, who holds it alone (`custodian_alone`)."""

    def __init__(self, vault: Vault, inbox: Path, protector: Protector | None = None) -> None:
        self._inbox = inbox
        self._vault = vault
        self._protector = protector
        self._rounds, self._flood = Rounds(vault), Flood()

    def once(self, trust: Trust) -> Iterator[Answer | Notice]:
        """Every message is asked, in order of names, then closed files get their flag. Raises StorageError."""
        clerk = Clerk(self._vault, trust)
        yield from self._asked(clerk)
        while self._rounds.more:
            yield from self._asked(clerk)
        yield from self._flagged(clerk)

    def watch(self, trust: Path, pause: Callable[[], bool]) -> Iterator[Answer | Notice]:
        """One pass after the other, until `pause`, which waits, returns False. What is in the way is said once, and tried again."""
        trouble = ""
        while True:
            try:
                clerk = Clerk(self._vault, read_trust(trust))
                yield from self._flood.dammed(self._asked(clerk))
                yield from self._flagged(clerk)
                trouble = ""
            except (BwcError, OSError) as error:
                if str(error) != trouble:
                    trouble = str(error)
                    yield Notice(TROUBLE, "", failed(error) if isinstance(error, OSError) else error)
            if not pause():
                return

    def _asked(self, clerk: Clerk) -> Iterator[Answer]:
        with open_inbox(self._inbox) as box:
            yield from self._rounds.go(box, clerk)

    def _flagged(self, clerk: Clerk) -> Iterator[Notice]:
        if self._protector is not None:
            yield from self._protector.go(clerk.proofs)


def release(vault: Vault, inbox: Path, trust: Trust) -> Iterator[Answer]:
    """Every message in `inbox` is answered, in order of names; files are released only against good receipts.

    Raises StorageError if the vault or the inbox cannot be used, or another custodian is at work.
    """
    with custodian_alone(vault):
        yield from (said for said in Custodian(vault, inbox).once(trust) if isinstance(said, Answer))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; see the module. Returns the exit status."""
    options = _parser().parse_args(arguments)
    vault, ending = Vault(options.vault), threading.Event()
    custodian = Custodian(vault, options.inbox, Protector(vault) if options.immutable else None)
    try:
        trust = read_trust(options.trust)
        with custodian_alone(vault):
            if options.watch is None:
                return max((_say(said) for said in custodian.once(trust)), default=0)
            _end_by_signals(ending)
            for said in custodian.watch(options.trust, lambda: not ending.wait(options.watch)):
                _say(said)
                if ending.is_set():
                    break
    except BwcError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="custodian", description="release space on the device against the agency's receipts")
    for option, text in (
        ("vault", "the device's evidence folder"),
        ("inbox", "messages brought back"),
        ("trust", "the agency's certificates"),
    ):
        parser.add_argument(f"--{option}", type=Path, required=True, metavar="DIR", help=text)
    parser.add_argument("--immutable", action="store_true", help="set the immutable flag on closed files")
    parser.add_argument("--watch", type=_seconds, metavar="SECONDS", help="look again so often, as a service, until SIGTERM")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return seconds


def _say(said: Answer | Notice) -> int:
    sys.stdout.buffer.write(said.line())
    sys.stdout.buffer.flush()
    return said.exit_status


def _end_by_signals(ending: threading.Event) -> None:
    def asked(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)


if __name__ == "__main__":
    sys.exit(main())
