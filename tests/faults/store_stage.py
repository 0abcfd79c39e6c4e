"""Where a docking is played: a real store, a proxy before it for the device and one for the agency, and a device of its own for each story.

with stage(folder) as here:
    with here.story() as story: ...            # a new device; nothing in the store is ever taken away
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bwc_agent.offload.s3 import S3
from bwc_agent.offload.settings import S3Place
from tests.faults.store_custody import custody
from tests.faults.store_judge import Held
from tests.faults.store_story import Sides, StoreStory, worked
from tests.offload.liar import Liar, liar
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

SERIALS = "FAULT-"
"""How the serial of each story's device begins; the credentials `device` are good for all of them."""


@dataclass
class Stage:
    """`device` and `agency` are the proxies before `store`; `place` is how the next device reaches it: through `device`, by default."""

    store: Seaweed
    device: Liar
    agency: Liar
    place: S3Place
    stories: int = 0
    _contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _seen: dict[str, Held] = field(default_factory=dict)

    @contextmanager
    def story(self, large: bool = False) -> Iterator[StoreStory]:
        """A device that has worked, before its first docking. With `large`, one of its files goes in parts."""
        self.stories += 1
        with TemporaryDirectory() as name:
            shift, cache = worked(Path(name) / "vault", f"{SERIALS}{self.stories:04}", large), Path(name) / "cache"
            cache.mkdir()
            agency = self.agency.place("custody")
            sides = Sides(lambda: S3(self.place), lambda: custody(agency, shift, cache), lambda: self.held(shift.serial))
            yield StoreStory(shift, sides)

    def held(self, serial: str) -> Held:
        """Every version of every object of a device, read from the store itself; while it is killed, what was last seen there."""
        if self.store.process is not None:
            self._seen[serial] = self._read(serial)
        return self._seen.get(serial, {})

    def _read(self, serial: str) -> Held:
        client, found = self.store.client("agency"), dict[str, dict[str | None, bytes]]()
        for page in client.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=f"{serial}/"):
            for version in page.get("Versions", []):
                key, which = version["Key"], version["VersionId"]
                if (key, which) not in self._contents:
                    # What a version holds never changes; whether it is there is asked each time.
                    self._contents[key, which] = client.get_object(Bucket=BUCKET, Key=key, VersionId=which)["Body"].read()
                found.setdefault(key.removeprefix(f"{serial}/"), {})[which] = self._contents[key, which]
        return found


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A store with a locked bucket, running, and its two proxies."""
    with seaweed(folder, devices=f"{SERIALS}*") as store, liar(store) as device, liar(store) as agency:
        yield Stage(store, device, agency, device.place())
