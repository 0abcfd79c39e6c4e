"""The seam between the agent and the world: narrow Protocols in `interfaces.py`, one file per driver below it."""
