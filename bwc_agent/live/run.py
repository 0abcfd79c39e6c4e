"""One live start from its key to its last line: boot, run until the device goes off or the agent is asked to end, close in order."""

import gc
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bwc_agent.agent import Agent, make_recorder
from bwc_agent.commands import Play
from bwc_agent.control.events import Signal
from bwc_agent.control.indicator import cue
from bwc_agent.control.inputs import Input, Noted, PowerOff, Source, Tick
from bwc_agent.errors import ConfigError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.beside import Beside
from bwc_agent.live.notify import FED, READY, STOPPING, notify, watchdog_period
from bwc_agent.live.process import began_ns
from bwc_agent.live.storage import LiveStorage
from bwc_agent.live.stream import Stream
from bwc_agent.live.watchdog import Watchdog
from bwc_agent.live.world import LiveWorld, Parts
from bwc_agent.media.audio_encoder import silent_sound
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.packets import Packet
from bwc_agent.stated import journal_lines, profile
from bwc_agent.storage.alone import recorder_alone
from bwc_agent.storage.starts import Starts
from bwc_agent.units import TICKS, seconds, ticks_from_ns

LAST_WORDS = seconds(2)
"""So long the officer is told that the start has failed, before all goes dark."""


@dataclass(slots=True)
class Ended:
    """How a start ended: its number, parts that hang, and whether the power is to be cut."""

    start: int
    hang: list[Source]
    device_off: bool


class Live:
    """`build(stream)` makes the parts; `watch(live, item)` sees every input after the core has dealt with it."""

    def __init__(self, settings: Settings, device: Device, build: Callable[[Stream], Parts]) -> None:
        """Opens the vault and takes this start's key. Raises ConfigError, StorageError, IntegrityError."""
        self.settings, self.device = settings, device
        self.vault = Vault(Path(device.vault))
        if not _there(self.vault.keys):
            enrol = f"bwc keys --out KEYS --device {device.vault} --serial {device.serial}"
            raise ConfigError(f"{device.vault} is no vault: enrol the device first, for a trial with {enrol}")
        self.stream = Stream(time.monotonic_ns)
        self._held = ExitStack()
        self._held.enter_context(recorder_alone(self.vault))
        self.world = self._built(build)
        at = self.stream.now()
        self.storage = self._booted(at)
        self.told = profile(settings, ticks_from_ns(began_ns()))
        self.recorder = make_recorder(self.told, AudioTimeline(*silent_sound()), at)
        self._agent = Agent(self.recorder, self.storage, self.world)
        self._beside = Beside(self.vault, device.run, settings.offload.driver != "none", self.stream, self.storage.start.device.start)
        self._watchdog = Watchdog(at, watchdog_period(), lambda: notify(FED))

    def _built(self, build: Callable[[Stream], Parts]) -> LiveWorld:
        try:
            return LiveWorld(build(self.stream), self.stream)
        except BaseException:
            self._held.close()
            raise

    def _booted(self, at: int) -> LiveStorage:
        """This start's key and journal. What keeps a camera from starting is signalled before it is raised."""
        try:
            recipients = trusted_recipients(self.vault.trust)
            starts = Starts(self.vault, self.device.serial, recipients, journal_lines(self.settings, self.device.stated()))
            return LiveStorage(starts, at, self.stream)
        except BaseException:
            self.world.play(Play(at, cue(Signal.FAULT)))
            time.sleep(LAST_WORDS / TICKS)
            self.world.close()
            self._held.close()
            raise

    def ask_to_end(self, why: str) -> None:
        """Close everything in order; from any thread."""
        self.stream.give(PowerOff(self.stream.now(), why))

    def run(self, watch: Callable[[Packet | Input], None] | None = None) -> Ended:
        """Until the end. Raises StorageError where the disk had failed at the end and something is not kept; the power is cut then, too."""
        with self._held, self._asked_by_signals(), self._beside:
            return self._run(watch)

    def _run(self, watch: Callable[[Packet | Input], None] | None) -> Ended:
        gc.collect()
        gc.freeze()  # what the start has loaded stays; looking through it again and again would cost a percent of the encoder
        notify(READY)
        try:
            for item in self._agent.run():
                self._progress(item)
                if watch is not None:
                    watch(item)
            notify(STOPPING)
            self._close_storage()
        except BaseException:
            self._keep()
            self.world.close()
            if self._agent.device_off:  # a card that failed must not keep on a camera that was switched off
                with suppress(ConfigError):
                    cut_power(self.device)
            raise
        return Ended(self.storage.start.device.start, self.world.close(), self._agent.device_off)

    def _progress(self, item: Packet | Input) -> None:
        """Feeds the service manager's watchdog as long as this start gets anywhere; what keeps it from that is journalled once."""
        self._watchdog.saw(item)
        if isinstance(item, Tick):
            self._beside.tick(self.recorder, self.storage.start.device.start)
            before = self._watchdog.hangs
            # Asleep or docked no picture comes, and a new process would open the camera: there it is no hang.
            stuck = self.recorder.status.sources_open and self.world.stuck(Source.CAMERA)
            self._watchdog.tick(item.at, stuck, self.recorder.storage_owes)
            if (hangs := self._watchdog.hangs) is not None and before is None:
                self.stream.give(Noted(item.at, *hangs))

    def _close_storage(self) -> None:
        """Before any part is: one that hangs must not keep the evidence from being signed. Raises StorageError."""
        if self.storage.failure is not None:
            raise StorageError(str(self.storage.failure))
        if self.recorder.storage_failed:
            raise StorageError(f"{self.vault.root} came back too late: what was seen since it failed is not kept; check the card")
        self.storage.close()

    def _keep(self) -> None:
        """What was asked of a disk that works is written, whatever ended the loop: a bug is no reason to lose what was seen."""
        for end in (self.storage.close, self.storage.cut):
            with suppress(StorageError):
                end()

    @contextmanager
    def _asked_by_signals(self) -> Iterator[None]:
        """SIGTERM, SIGINT and a terminal that hangs up end the start in order; a second one does not disturb the end."""

        def asked(number: int, frame: FrameType | None) -> None:
            self.ask_to_end(f"asked to end ({signal.Signals(number).name})")

        before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _there(folder: Path) -> bool:
    """Raises StorageError where this user may not even look."""
    try:
        return folder.is_dir()
    except OSError as error:
        raise StorageError(f"cannot look into {folder.parent}: {error.strerror}; check owner and mode") from error


def cut_power(device: Device) -> None:
    """Run the command that the device's settings name. Raises ConfigError if it cannot be run."""
    if not device.power.off:
        return
    try:
        subprocess.run(device.power.off, check=True, capture_output=True, timeout=60)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(f"the power cannot be cut by {' '.join(device.power.off)}: {error}; mend power.off in device.toml") from error
