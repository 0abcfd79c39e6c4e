"""The body-worn camera agent: from packets and presses to evidence that proves itself. Begin at `agent.py`."""
