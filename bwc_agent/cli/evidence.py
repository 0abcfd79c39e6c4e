"""`bwc evidence`: list, verify, export; excerpts.py has excerpt and link."""

import zoneinfo
from contextlib import suppress
from pathlib import Path

import typer
from cryptography.x509 import Certificate
from rich.table import Column, Table

from bwc_agent.agency.excerpt_check import FilmVerdict, verify_export
from bwc_agent.agency.export import Exported, Order
from bwc_agent.agency.export import export as export_recording
from bwc_agent.agency.link_check import with_links
from bwc_agent.agency.listing import Listed, list_recordings, summary
from bwc_agent.cli.common import (
    AGENCY,
    JSON,
    PASSPHRASE,
    RECEIPTS,
    REVOCATIONS,
    TRUST,
    agency_signer,
    bar,
    console,
    given,
    passphrase,
    print_json,
    recipient,
    shown,
    size_below,
    steps,
)
from bwc_agent.cli.film import film_rows, film_table
from bwc_agent.cli.time_table import tables, time_fields
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.given import Given
from bwc_agent.evidence.trusted import read_authority
from bwc_agent.evidence.verdict import DeviceVerdict, State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import find_devices, find_recordings, verify_device
from bwc_agent.evidence.verify_log import Refused, read_signed_log

CODES = "; ".join(f"{state.exit_status} {state.value}" for state in State)


def list_(
    folder: Path = typer.Argument(..., help="A vault, a storage folder, or a recording."),
    trust: Path = TRUST,
    revocations: Path | None = REVOCATIONS,
    as_json: bool = JSON,
) -> None:
    """List every recording: officer, start, length, marks, verdict."""
    _there(folder)
    with bar("verifying", size_below(folder)) as report:
        rows = [_row(row) for row in list_recordings(folder, read_authority(trust), given(trust, revocations=revocations), report)]
    if as_json:
        print_json({"recordings": rows})
        return
    begins, verdict = Column("begins", overflow="fold"), Column("verdict", overflow="fold", min_width=9)
    several = len({cells["device"] for cells in rows}) > 1
    device = [Column("device", no_wrap=True)] if several else []
    table = Table(*device, Column("recording", no_wrap=True), "officer", begins, "length", "pre-roll", "markers", verdict)
    for cells in rows:
        values = (value for name, value in cells.items() if name != "exit" and (several or name != "device"))
        table.add_row(*(str(value if value is not None else "-") for value in values))
    console.print(table if rows else "no recordings here")


def _row(listed: Listed) -> dict[str, object]:
    found = listed.summary
    return {
        "device": listed.device.name if listed.device else found and found.device,
        "recording": listed.verdict.name,
        "officer": found and found.officer,
        "begins": found and found.begin and found.begin.isoformat(timespec="seconds"),
        "length": found and shown(found.length),
        "preroll": found and shown(found.preroll),
        "markers": found and found.markers,
        "verdict": listed.verdict.state.value,
        "exit": listed.verdict.exit_status,
    }


def _there(path: Path) -> None:
    if not path.exists():
        raise ConfigError(f"{path} is not there: give a recording, a vault or a storage folder")


def verify(
    what: Path = typer.Argument(..., help="A recording, a vault, a storage folder, or an exported MP4 (with --record)."),
    trust: Path = TRUST,
    record: Path | None = typer.Option(None, "--record", help="The recording an MP4 came from: its log and certificates are enough."),
    receipts: Path | None = RECEIPTS,
    revocations: Path | None = REVOCATIONS,
    starts: bool = typer.Option(False, "--starts", help="Of a device, where the time of each start went, too."),
    as_json: bool = JSON,
) -> None:
    """Say what is proven, without any private key, and where a device's time went. The exit status is the verdict's, see below."""
    _there(what)
    authority, known = read_authority(trust), given(trust, receipts, revocations)
    if what.is_file():
        if record is None:
            raise ConfigError(f"{what} is a file: give the recording it came from with --record")
        if record.is_dir() and not any(record.glob("*.pem")) and not any(record.glob("log*.jsonl")):
            raise ConfigError(f"{record} is no recording's folder: give the one of the recording that the film came from")
        film = verify_export(what, record, authority, known.revocations)
        verdict: Verdict | DeviceVerdict = with_links(what, film, authority, known.receipt_keys)
    else:
        verdict = _verify_folder(what, authority, known)
    _say(verdict, as_json, starts)
    raise typer.Exit(verdict.exit_status)


