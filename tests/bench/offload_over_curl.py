"""Offload of large segments over `curl -T` of the same files to the same real store over TLS, and the CPU that a gigabyte costs the device.

curl sends the files one after the other over one connection, without a checksum; ours sends several at once, in parts, with
SHA-256 of each. Both are let in by the device's own credentials.
"""

import os
import resource
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.offload.destination import PIECE
from bwc_agent.offload.s3 import S3
from bwc_agent.offload.settings import OffloadSettings
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

TIMES = 5
FILES = 4
SIZE = 60_000_000
"""A minute at 8 Mb/s."""
PARALLEL = OffloadSettings().parallel


@dataclass(frozen=True, slots=True)
class Costs:
    """Median seconds for all files; median CPU seconds a gigabyte, of ours and of curl."""

    ours: float
    curl: float
    cpu: float
    curl_cpu: float


def measure() -> Costs:
    """Ours, curl, ours, curl, ...; the first of each is not counted: the store makes its volumes."""
    with tempfile.TemporaryDirectory() as name, seaweed(Path(name) / "store") as store:
        files = [Path(name) / f"{number:04}.tink" for number in range(1, FILES + 1)]
        for file in files:
            file.write_bytes(secrets.token_bytes(SIZE))
        runs = [(*_ours(store, files, f"{run}"), *_curl(store, files, f"{run}-curl")) for run in range(TIMES + 1)][1:]
    ours, cpu, curl, curl_cpu = (sorted(column)[TIMES // 2] for column in zip(*runs, strict=True))
    gigabytes = FILES * SIZE / 1e9
    return Costs(ours, curl, cpu / gigabytes, curl_cpu / gigabytes)


def _ours(store: Seaweed, files: list[Path], folder: str) -> tuple[float, float]:
    destination = S3(store.place(), PARALLEL)

    def send(file: Path) -> None:
        assert sum(destination.put(f"{SERIAL}/{folder}/{file.name}", SIZE, _pieces(file))) == SIZE

    began, spent = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(send, files))
    return time.perf_counter() - began, time.process_time() - spent


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece


def _curl(store: Seaweed, files: list[Path], folder: str) -> tuple[float, float]:
    command = ["curl", "-sS", "--fail", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "device:device-secret", "--cacert"]
    command += [store.place().authority, "-T", f"{{{','.join(map(str, files))}}}", f"{store.endpoint}/{BUCKET}/{SERIAL}/{folder}/"]
    before, began = _children(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
    return time.perf_counter() - began, _children() - before


def _children() -> float:
    """CPU seconds of the programs that ended; the store runs on."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows() -> Iterator[tuple[str, str, str]]:
    """For the table: what, measured, wanted."""
    if shutil.which("curl") is None:
        yield "offload over curl -T to the same store", "not run: no curl here", ""
        return
    costs = measure()
    rate = FILES * SIZE / costs.ours / 1e6
    what = f"offload to SeaweedFS over TLS, {PARALLEL} at once, over curl -T to the same"
    yield what, f"{costs.curl / costs.ours:.2f} ({rate:.0f} MB/s)", ">= 0.9"
    yield "  CPU a gigabyte (curl's, which makes no checksum)", f"{costs.cpu:.1f} s ({costs.curl_cpu:.1f} s)", ""


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
