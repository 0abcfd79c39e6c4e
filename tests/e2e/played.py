"""A scenario played once for all tests that look at it, and what its export decodes to."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
import numpy as np
import numpy.typing as npt
from cryptography.x509 import Certificate

from bwc_agent.agency.export import Exported, Order, export
from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.trusted import read_certificate
from simulator.camera import SceneCamera
from simulator.reading import frame_number
from simulator.run import Played, Simulation
from simulator.scenario import Scenario, load_scenario, shipped
from simulator.world import SimulatedWorld

WORD = b"for the test only"
SERIAL = "SIM-0001"


@dataclass
class Shift:
    """A played scenario: its folders, its agency, each start's world, and what each that ended by itself did."""

    root: Path
    vault: Vault
    agency: TrialAgency
    worlds: list[SimulatedWorld] = field(default_factory=list)
    starts: list[Played] = field(default_factory=list)
    exports: dict[tuple[int, int], Exported] = field(default_factory=dict)

    @property
    def taken(self) -> list[list[tuple[int, int]]]:
        """For each start the camera's own list of pictures: number, capture time (ns)."""
        cameras = [world.camera for world in self.worlds]
        return [camera.taken if isinstance(camera, SceneCamera) else [] for camera in cameras]

    @property
    def authority(self) -> Certificate:
        return read_certificate(self.agency.authority)

    @property
    def recipient(self) -> RecipientPrivate:
        return RecipientPrivate.load(self.agency.recipient_key().read_bytes(), WORD)

    def folder(self, start: int = 0, number: int = 1) -> Path:
        return self.vault.recording(RecordingName(start, number))

    def storage_segment(self) -> Path:
        return self.root / "storage" / SERIAL / "recordings" / "000000-0001" / "0001.tink"

    def exported(self, start: int = 0, number: int = 1) -> Exported:
        key = (start, number)
        if key in self.exports:
            return self.exports[key]
        out = self.root / f"export-{start}-{number}"
        out.mkdir()
        self.exports[key] = self._export(start, number, out)
        return self.exports[key]

    def _export(self, start: int, number: int, out: Path) -> Exported:
        return export(self.folder(start, number), self.authority, self.recipient, Order("tester", "test"), out)


def play(scenario: Scenario, root: Path, clip: Path | None = None, at: Callable[[int], None] | None = None) -> Shift:
    """Play `scenario` in the new folder `root`; `at` is told the time (ticks of the scenario) with each item."""
    shift = enrolled(root)
    go_on(shift, scenario, clip, at)
    return shift


def enrolled(root: Path) -> Shift:
    """A device that has not started yet, and its agency, in the new folder `root`."""
    now = datetime.datetime.now(datetime.UTC)
    agency, vault = make_agency(root / "keys", WORD, now), Vault(root / "device")
    enrol_device(agency, WORD, vault, SERIAL, now)
    (root / "storage").mkdir()
    return Shift(root, vault, agency)


def go_on(shift: Shift, scenario: Scenario, clip: Path | None = None, at: Callable[[int], None] | None = None) -> None:
    """Play `scenario` on the device, after all that it has done before. Raises what the simulation raises."""

    def watch(now: int, world: SimulatedWorld, _item: object) -> None:
        if at is not None:
            at(now)
        if not shift.worlds or shift.worlds[-1] is not world:
            shift.worlds.append(world)

    shift.starts.extend(Simulation(scenario, shift.vault, SERIAL, shift.root / "storage", clip).play(watch))


@cache
def shipped_shift(name: str) -> Shift:
    """A shipped scenario, played once a test run."""
    return play(load_scenario(shipped(name)), Path(mkdtemp(prefix=f"bwc-{name}-")))


def numbers(mp4: Path) -> list[tuple[int | None, float]]:
    """(frame number, seconds) of every decoded picture."""
    with av.open(str(mp4)) as container:
        return [(frame_number(np.asarray(f.to_ndarray(format="gray"), np.uint8)), float(f.time or 0.0)) for f in container.decode(video=0)]


def sound(mp4: Path) -> tuple[npt.NDArray[np.float32], float]:
    """All decoded samples, and the seconds of the first."""
    with av.open(str(mp4)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([np.asarray(f.to_ndarray(), np.float32).reshape(-1) for f in frames]), float(frames[0].time or 0.0)
