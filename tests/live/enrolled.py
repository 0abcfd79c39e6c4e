"""A device enrolled under a trial agency, with simulated camera and microphone in real time."""

import datetime
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency
from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.fleet.device import ButtonsPart, CameraPart, Device, MicrophonePart
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.stream import Stream
from bwc_agent.media.video_settings import VideoSettings
from hal.interfaces import Button

WORD = b"for the test only"
SERIAL = "LIVE-0001"
SMALL = Settings(video=VideoSettings(320, 180, 30, 500_000))


def device(root: Path) -> Device:
    """Enrolled below `root`; nothing to press, so that no terminal is needed."""
    agency, now = TrialAgency(root / "keys"), datetime.datetime.now(datetime.UTC)
    make_agency(agency.root, WORD, now)
    enrol_device(agency, WORD, Vault(root / "vault"), SERIAL, now)
    simulated = CameraPart("simulated"), MicrophonePart("simulated")
    return Device(SERIAL, str(root / "vault"), camera=simulated[0], microphone=simulated[1], buttons=ButtonsPart("none"))


def authority(root: Path) -> Certificate:
    return read_certificate(root / "keys/authority.pem")


def press_twice(stream: Stream, button: Button = Button.EVENT) -> None:
    """A double press that has just been made."""
    now = stream.now()
    for offset, pressed in ((-400, True), (-300, False), (-100, True), (0, False)):
        stream.give(ButtonEdge(now + offset * 48, button, pressed))
