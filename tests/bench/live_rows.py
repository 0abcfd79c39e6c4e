"""The rows of `make bench` that a live start answers, each (what, measured, wanted)."""

from collections.abc import Iterator

from tests.bench import agent_over_ffmpeg, hour, press_to_heard, press_to_recording, start_up

Row = tuple[str, str, str]


def rows() -> Iterator[Row]:
    """All of them; about five minutes, most of them in real time."""
    yield from over_ffmpeg()
    yield from answers()
    yield from starting()
    yield from an_hour()


def over_ffmpeg() -> Iterator[Row]:
    """The whole agent against the ffmpeg program."""
    program = agent_over_ffmpeg.version()
    if not program:
        yield "CPU of the agent over the ffmpeg program's", "not run: no ffmpeg here", ""
        return
    how = f"1080p30, x264 {agent_over_ffmpeg.PRESET}, {agent_over_ffmpeg.THREADS} thread, AAC"
    yield f"CPU of the agent, from camera to card, over the ffmpeg program's: {how}; {program}", "", ""
    for pixels, bound in agent_over_ffmpeg.FORMATS.items():
        costs = agent_over_ffmpeg.measure(pixels)
        yield f"  from {pixels}", f"{costs.ratio:.2f} ({costs.ours:.2f} s / {costs.theirs:.2f} s)", f"<= {bound}"


def answers() -> Iterator[Row]:
    """What an officer waits for."""
    heard = press_to_heard.measure()
    ms = [f"{heard.quantile(share) * 1000:.0f}" for share in (0.5, 0.99)]
    yield f"press to its signal, live at 1080p30, {len(heard.took)} presses: median, p99", f"{ms[0]}, {ms[1]} ms", "p99 <= 100 ms"
    secured = press_to_recording.measure()
    size = f"{secured.bytes / 1e6:.0f} MB"
    times = f"{secured.ours / secured.dd:.2f} ({secured.ours * 1000:.0f} ms / {secured.dd * 1000:.0f} ms)"
    yield f"press to recording over dd conv=fsync of the same {size}", times, "<= 1.5"


def starting() -> Iterator[Row]:
    """From the process to its journal, picture and sound; "ready" itself waits for the ring to hold 30 s."""
    reached = start_up.measure()
    shown = ", ".join(f"{seconds:.2f}" for seconds in (reached.python, reached.journal, reached.camera, reached.microphone))
    yield "process start to: bare python's end, journal, first picture, first sound", f"{shown} s", ""


def an_hour() -> Iterator[Row]:
    """A simulated hour, the microphone 300 ppm fast."""
    found = hour.measure()
    yield f"sound against picture after 1 h, microphone 300 ppm off, worst of {found.beeps}", f"{found.offset * 1000:.1f} ms", "<= 20 ms"
    sizes = f"{found.hour / found.minute:.3f} ({found.hour / 1e6:.0f} MB / {found.minute / 1e6:.0f} MB)"
    yield "resident memory after 1 h over after 1 min", sizes, "<= 1.05"
