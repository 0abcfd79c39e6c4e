"""The agency's desk in a story: custody of one device's prefix at an object store, on the agency's strictest terms."""

from pathlib import Path

from bwc_agent.agency.custody import check_all
from bwc_agent.agency.custody_desk import Terms
from bwc_agent.agency.s3_store import S3Store
from bwc_agent.offload.s3_client import connect
from bwc_agent.offload.settings import S3Place
from tests.offload.shift import Shift


def custody(place: S3Place, shift: Shift, cache: Path) -> list[str]:
    """What got no receipt, and why; what lies beside what is right. Every file is opened, and must be locked. Raises BwcError."""
    store = S3Store(connect(place), place, cache, shift.serial)
    terms = Terms(shift.authority, shift.desk.receipts, shift.desk.recipient)
    items = list(check_all(store, terms))
    wrong = [f"{item.path}: {item.checked.word.value}: {item.checked.why}" for item in items if not item.checked.word.good]
    return wrong + [f"{item.path}: {item.beside}" for item in items if item.beside]
