"""Stands in for the child that holds the Pi's camera: the same pipe, written by the same functions, and told how to fail.

    fake_rpi_child.py FORM WIDTH HEIGHT RATE PLAN

FORM is "yuv420" or "h264"; PLAN is the name of a function below.
"""

import itertools
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hal.camera.rpi_child import HEADER, HELLO, KEYFRAME, MAGIC, Hello, Outbox, claimed_output, die_with_parent, greet, pump, send

SECOND = 1_000_000_000
PACE_S = 0.002
FORM, WIDTH, HEIGHT, RATE, PLAN = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
OUT = claimed_output()
GREETING = Hello(FORM, WIDTH if PLAN != "other_size" else WIDTH * 2, HEIGHT, RATE)


def payload(number: int) -> bytes:
    """A picture of one grey, or an access unit: IDR with SPS and PPS at each tenth."""
    if FORM == "yuv420":
        return bytes([number % 256]) * (WIDTH * HEIGHT * 3 // 2)
    sets = b"\0\0\0\1\x67sps\0\0\0\1\x68pps" if number % 10 == 0 else b""
    return sets + (b"\0\0\0\1\x65" if sets else b"\0\0\0\1\x41") + b"slice %d" % number


def header(number: int, data: bytes, ahead_ns: int = 0) -> bytes:
    keyframe = FORM == "yuv420" or number % 10 == 0
    return HEADER.pack(MAGIC, len(data), time.monotonic_ns() + ahead_ns, number, KEYFRAME * keyframe)


def give(numbers: Iterator[int] | range, ahead_ns: int = 0) -> None:
    for number in numbers:
        data = payload(number)
        send(OUT, header(number, data, ahead_ns), data)
        time.sleep(PACE_S)


def for_ever() -> NoReturn:
    while True:
        signal.pause()


def run() -> None:
    give(itertools.count())


other_size = run


def stall() -> None:
    give(range(5))
    for_ever()


def stall_deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stall()


def stall_stopped() -> None:
    """Not even its watch runs."""
    give(range(5))
    os.kill(os.getpid(), signal.SIGSTOP)


def die() -> None:
    give(range(5))
    print("libcamera: dequeue failed", file=sys.stderr, flush=True)
    os._exit(3)


def killed() -> None:
    give(range(5))
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    print("INFO Camera libcamera v0.5", file=sys.stderr)
    print("no CSI camera found: check the ribbon cable", file=sys.stderr, flush=True)
    os._exit(1)


def half() -> None:
    give(range(5))
    data = payload(5)
    os.write(OUT, header(5, data) + data[: len(data) // 2])
    for_ever()


def halves() -> None:
    for number in itertools.count():
        data = payload(number)
        whole = header(number, data) + data
        for part in (whole[:5], whole[5:40], whole[40:]):
            os.write(OUT, part)
            time.sleep(PACE_S)


def back() -> None:
    give(range(5))
    give(range(5, 10), -10 * SECOND)


def ahead() -> None:
    give(range(5))
    give(range(5, 10), 10 * SECOND)


def behind() -> None:
    give(itertools.count(), -60 * SECOND)


def repeat() -> None:
    give(range(5))
    give(range(3, 10))


def chatter() -> None:
    line = b"x" * 4095 + b"\n"
    os.write(2, line)
    Thread(target=lambda: [os.write(2, line) for _ in itertools.count()], daemon=True).start()


def chat() -> None:
    chatter()
    run()


def stall_chatting() -> None:
    chatter()
    stall()


def close_output() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    give(range(5))
    os.close(OUT)
    for_ever()


def flood() -> None:
    """As a camera does whose reader was away: more than the outbox holds, before the pipe takes the first."""
    outbox = Outbox(20)
    for number in itertools.count():
        outbox.put(time.monotonic_ns(), number % 10 == 0, payload(number))
        if number == 45:
            Thread(target=pump, args=(OUT, GREETING, outbox), daemon=True).start()
        if number >= 45:
            time.sleep(PACE_S)


def nonsense() -> None:
    send(OUT, header(0, b"no start code"), b"no start code")
    for_ever()


def magic() -> None:
    give(range(5))
    os.write(OUT, b"INFO: libcamera says hello" * 10)
    for_ever()


def huge() -> None:
    give(range(5))
    os.write(OUT, HEADER.pack(MAGIC, (16 << 20) + 1, time.monotonic_ns(), 5, KEYFRAME))
    for_ever()


def size() -> None:
    give(range(5))
    send(OUT, header(5, b"short"), b"short")
    for_ever()


def hello_again() -> None:
    send(OUT, HEADER.pack(MAGIC, 5, time.monotonic_ns(), 0, HELLO), b"hello")
    for_ever()


def prints() -> None:
    print("a library prints", flush=True)
    give(itertools.count())


def main() -> None:
    if PLAN == "refuse":
        refuse()
    if PLAN != "close_output":  # the watch would keep it open
        die_with_parent(OUT)
    if PLAN == "no_hello":
        for_ever()
    if PLAN != "flood":  # it greets through the pump
        greet(OUT, GREETING)
    globals()[PLAN]()


main()
