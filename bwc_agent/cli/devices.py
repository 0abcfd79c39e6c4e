"""`bwc devices`: what is here, what can be used, and why not: cameras with their modes, sound, GPIO chips, serial ports."""

from rich.table import Table

from bwc_agent.cli.common import JSON, console, print_json
from hal.errors import HardwareError


def devices(as_json: bool = JSON) -> None:
    """List the parts that a device.toml can name. Nothing is recorded, and nothing stays open."""
    found = {"cameras": _cameras(), "microphones": _microphones(), "gpio chips": _chips(), "serial ports": _ports()}
    if as_json:
        print_json(found)
        return
    for what, rows in found.items():
        table = Table("name in device.toml", "what it is", "usable", title=what, title_justify="left", expand=False)
        for row in rows:
            table.add_row(row["name"], row["what"], row["usable"])
        console.print(table if rows else f"{what}: none")


Row = dict[str, str]
SERVERS = ("default", "jack", "pipewire", "pulse")
"""Inputs of ALSA that are neither a card nor one of these are converters, and lead to the same cards."""


def _row(name: str, what: str, why_not: str | None, well: str = "yes") -> Row:
    return {"name": name, "usable": well if why_not is None else f"no: {why_not}", "what": what}


def _failed(error: Exception) -> list[Row]:
    return [_row("", "", str(error))]


def _cameras() -> list[Row]:
    """A Raspberry Pi's CSI module, whose driver needs no name, and the V4L2 nodes."""
    from hal.camera.rpi_devices import csi
    from hal.camera.v4l2_devices import cameras

    found = csi()
    pi = [] if found is None else [_row("", f"CSI module of {found.board}, gives {found.gives}", found.why_not, "rpi")]
    return pi + [
        _row(f.path, f"{f.card}: " + ("; ".join(map(str, f.modes)) or "no modes"), f.why_not, ", ".join(f.usable_by)) for f in cameras()
    ]


def _microphones() -> list[Row]:
    try:
        from hal.microphone.devices import microphones

        named = [t for t in microphones() if t.found.default or "hw:" in t.found.name or t.found.name in SERVERS]
        return [_row(f'"{t.found.name}"', _heard(t.found.default, t.found.host_api, t.rates), t.why_not) for t in named]
    except HardwareError as error:
        return _failed(error)


def _heard(default: bool, api: str, rates: tuple[int, ...]) -> str:
    return f"{'the default, ' if default else ''}{api}, {', '.join(map(str, rates)) or 'no'} samples a second"


def _chips() -> list[Row]:
    from hal.gpio_devices import chips

    return [_row(f'"{f.label}"', f"{f.path}, {f.lines} lines", f.why_not) for f in chips()]


def _ports() -> list[Row]:
    from hal.location.ports import ports

    return [_row(f.device, f.description, f.trouble) for f in ports()]
