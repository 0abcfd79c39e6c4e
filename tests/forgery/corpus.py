"""The public corpus of altered records: made once of the tiny shift, and read back by whoever checks a verifier.

    altered/authority.pem, receipt.pem   what a verifier is given besides the record
            receipts/DIGEST.jsonl        the receipts in the agency's hands
            record/                      an honest card, without its next key
            cases.json                   each case: its class, what it changes, and the verdict

`python -m tests.forgery.corpus` makes it anew; every key and byte is another then, so every file changes.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.given import Given
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.revocations import Revocations, read_revocation, write_revocation
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.evidence.verdict import DeviceVerdict, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from tests.forgery.changes import Change, changed, changes
from tests.forgery.honest import Honest
from tests.forgery.judge import Judge
from tests.forgery.kinds import Case
from tests.forgery.rows import drawn
from tests.forgery.table import KINDS, UNSEEN
from tests.forgery.tiny import tiny
from tests.forgery.trees import Ground, taken, without

FOLDER = Path(__file__).parent.parent / "vectors/evidence/altered"
PRIVATE = ("keys", "inbox")
"""Of the card, what no verifier reads: the next start's key, and mail that was not judged yet."""
_SEED, _EACH, _LARGEST = 4, 3, 4096
_STORY = "Each case is the record with its changes, judged as a device, or as the one recording named; verdict is the gravest finding."


@dataclass(frozen=True, slots=True)
class Vector:
    """One case as it stands in the file."""

    kind: str
    what: str
    judged: str
    receipts: bool
    revocations: tuple[str, ...]
    changes: tuple[Change, ...]
    verdict: str

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Vector":
        """From JSON."""
        lists = {"changes": tuple(fields["changes"]), "revocations": tuple(fields["revocations"])}
        return cls(kind=fields["class"], **{k: v for k, v in fields.items() if k != "class"} | lists)

    def fields(self) -> dict[str, Json]:
        """For JSON."""
        return {
            "changes": list(self.changes),
            "class": self.kind,
            "judged": self.judged,
            "receipts": self.receipts,
            "revocations": list(self.revocations),
            "verdict": self.verdict,
            "what": self.what,
        }


class Corpus:
    """A corpus in `folder`, its record laid out in the new folder `ground`."""

    def __init__(self, folder: Path, ground: Path) -> None:
        self._authority = read_certificate(folder / "authority.pem")
        self._key = read_certificate(folder / "receipt.pem")
        self._receipts = folder / "receipts"
        self._record = taken(folder / "record")
        self._ground = Ground(ground, self._record)

    def verdict(self, vector: Vector) -> Verdict | DeviceVerdict:
        """What `verify` says of the case."""
        held = Revocations(tuple(read_revocation(text.encode(), self._authority) for text in vector.revocations))
        given = Given([self._key], [self._receipts] if vector.receipts else [], held)
        with self._ground.laid(changed(self._record, vector.changes)) as root:
            if vector.judged != "device":
                return verify_recording(root / "recordings" / vector.judged, self._authority, given)
            return verify_device(root, self._authority, given)


def vectors(folder: Path = FOLDER) -> list[Vector]:
    """All cases."""
    return [Vector.read(fields) for fields in json.loads((folder / "cases.json").read_text())["cases"]]


def make(honest: Honest, folder: Path) -> None:
    """Write the corpus of `honest` into the new folder `folder`; refuses a case whose verdict its class does not allow."""
    record = without(honest.vault, *PRIVATE)
    Ground(folder / "record", record)
    Ground(folder / "receipts", honest.receipts)
    (folder / "authority.pem").write_bytes(chain_to_pem([honest.authority]))
    (folder / "receipt.pem").write_bytes(chain_to_pem([honest.keys.receipts.certificate]))
    with TemporaryDirectory() as place:
        corpus = Corpus(folder, Path(place) / "card")
        found = [replace(vector, verdict=corpus.verdict(vector).state.value) for vector in _made(honest)]
    text = ",\n".join(json.dumps(vector.fields(), sort_keys=True) for vector in found)
    (folder / "cases.json").write_text(f'{{"what": {json.dumps(_STORY)},\n"cases": [\n{text}\n]}}\n')


def _made(honest: Honest) -> Iterator[Vector]:
    with TemporaryDirectory() as place:
        judge = Judge(Path(place), honest)
        yield Vector("nothing altered", "the record as the device left it", "device", True, (), (), "")
        for kind in (*KINDS, *(kind for kind, _ in UNSEEN)):
            cases = [case for case in drawn(honest, kind, _SEED, _EACH) if not case.stored]
            made = [_vector(honest, kind.what, case) for case in cases if judge.missed(kind, case) is None]
            # One of each class in any case, and the others where they are small.
            yield from (vector for index, vector in enumerate(made) if not index or len(str(vector.changes)) < _LARGEST)


def _vector(honest: Honest, kind: str, case: Case) -> Vector:
    revocations = case.revocations.held if case.revocations else ()
    signed = tuple(write_revocation(revocation, honest.keys.authority).decode() for revocation in revocations)
    made = changes(without(honest.vault, *PRIVATE), without(case.tree, *PRIVATE))
    return Vector(kind, case.what, case.alone or "device", case.seen, signed, tuple(made), "")


if __name__ == "__main__":
    page = (FOLDER / "README.md").read_bytes()
    shutil.rmtree(FOLDER)
    make(tiny(), FOLDER)
    (FOLDER / "README.md").write_bytes(page)