verify.__doc__ = f"{verify.__doc__}\n\nExit status: {CODES}."


def _verify_folder(folder: Path, authority: Certificate, known: Given) -> Verdict | DeviceVerdict:
    devices = find_devices(folder)
    with bar("verifying", size_below(folder)) as report:
        if not devices:
            return verify_recording(folder, authority, known, report)
        verdicts = [verify_device(device, authority, known, report) for device in devices]
    if len(verdicts) == 1:
        return verdicts[0]
    reasons = tuple(reason for verdict in verdicts for reason in verdict.reasons)
    times = tuple(time for verdict in verdicts for time in verdict.times)
    return DeviceVerdict(str(folder), reasons, tuple(r for verdict in verdicts for r in verdict.recordings), times=times)


def _say(verdict: Verdict | DeviceVerdict, as_json: bool, starts: bool) -> None:
    parts, times = (verdict.recordings, verdict.times) if isinstance(verdict, DeviceVerdict) else ((), ())
    if as_json:
        told: dict[str, object] = {"recordings": [_fields(part) for part in parts], "time": [time_fields(time) for time in times]}
        film = {"seconds": film_rows(verdict)} if isinstance(verdict, FilmVerdict) else {}
        print_json(_fields(verdict) | film | told)
        return
    for part in (*parts, verdict):
        console.print(f"[bold]{part.name}: {part.state.value}[/bold]")
        for reason in part.reasons:
            console.print(f"  {reason}", markup=False)
        for note in getattr(part, "notes", ()):
            console.print(f"  note: {note}", markup=False)
    if isinstance(verdict, FilmVerdict) and verdict.stretches:
        console.print(film_table(verdict))
    for line in verdict.not_checked:
        console.print(f"  not checked: {line}", markup=False)
    for time in times:
        console.print(*tables(time, starts), sep="\n", markup=False)


def _fields(verdict: Verdict | DeviceVerdict) -> dict[str, object]:
    return {
        "exit": verdict.exit_status,
        "name": verdict.name,
        "not_checked": list(verdict.not_checked),
        "reasons": [str(reason) for reason in verdict.reasons],
        "verdict": verdict.state.value,
    }


def export(
    folder: Path = typer.Argument(..., help="The recording, or a vault or storage folder for all in it."),
    trust: Path = TRUST,
    key: Path = typer.Option(..., "--key", help="A recipient's private key."),
    who: str = typer.Option(..., "--who", help="Who exports: it stands in the statement."),
    purpose: str = typer.Option(..., "--purpose", help="What for (V.A.1): it stands in the statement."),
    out: Path = typer.Option(..., "--out", help="An existing folder for MP4, subtitles and statement."),
    agency: Path | None = AGENCY,
    time_zone: str | None = typer.Option(None, "--time-zone", help="As in America/Chicago; the recording's own otherwise."),
    revocations: Path | None = REVOCATIONS,
    passphrase_file: Path | None = PASSPHRASE,
    as_json: bool = JSON,
) -> None:
    """Export as one MP4 without re-encoding, with subtitles and a statement of digests."""
    _there(folder)
    word, found = passphrase(passphrase_file), find_recordings(folder)
    private, signer = recipient(key, word), agency_signer(agency, word)
    authority, known = read_authority(trust), given(trust, revocations=revocations)
    done: list[Exported] = []
    for recording in found or [folder]:
        with steps(f"exporting {recording.name}") as report:
            order = Order(who, purpose, zone_of(recording, trust, time_zone), signer, given=known)
            done.append(export_recording(recording, authority, private, order, out, report))
    if as_json:
        print_json(
            {
                "exported": [
                    {"length": shown(e.length), "mp4": e.mp4, "pictures": e.pictures, "verdict": e.verdict.state.value} for e in done
                ]
            }
        )
        return
    for exported in done:
        console.print(f"{exported.mp4}: {shown(exported.length)}, {exported.pictures} pictures, {exported.verdict.state.value}")


def zone_of(recording: Path, trust: Path, name: str | None) -> zoneinfo.ZoneInfo:
    """The zone named, or the one the recording's log states, or UTC. Raises ConfigError."""
    if name is None:
        with suppress(Refused):  # the export itself says what is wrong with the log
            name = summary(read_signed_log(recording, read_authority(trust))).time_zone
        name = name or "UTC"
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{name!r} is no time zone: write one as in America/Chicago") from error
