"""A recorder on simulated parts in real time, on a vault that is there: `python -m tests.e2e.live_recorder VAULT [record]`.

Says `up` once its journal is open. With `record` it makes one recording and ends; without, it runs until SIGTERM.
"""

import sys

from bwc_agent.fleet.device import ButtonsPart, CameraPart, Device, MicrophonePart
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from tests.live.enrolled import SERIAL, SMALL
from tests.live.test_run import Officer

made = Device(SERIAL, sys.argv[1], camera=CameraPart("simulated"), microphone=MicrophonePart("simulated"), buttons=ButtonsPart("none"))
live = Live(SMALL, made, Builder(SMALL, made).parts)
print("up", flush=True)
live.run(Officer(live) if sys.argv[2:] else None)
