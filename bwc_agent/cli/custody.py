"""`bwc custody`: the agency's side re-reads what arrived, and signs receipts for what is right."""

from pathlib import Path

import typer

from bwc_agent.agency.custody import Item, Report, check_all
from bwc_agent.agency.trial import read_signer
from bwc_agent.cli.common import JSON, PASSPHRASE, REVOCATIONS, TRUST, bar, console, given, passphrase, print_json, size_below
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.trusted import read_authority, read_bytes


def custody(
    storage: Path = typer.Argument(..., help="What the docks deliver to."),
    trust: Path = TRUST,
    key: Path = typer.Option(..., "--key", help="The receipt key; its certificate receipt.pem stands beside it."),
    open_key: Path | None = typer.Option(None, "--open", help="A recipient's key: also open each segment."),
    revocations: Path | None = REVOCATIONS,
    passphrase_file: Path | None = PASSPHRASE,
    as_json: bool = JSON,
) -> None:
    """Re-read, hash, check and open what STORAGE holds, and sign a receipt for each file that is right."""
    word = passphrase(passphrase_file)
    signer = read_signer(key.with_suffix(".pem"), key, word)
    opener = RecipientPrivate.load(read_bytes(open_key, "the key"), word) if open_key is not None else None
    items: list[Item] = []
    with bar("re-reading", size_below(storage)) as report:
        known = given(trust, revocations=revocations).revocations
        for item in check_all(storage, read_authority(trust), signer.key, signer.certificate, opener, revocations=known):
            items.append(item)
            found = storage / item.path
            report(found.stat().st_size if found.is_file() else 0)
    done = Report(tuple(items))
    _show(done, as_json)
    raise typer.Exit(done.exit_status)


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        rows = [
            {"file": i.path, "new": i.new, "receipt": i.receipt, "why": i.checked.why, "word": i.checked.word.value} for i in report.items
        ]
        print_json({"exit": report.exit_status, "items": rows})
        return
    for item in report.items:
        receipt = "no receipt" if item.receipt is None else "receipt signed" if item.new else "receipt stood already"
        console.print(f"{item.checked.word.value:14} {item.path}: {receipt}{f' ({item.checked.why})' if item.checked.why else ''}")
