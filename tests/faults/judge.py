"""Every question that a card must answer after a cut: does it boot, verify, state, open, deliver; what did it cost?"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bwc_agent.agency.export import Order, export
from bwc_agent.errors import BwcError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.evidence.verify_files import RECEIPTS
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.packets import Track
from bwc_agent.storage.starts import Starts
from tests.e2e.played import numbers
from tests.faults.cuts import Card, begun, replayed
from tests.faults.fates import WORST, Drawn
from tests.faults.film import Film, Projector
from tests.faults.losses import NONE, Loss, loss, missing
from tests.faults.recovery import complaints, recovered
from tests.faults.story import SERIAL, Story, receive
from tests.faults.taped import taped


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one card: its loss, samples missing without a word, and all else that is wrong."""

    card: str
    loss: Loss = NONE
    missing: int = 0
    wrong: tuple[str, ...] = ()


class Judge:
    """Judges the cards of one story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._projector = Projector(story.desk.authority, story.desk.recipient)

    def _films(self, card: Card) -> dict[RecordingName, Film]:
        return {name: self._projector.film(card.vault.recording(name), card.elsewhere(name)) for name in card.vault.names()}

    def _complaints(self, root: Path) -> list[str]:
        return complaints(root, self.story.desk.authority)

    def booted(self, card: Card) -> Judgement:
        """The card in a reader, then after a boot, then after another one."""
        films = self._films(card)
        wrong = self._complaints(card.vault.root)
        with taped(card.vault.root, lambda: None):
            wrong += recovered(card.vault, SERIAL, card.begun)
            wrong += recovered(card.vault, SERIAL, card.begun)
        wrong += self._complaints(card.vault.root)
        return Judgement(str(card), loss(self.story, card.call, films), missing(self.story, films), tuple(wrong))

    def cut_again(self, card: Card, seed: int, root: Path) -> Iterator[Judgement]:
        """The boot on the card, itself cut at each of its calls, and a boot after that."""
        with taped(card.vault.root, lambda: None) as tape:
            list(recovered(card.vault, SERIAL, card.begun))
        for call, disk in replayed(tape, range(len(tape.calls) + 1)):
            for word, fate in (*WORST[:2], ("drawn", Drawn(seed + call))):
                vault = Vault(root)
                disk.materialise(fate, root)
                with taped(root, lambda: None):
                    wrong = list(recovered(vault, SERIAL, card.begun | begun(tape, call)))
                yield Judgement(f"{card}; its boot cut at call {call}, {word}", wrong=(*wrong, *self._complaints(root)))
                shutil.rmtree(root)

    def docked(self, card: Card) -> Judgement:
        """A boot, and two dockings with the agency's receipts between them: all is delivered, and released."""
        desk = replace(self.story.desk, storage=card.storage)
        before, wrong = self._films(card), list[str]()
        try:
            with taped(card.vault.root, lambda: None):
                start = Starts(card.vault, SERIAL, trusted_recipients(card.vault.trust), []).begin(0)
                for _ in range(2):
                    for _ in offload(card.vault, SERIAL, Folder(card.storage), start.device.start):
                        pass
                    wrong = receive(desk, card.vault)
                start.filing.close()
        except BwcError as error:
            wrong.append(str(error))
        wrong += [f"{path.relative_to(card.vault.root)} was not released" for path in card.vault.root.rglob("*.tink")]
        wrong += [*self._complaints(card.vault.root), *self._complaints(card.storage / SERIAL)]
        wrong += [f"{name} is not what it was before" for name, film in self._films(card).items() if film != before[name]]
        return Judgement(str(card), missing=missing(self.story, self._films(card)), wrong=tuple(wrong))

    def exported(self, card: Card, out: Path) -> Judgement:
        """A boot, and every recording of which nothing was released, exported, decoded and counted by the scene's frame numbers."""
        with taped(card.vault.root, lambda: None):
            wrong = list(recovered(card.vault, SERIAL, card.begun))
        lost = 0
        for name, film in self._films(card).items():
            if film.signed[Track.VIDEO] and not (card.vault.recording(name) / RECEIPTS).exists():
                try:
                    lost += self._lost(card, name, film, out)
                except BwcError as error:
                    wrong.append(f"{name} is not exported: {error}")
        return Judgement(str(card), missing=lost, wrong=tuple(wrong))

    def _lost(self, card: Card, name: RecordingName, film: Film, out: Path) -> int:
        """Signed pictures of one recording that are not in its export, one after the other."""
        desk = self.story.desk
        done = export(card.vault.recording(name), desk.authority, desk.recipient, Order("faults", "test"), out)
        seen = [number for number, _ in numbers(done.mp4)]
        for path in (done.mp4, done.srt, done.statement):
            path.unlink()
        first = seen[0] or 0
        return len(set(range(first, first + film.signed[Track.VIDEO])).symmetric_difference(seen))
