"""Whatever is done to what the agency's storage holds, custody signs only for bytes that the device recorded."""

from pathlib import Path

import pytest

from bwc_agent.agency.custody import custody
from bwc_agent.evidence.lines import sha256_hex
from tests.forgery.honest import Honest
from tests.forgery.kinds import Kind
from tests.forgery.rows import drawn
from tests.forgery.table import KINDS
from tests.forgery.tiny import tiny
from tests.forgery.trees import Ground, without

ASIDE = ("trust", "keys", "inbox", "released.jsonl", "elsewhere")
"""Of a card, what no docking delivers; the storage has the form of the rest, and the agency's mailbox beside it."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    honest = tiny()
    return Ground(tmp_path_factory.mktemp("storage") / honest.serial, without(honest.store, *ASIDE))


def _recorded(honest: Honest) -> set[tuple[str, str]]:
    """Path and digest of each sealed file as the device made it."""
    sealed = {name: entry for name, entry in honest.store.items() if name.endswith(".tink") and isinstance(entry, bytes)}
    return {(name, sha256_hex(entry)) for name, entry in sealed.items()}


def _signed_for(honest: Honest, root: Path) -> set[tuple[str, str]]:
    """Path and digest of each file that custody signs for."""
    keys = honest.keys
    items = custody(root.parent, honest.authority, keys.receipts.key, keys.receipts.certificate, keys.recipient).items
    return {(item.path.removeprefix(f"{honest.serial}/"), item.checked.state[1]) for item in items if item.receipt}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.what))
def test_custody_signs_for_nothing_that_was_altered(ground: Ground, kind: Kind) -> None:
    honest = tiny()
    mailbox = {name: entry for name, entry in honest.store.items() if name.startswith("mailbox/")}
    for case in drawn(honest, kind, 1, 4):
        tree = {**mailbox, **without(case.tree, *ASIDE)}
        with ground.laid(tree) as root:
            assert _signed_for(honest, root) <= _recorded(honest), case.what
        for path in (ground.root / "mailbox").iterdir():
            if f"mailbox/{path.name}" not in mailbox:
                path.unlink()
