"""An offloader of arbitrary code at the store: what the device's own credentials let it do there to lose, release or block something.

What it put under names that the device needs stays in the way until the agency deletes it by name, as the messages say;
its versions are locked like any other, and stay.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC as ZONE
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from bwc_agent.evidence.receipts import MAX_RECEIPT, receipt_file
from bwc_agent.offload.mailbox import INBOX_BYTES
from bwc_agent.offload.s3_client import connect
from tests.faults.hostile_inbox import DEEDS, Post
from tests.faults.store_faults import During, Fault
from tests.faults.store_judge import evidence
from tests.faults.store_stage import Stage
from tests.faults.store_story import StoreStory
from tests.offload.seaweed import BUCKET
from tests.offload.shift import tree

MANY = 300
STUFFED = INBOX_BYTES // MAX_RECEIPT + 20


@dataclass(frozen=True)
class Hand:
    """The device's credentials, straight at the store."""

    client: Any
    story: StoreStory

    @property
    def prefix(self) -> str:
        return f"{self.story.shift.serial}/"

    def put(self, path: str, data: bytes) -> None:
        """A new object, or a newer version of one."""
        self.client.put_object(Bucket=BUCKET, Key=self.prefix + path, Body=data)

    def versions(self) -> Iterator[dict[str, str]]:
        """As the agency sees them: what the device may not list, an enemy may guess."""
        for path, versions in self.story.sides.held().items():
            yield from ({"Key": self.prefix + path, "VersionId": str(version)} for version in versions)


Deed: TypeAlias = Callable[[Hand], None]


def squat(hand: Hand) -> None:
    """Other bytes of the same length under the name of every sealed file."""
    for path in hand.story.left:
        hand.put(path, bytes(len(evidence(hand.story.shift)[path])))


def overwrite(hand: Hand) -> None:
    """A newer version of everything."""
    for path, data in evidence(hand.story.shift).items():
        hand.put(path, data[:-1] + b"x")


def delete(hand: Hand) -> None:
    """Everything the device's, and its mail, by name and by version."""
    for version in list(hand.versions()):
        hand.client.delete_object(Bucket=BUCKET, Key=version["Key"])
        with suppress(ClientError):
            hand.client.delete_object(Bucket=BUCKET, **version)
        with suppress(ClientError):
            hand.client.delete_object(Bucket=BUCKET, **version, BypassGovernanceRetention=True)


def unlock(hand: Hand) -> None:
    """Locks ended, legal holds taken off, the bucket's rule taken away."""
    over = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(ZONE)}
    for version in list(hand.versions()):
        with suppress(ClientError):
            hand.client.put_object_retention(Bucket=BUCKET, **version, Retention=over, BypassGovernanceRetention=True)
        with suppress(ClientError):
            hand.client.put_object_legal_hold(Bucket=BUCKET, **version, LegalHold={"Status": "OFF"})
    with suppress(ClientError):
        hand.client.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    with suppress(ClientError):
        hand.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    delete(hand)


def lock_shortly(hand: Hand) -> None:
    """The right bytes, under a lock of its own that soon runs out: put, in parts, and copied."""
    soon = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": datetime.now(ZONE) + timedelta(seconds=5)}
    for path in hand.story.left:
        name, data = {"Bucket": BUCKET, "Key": hand.prefix + path}, evidence(hand.story.shift)[path]
        with suppress(ClientError):
            hand.client.put_object(**name, Body=data, **soon)
        with suppress(ClientError):
            hand.client.create_multipart_upload(**name, **soon)
        hand.put("other", data)
        with suppress(ClientError):
            hand.client.copy_object(**name, CopySource={"Bucket": BUCKET, "Key": f"{hand.prefix}other"}, **soon)


def false_journals(hand: Hand) -> None:
    """Journals, logs and chains of starts and recordings that never were, and copies that claim to be longer."""
    card = evidence(hand.story.shift)
    for path in ("journal/000009.jsonl", "journal/000009.pem", "journal/000000@99.jsonl", "journal/x.jsonl"):
        hand.put(path, b"{}\n")
    hand.put("journal/000005.jsonl", card["journal/000001.jsonl"])
    hand.put("journal/000005.pem", card["journal/000001.pem"])
    for path in ("log.jsonl", "log@7.jsonl", "signer.pem", "0001.tink", "0009.tink", "x"):
        hand.put(f"recordings/000009-0001/{path}", b"garbage")
        hand.put(f"recordings/000000-0001/{path}", b"garbage")


