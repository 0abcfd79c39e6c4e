"""`bwc custody`: the agency's side re-reads what arrived, and signs receipts for what is right."""

import signal
import threading
from contextlib import closing
from pathlib import Path

import typer

from bwc_agent.agency.custody import Report, check_all
from bwc_agent.agency.custody_desk import Item, Terms
from bwc_agent.agency.rounds import rounds
from bwc_agent.agency.store import Store
from bwc_agent.agency.trial import read_signer
from bwc_agent.cli.common import (
    JSON,
    PASSPHRASE,
    REVOCATIONS,
    TRUST,
    bar,
    console,
    errors,
    given,
    passphrase,
    print_json,
    recipient,
    size_below,
    span,
)
from bwc_agent.cli.stores import STORE, cache_folder, is_bucket, store_of
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.trusted import read_authority


def custody(
    storage: str = typer.Argument(..., help="What devices deliver to: a folder, s3://BUCKET, or s3://BUCKET/PREFIX of serials."),
    trust: Path = TRUST,
    key: Path = typer.Option(..., "--key", help="The receipt key; its certificate receipt.pem stands beside it."),
    open_key: Path | None = typer.Option(None, "--open", help="A recipient's key: each segment is opened before its receipt is signed."),
    no_open: bool = typer.Option(False, "--no-open", help="The agency's policy is to open nothing; receipts say so."),
    store: Path | None = STORE,
    prefix: str = typer.Option("", "--prefix", help="Only serials that begin so: several processes share a store by it."),
    retention: str | None = typer.Option(None, "--retention", help='Your schedule, as in "180 days": shorter locks are extended to it.'),
    no_lock: bool = typer.Option(False, "--no-lock", help="Sign also for what the store does not lock; receipts say so."),
    again: bool = typer.Option(False, "--again", help="Read again also what a receipt stands for (a folder is always read again)."),
    cache: Path | None = typer.Option(None, "--cache", help="A folder that keeps journals and receipts of s3:// between runs."),
    every: str | None = typer.Option(None, "--every", help='As a service: again so long after each round, as in "5 min".'),
    revocations: Path | None = REVOCATIONS,
    passphrase_file: Path | None = PASSPHRASE,
    as_json: bool = JSON,
) -> None:
    """Re-read, hash, check and open what STORAGE holds, and sign a receipt for each file that is right."""
    _check(open_key, no_open, retention, no_lock)
    pause, schedule = span(every, "--every") if every else None, span(retention, "--retention") * 1_000_000 if retention else None
    word = passphrase(passphrase_file)
    if retention is not None and not is_bucket(storage):
        raise ConfigError(f"--retention asks for locks, and a folder locks nothing: leave it out, or give s3://BUCKET instead of {storage}")
    signer, opener = read_signer(key.with_suffix(".pem"), key, word), recipient(open_key, word) if open_key else None
    end = threading.Event()
    with cache_folder(cache) as folder:

        def once() -> int:
            # Trust, revocations and credentials are read anew: a service outlives them.
            known = given(trust, revocations=revocations).revocations
            terms = Terms(read_authority(trust), signer, opener, known, not no_lock, schedule, again)
            total = None if is_bucket(storage) else size_below(Path(storage))
            report = _round(store_of(storage, store, folder, prefix), terms, total, end)
            _show(report, as_json, only_new=pause is not None)
            return report.exit_status

        if pause is None:
            raise typer.Exit(once())
        signal.signal(signal.SIGTERM, lambda *_: end.set())
        rounds(once, pause, end.wait, lambda why: errors.print(why, soft_wrap=True, markup=False))


def _check(open_key: Path | None, no_open: bool, retention: str | None, no_lock: bool) -> None:
    if (open_key is None) == (not no_open):
        raise ConfigError(
            "say whether each segment is opened before its receipt is signed: --open KEY, or --no-open if your policy waives that"
        )
    if retention is not None and no_lock:
        raise ConfigError("--retention asks for locks and --no-lock waives them: give one of them")


def _round(store: Store, terms: Terms, total: int | None, end: threading.Event) -> Report:
    """One look at everything, broken off between two files once `end` is set."""
    items: list[Item] = []
    with bar("re-reading", total) as report, closing(check_all(store, terms)) as found:
        for item in found:
            items.append(item)
            report(item.checked.state[0])
            if end.is_set():
                break
    return Report(tuple(items))


def _show(report: Report, as_json: bool, only_new: bool) -> None:
    """Each item; of a service's rounds only what is new or wrong."""
    items = [item for item in report.items if not only_new or item.new or item.beside or not item.checked.word.good]
    if as_json:
        rows = [
            {
                "beside": i.beside,
                "file": i.path,
                "new": i.new,
                "receipt": i.receipt,
                "why": i.checked.why,
                "word": i.checked.word.value,
            }
            for i in items
        ]
        print_json({"exit": report.exit_status, "items": rows})
        return
    for item in items:
        about = "; ".join(text for text in (item.checked.why, item.beside) if text)
        console.print(
            f"{item.checked.word.value:14} {item.path}{_receipt(item)}{f' ({about})' if about else ''}", markup=False, soft_wrap=True
        )


def _receipt(item: Item) -> str:
    if item.receipt is not None:
        return ": receipt signed" if item.new else ": receipt stood already"
    # Journals and logs that are right get none of their own.
    return "" if item.checked.word.good else ": no receipt"
