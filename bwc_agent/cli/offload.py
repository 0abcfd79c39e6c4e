"""`bwc offload`: the offloader at a terminal, with its settings from the camera's folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import typer
from rich.progress import DownloadColumn

from bwc_agent.cli.common import console, errors, steps
from bwc_agent.cli.run import CONFIG
from bwc_agent.evidence.layout import Vault
from bwc_agent.fleet.load import load_folder
from bwc_agent.offload.progress import Progress
from bwc_agent.offloader import around, asked_by_signals, service
from bwc_agent.storage.alone import recorder_alone


def offload(
    config: Path = CONFIG,
    once: bool = typer.Option(False, "--once", help="Deliver what is there now, and end."),
    no_recorder: bool = typer.Option(
        False, "--no-recorder", help="No camera works on this vault (a card in a reader): the newest start is over, too."
    ),
) -> None:
    """Deliver sealed recordings to the agency's storage whenever the camera is idle in the dock, and bring back its mail."""
    settings, device = load_folder(config)
    with ExitStack() as held:
        if no_recorder:
            held.enter_context(recorder_alone(Vault(Path(device.vault))))
        shown = held.enter_context(_shown())
        parts = replace(around(_line), asked=asked_by_signals(), watch=shown)
        made = service(settings, device, parts, recorder=not no_recorder)
        if not once:
            made.serve()
            return
        done = made.once()
    console.print(f"{done.files_done:,} files, {done.bytes_done:,} bytes delivered; all is there", soft_wrap=True)


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """A bar where there is a terminal, a line for each tenth where there is none."""
    with steps("offload", DownloadColumn()) as report:
        yield (lambda progress: report(progress.bytes_done, progress.bytes)) if errors.is_terminal else _Tenths()


class _Tenths:
    """Says a line for each tenth."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, progress: Progress) -> None:
        tenth = 10 * progress.bytes_done // progress.bytes if progress.bytes else 10
        if tenth != self._tenth:
            self._tenth = tenth
            _line(f"{progress.files_done:,} of {progress.files:,} files, {progress.bytes_done:,} of {progress.bytes:,} bytes")


def _line(line: str) -> None:
    errors.print(line, markup=False, soft_wrap=True)