def false_mail(hand: Hand) -> None:
    """Forged receipts and rubbish in its own mailbox, and over the agency's own mail."""
    shift = hand.story.shift
    with TemporaryDirectory() as name:
        post = Post(shift, {}, Path(name))
        for deed in ("receipts by a foreign key", "garbage"):
            DEEDS[deed](post)
        for file, data in tree(post.inbox).items():
            hand.put(f"mailbox/{file}", data)
    for path in [path for path in hand.story.sides.held() if path.startswith("mailbox/")]:
        hand.put(path, b"over it")
    hand.put("mailbox/readme", b"no message")
    hand.put("reports/000009-0001.json", b"\xff" * 100_000)


def uploads(hand: Hand) -> None:
    """Uploads in parts that never end, with a part of other bytes, for everything."""
    for path in evidence(hand.story.shift):
        name = {"Bucket": BUCKET, "Key": hand.prefix + path}
        upload = hand.client.create_multipart_upload(**name)["UploadId"]
        hand.client.upload_part(**name, UploadId=upload, PartNumber=1, Body=b"other bytes")


def rubbish(hand: Hand) -> None:
    """Many objects of any name."""
    for number in range(MANY):
        hand.put(f"{('recordings', 'journal', 'mailbox', 'reports', 'other')[number % 5]}/{number:064x}.jsonl", b"")


def stuff(hand: Hand) -> None:
    """More mail than an inbox holds, all of it well named: nothing but a judge of its content can tell it from the agency's."""
    for number in range(STUFFED):
        data = number.to_bytes(4, "big") * (MAX_RECEIPT // 4)
        hand.put(f"mailbox/{receipt_file(data)}", data)


def _done(deed: Deed, *before: str, taken: bool = False) -> During:
    """The deed, after the honest steps `before`; with `taken` the agency makes the names free again afterwards."""

    @contextmanager
    def during(here: Stage, story: StoreStory, _random: Random) -> Iterator[None]:
        for step in before:
            story.step({"delivered": story.deliver, "in custody": story.sides.custody}[step])
        deed(Hand(connect(here.store.place("device")), story))
        yield
        if taken:
            _move_away(here.store.client("agency"), story)

    return during


def _in_the_inbox(deed: Callable[[Post], None]) -> During:
    """Instead of carrying the agency's mail, the offloader puts other things into the inbox; a restart empties it."""

    @contextmanager
    def during(_here: Stage, story: StoreStory, _random: Random) -> Iterator[None]:
        story.step(story.deliver)
        story.step(story.sides.custody)
        inbox, held = story.shift.vault.inbox, story.sides.held()
        mail = {Path(path).name: next(iter(versions.values())) for path, versions in held.items() if path.startswith("mailbox/")}
        deed(Post(story.shift, mail, inbox))
        story.step(story.release)
        yield
        shutil.rmtree(inbox)
        inbox.mkdir()

    return during


def _move_away(agency: Any, story: StoreStory) -> None:
    """A deletion by name, which leaves every version where it is."""
    for path in evidence(story.shift):
        agency.delete_object(Bucket=BUCKET, Key=f"{story.shift.serial}/{path}")


_DEEDS: dict[str, Deed] = {
    "everything put anew": overwrite,
    "everything deleted": delete,
    "locks taken off": unlock,
    "locks of its own": lock_shortly,
    "false journals and logs": false_journals,
    "false mail": false_mail,
    "unfinished uploads": uploads,
    "rubbish": rubbish,
}
_MOMENTS: dict[str, tuple[str, ...]] = {
    "before all": (),
    "once delivered": ("delivered",),
    "once in custody": ("delivered", "in custody"),
}
_TAKEN = "find out why, then move it away"
HOSTILE: tuple[Fault, ...] = (
    Fault("hostile: every name taken before the device", _TAKEN, _done(overwrite, taken=True)),
    Fault("hostile: names taken by false logs", _TAKEN, _done(false_journals, taken=True)),
    Fault("hostile: sealed names taken, lengths right", "altered", _done(squat, taken=True)),
    *(
        Fault(f"hostile: {what}, {when}", "", _done(deed, *before))
        for what, deed in _DEEDS.items()
        for when, before in _MOMENTS.items()
        if before or deed not in (overwrite, false_journals)
    ),
    Fault("hostile: more mail than an inbox holds", "", _done(stuff)),
    *(Fault(f"hostile, in the inbox: {what}", "", _in_the_inbox(each)) for what, each in DEEDS.items()),
)
