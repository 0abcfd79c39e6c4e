"""`bwc evidence excerpt` and `link`: a piece of a recording, and a copy bound to its recording."""

from pathlib import Path

import typer

from bwc_agent.agency.excerpt import Wanted
from bwc_agent.agency.excerpt import excerpt as cut_excerpt
from bwc_agent.agency.export import Order
from bwc_agent.agency.link import link as link_copy
from bwc_agent.cli.common import (
    AGENCY,
    JSON,
    PASSPHRASE,
    REVOCATIONS,
    TRUST,
    agency_signer,
    console,
    given,
    passphrase,
    print_json,
    recipient,
    shown,
    steps,
)
from bwc_agent.cli.evidence import zone_of
from bwc_agent.cli.film import film_rows, film_table
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.trusted import read_authority
from bwc_agent.evidence.verify_device import find_recordings


def excerpt(
    folder: Path = typer.Argument(..., help="The recording; its log, and the segments that hold the time asked for."),
    begin: str = typer.Option(
        ..., "--from", help="Seconds into the recording (12.5, 01:23), or the clock time as the statement prints it."
    ),
    end: str = typer.Option(..., "--to", help="The same."),
    trust: Path = TRUST,
    key: Path = typer.Option(..., "--key", help="A recipient's private key."),
    who: str = typer.Option(..., "--who", help="Who cuts it out: it stands in the statement."),
    purpose: str = typer.Option(..., "--purpose", help="What for (V.A.1): it stands in the statement."),
    out: Path = typer.Option(..., "--out", help="An existing folder for MP4, subtitles and statement."),
    agency: Path | None = AGENCY,
    time_zone: str | None = typer.Option(None, "--time-zone", help="As in America/Chicago; the recording's own otherwise."),
    revocations: Path | None = REVOCATIONS,
    passphrase_file: Path | None = PASSPHRASE,
    as_json: bool = JSON,
) -> None:
    """Cut a time out of a recording, widened to whole signed windows from a keyframe on; nothing is encoded anew."""
    recording, word = _one(folder), passphrase(passphrase_file)
    signer = agency_signer(agency, word)
    order = Order(who, purpose, zone_of(recording, trust, time_zone), signer, given=given(trust, revocations=revocations))
    with steps(f"cutting {recording.name}") as report:
        done = cut_excerpt(recording, read_authority(trust), recipient(key, word), order, Wanted(begin, end), out, report)
    verdict = done.verdict.state.value
    if as_json:
        print_json({"length": shown(done.length), "mp4": done.mp4, "pictures": done.pictures, "seconds": done.seconds, "verdict": verdict})
        return
    what = f"seconds {done.seconds} of recording {done.verdict.name}, {done.pictures} pictures"
    console.print(f"{done.mp4}: {what}; the recording is {verdict} here", soft_wrap=True)


def _one(folder: Path) -> Path:
    """The one recording in a folder. Raises ConfigError."""
    found = find_recordings(folder) if folder.is_dir() else []
    if len(found) > 1:
        raise ConfigError(f"{folder} holds {len(found)} recordings: give the folder of one, as {found[0]}")
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not there: give the folder of a recording")
    return found[0] if found else folder


def link(
    copy: Path = typer.Argument(..., help="The redacted, or otherwise made, copy."),
    record: Path = typer.Option(..., "--of", help="The recording it was made of: its log and certificates are enough."),
    trust: Path = TRUST,
    who: str = typer.Option(..., "--who", help="Who made the copy."),
    why: str = typer.Option(..., "--why", help="What was done to it, and why."),
    agency: Path | None = AGENCY,
    time_zone: str | None = typer.Option(None, "--time-zone", help="As in America/Chicago; the recording's own otherwise."),
    revocations: Path | None = REVOCATIONS,
    passphrase_file: Path | None = PASSPHRASE,
    as_json: bool = JSON,
) -> None:
    """Bind a copy to its recording: a statement beside it, with digests, who, why, and which seconds are original."""
    if not copy.is_file():
        raise ConfigError(f"{copy} is not there: give the copy's file")
    signer = agency_signer(agency, passphrase(passphrase_file)) if agency is not None else None
    order = Order(who, why, zone_of(record, trust, time_zone), signer, given=given(trust, revocations=revocations))
    done = link_copy(copy, record, read_authority(trust), order)
    if as_json:
        print_json(
            {"link": done.path, "seconds": film_rows(done.verdict), "signed": signer is not None, "verdict": done.verdict.state.value}
        )
        return
    signed = "signed" if signer is not None else "NOT signed, for no --agency was given: anybody could have written it"
    console.print(f"{done.path}: {signed}", soft_wrap=True)
    console.print(film_table(done.verdict))
