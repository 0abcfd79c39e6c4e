"""Every class of alterations, with the verdicts that it may get: written down first, and never taken from the verifier.

`UNSEEN` are the few that leave no trace, each with the reason why it may: what was changed is no evidence, or says the same,
or nobody has ever seen what is gone. A verdict about those must be as if nothing had happened.
"""

from typing import Final

from bwc_agent.evidence.verdict import State
from tests.forgery import beside, changed, exchanged, forms, keyed, revoked, taken_away
from tests.forgery.kinds import Kind, by_lot, kind

_ALTERED, _INCOMPLETE, _BACK, _UNKNOWN = State.ALTERED, State.INCOMPLETE, State.ROLLED_BACK, State.UNKNOWN_SIGNER
_TAIL, _TRUNCATED, _UNPROVEN = State.UNSIGNED_TAIL, State.TRUNCATED, State.END_UNPROVEN

KINDS: Final[tuple[Kind, ...]] = (
    kind("a byte of a journal", changed.each_byte(".jsonl", "journal/"), _ALTERED, _TAIL),
    kind("a byte of a log", changed.each_byte("log.jsonl", "recordings/"), _ALTERED, _TAIL),
    kind("a byte of a start's chain", changed.each_byte(".pem", "journal/"), _ALTERED, _UNKNOWN),
    kind("a byte of signer.pem", changed.each_byte(".pem", "recordings/"), _ALTERED, _UNKNOWN),
    kind("a byte of a receipt", changed.receipt_bytes, _ALTERED, _INCOMPLETE),
    kind("a byte of a sealed file", changed.sealed_bytes, _ALTERED),
    kind("a byte of what a power cut ended", changed.cut_bytes, _ALTERED),
    kind("a byte of a certificate in trust", beside.certificate_bytes(free=False), _ALTERED),
    kind("a byte of a recipient in trust", beside.recipient_bytes, _ALTERED),
    kind("a byte of an open copy of a journal", beside.stored_bytes("journal/"), _ALTERED, _TAIL),
    kind("a byte of a receipt in the mailbox", beside.stored_bytes("mailbox/"), _ALTERED),
    kind("a file cut short", changed.shortened, _ALTERED, _INCOMPLETE),
    kind("bytes behind a file's end", by_lot(changed.lengthened), _ALTERED, _TAIL),
    kind("a line taken away", changed.line_gone, _ALTERED, _TAIL),
    kind("a line twice", changed.line_doubled, _ALTERED, _TAIL),
    kind("two lines exchanged", changed.exchanged_lines(b""), _ALTERED, _TAIL),
    kind("two marks exchanged", changed.exchanged_lines(b'"kind":"mark"'), _ALTERED),
    kind("two signatures exchanged", changed.exchanged_lines(b'"kind":"sig"'), _ALTERED),
    kind("a file taken away", by_lot(taken_away.a_file), _INCOMPLETE, _UNPROVEN, _ALTERED),
    kind("a recording taken away", taken_away.a_recording, _INCOMPLETE),
    kind("a journal taken away", taken_away.a_journal, _INCOMPLETE, _UNPROVEN),
    kind("a start taken away", taken_away.a_start, _INCOMPLETE),
    kind("starts taken away that the agency has seen", taken_away.seen_starts, _BACK),
    kind("the newest journal torn", taken_away.torn_end, _ALTERED, _TAIL, _UNPROVEN),
    kind("segments between recordings", by_lot(exchanged.between_recordings("0001.tink")), _ALTERED),
    kind("notes between recordings", by_lot(exchanged.between_recordings("0001.notes.tink")), _ALTERED),
    kind("segments and notes between recordings", by_lot(exchanged.between_recordings("0001.tink", "0001.notes.tink")), _ALTERED),
    kind("logs between recordings", by_lot(exchanged.between_recordings("log.jsonl")), _ALTERED),
    kind("chains between recordings", by_lot(exchanged.between_recordings("signer.pem")), _ALTERED),
    kind("logs with chains between recordings", by_lot(exchanged.between_recordings("log.jsonl", "signer.pem")), _ALTERED),
    kind("whole recordings under other names", by_lot(exchanged.whole_recordings), _ALTERED),
    kind("segments between devices", by_lot(exchanged.between_devices("0001.tink")), _ALTERED),
    kind("logs between devices", by_lot(exchanged.between_devices("log.jsonl")), _ALTERED),
    kind("chains between devices", by_lot(exchanged.between_devices("signer.pem")), _ALTERED, _UNKNOWN),
    kind("logs with chains between devices", by_lot(exchanged.between_devices("log.jsonl", "signer.pem")), _ALTERED, _BACK, _UNKNOWN),
    kind("journals between starts and devices", by_lot(exchanged.journals), _ALTERED, _UNKNOWN),
    kind("receipts beside other recordings", by_lot(exchanged.receipts), _ALTERED),
    kind("other receipts for what is gone", by_lot(exchanged.old_receipts), _ALTERED, _INCOMPLETE),
    kind("an older log or journal", exchanged.replayed, _ALTERED),
    kind("the whole card set back", exchanged.set_back, _BACK),
    kind("the card of a double", exchanged.doubled, _BACK),
    kind("a recording of a double", exchanged.other_lives, _ALTERED, _BACK),
    kind("two lives of one start merged", exchanged.two_lives, _BACK),
    kind("two lives of one card merged", exchanged.two_chains, _ALTERED, _BACK),
    kind("recordings under another authority", exchanged.foreign_recordings, _UNKNOWN),
    kind("trust in somebody else", beside.foreign_trust, _ALTERED),
    kind("a segment sealed anew by its own key", keyed.resealed, _ALTERED),
    kind("an unsigned tail sealed anew by its own key", keyed.resealed_tail, _TAIL),
    kind("a signature's twin", keyed.twins, _ALTERED),
    kind("the past by a stolen card's key", keyed.stolen_card, _ALTERED),
    kind("receipts by a key that may not", keyed.own_receipts, _INCOMPLETE, _ALTERED),
    kind("recordings by the receipt key", keyed.receipt_key_signs, _ALTERED),
    kind("starts of a revoked device", by_lot(revoked.later_starts), _UNKNOWN),
    kind("a revoked device's other journal", revoked.other_journal, _BACK),
    kind("a revocation by somebody else", revoked.own_revocation, _ALTERED),
    kind("a line in another form", forms.other_json, _ALTERED, _TAIL),
    kind("base64 in another form", forms.other_base64, _ALTERED, _TAIL),
    kind("PEM in another form", by_lot(forms.other_pem), _ALTERED),
    kind("a link, pipe or folder for a file", by_lot(forms.no_plain_file), _ALTERED),
    kind("a link or file for a folder", by_lot(forms.no_plain_folder), _ALTERED, _INCOMPLETE),
    kind("files that no line announces", by_lot(forms.unlisted), _ALTERED),
    kind("names that look like evidence", by_lot(forms.odd_names), _ALTERED),
    kind("two recordings of one number", by_lot(forms.odd_folders), _ALTERED, _INCOMPLETE),
    kind("recordings and journals renamed", by_lot(forms.renamed), _ALTERED, _INCOMPLETE, _UNPROVEN),
    kind("open copies that are none", by_lot(beside.stored_copies), _ALTERED, _BACK),
)

