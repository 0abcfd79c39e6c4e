"""`bwc run`: the camera itself, on the parts that its configuration names."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import typer

from bwc_agent.cli.common import console, errors
from bwc_agent.cli.live_view import View
from bwc_agent.cli.panel import Panel
from bwc_agent.control.inputs import Input
from bwc_agent.files import write_new
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.load import load_folder
from bwc_agent.fleet.resolved import dump
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Ended, Live, cut_power
from bwc_agent.packets import Packet
from hal.buttons.keyboard import KEYS

CONFIG = typer.Option(Path("/etc/bwc"), "--config", help="The folder of agency.toml and device.toml.")


def run(
    config: Path = CONFIG,
    resolve: Path | None = typer.Option(None, "--resolve", help="Only write the settings in force, for python -m bwc_agent FILE."),
) -> None:
    """Run the camera until it is switched off (SIGTERM, Ctrl-C or q at the keyboard: an orderly end)."""
    settings, device = load_folder(config)
    if resolve is not None:
        write_new(resolve, dump(settings, device))
        console.print(f"{resolve}: written; run it with python -m bwc_agent {resolve}", soft_wrap=True)
        return
    ended = started(settings, device)
    with suppress(OSError):  # the terminal may have hung up: that was why it ended
        console.print(f"start {ended.start:06d}: closed in order; what it recorded is in {device.vault}", soft_wrap=True)
    if ended.device_off:
        cut_power(device)


def started(settings: Settings, device: Device, watch: Callable[[Live, Packet | Input], None] | None = None) -> Ended:
    """One live start with its panel, up to its end; `watch` sees what the panel sees. Raises what `Live` raises."""
    builder = Builder(settings, device, meter=True)
    live = Live(settings, device, builder.parts)
    with Panel(console, KEYS if device.buttons.driver == "keyboard" else ()) as panel:
        view = View(live, builder, panel)

        def seen(item: Packet | Input) -> None:
            view(item)
            if watch is not None:
                watch(live, item)

        ended = live.run(seen)
    with suppress(OSError):
        if view.broken is not None:
            errors.print(view.broken, markup=False)
        for source in ended.hang:
            errors.print(f"{source.value} hangs and could not be released")
    return ended
