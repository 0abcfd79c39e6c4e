"""`python -m bwc_agent.cli` is `bwc`."""

from bwc_agent.cli.main import run

run()