UNSEEN: Final[tuple[tuple[Kind, str], ...]] = (
    (
        kind("the newest start, seen by nobody, taken away", taken_away.unseen_start, State.COMPLETE),
        "what is left is the card as it was; the verdict says that it cannot tell",
    ),
    (
        kind("the newest journal cut behind a signature", taken_away.unseen_end, State.COMPLETE),
        "so does a start look that lost its power then; the verdict says that it cannot tell what came after",
    ),
    (
        kind("the card set back to what the agency saw last", exchanged.set_back_unseen, State.COMPLETE),
        "it is right, and nobody at hand has seen it further",
    ),
    (
        kind("the twin of the newest journal's last signature", keyed.last_twin, State.COMPLETE),
        "it is a right signature over the same bytes, and the next start will state which of both it found",
    ),
    (
        kind("the text of a certificate in trust", beside.certificate_bytes(free=True), State.COMPLETE),
        "the certificate is the same, bit for bit",
    ),
    (
        kind("what is no evidence", by_lot(beside.no_evidence), State.COMPLETE),
        "keys to come, mail not yet judged, half-written files, the custodian's unsigned list, and what only the camera itself reads",
    ),
    (
        kind("a revocation that says nothing of what is here", revoked.what_still_counts, State.COMPLETE),
        "nothing was changed, and all of it counts",
    ),
)
"""Classes without a trace, and why there is none."""
