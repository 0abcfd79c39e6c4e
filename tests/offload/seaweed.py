"""A real object store on loopback, over TLS, with Object Lock: SeaweedFS in one process, for one test file at a time.

    with seaweed(folder) as store:
        store.place("device")      # what a device with rights to its own prefix alone is configured with
        store.client("agency")     # botocore, with every right

Identities: `agency` may everything, `custody` reads and writes in the bucket, `device` only below its own serial (`devices`).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bwc_agent.errors import OffloadError
from bwc_agent.offload.s3_client import connect
from bwc_agent.offload.settings import S3Place
from tests.evidence.trial import SERIAL
from tests.offload.tls import TlsAuthority

BUCKET = "evidence"
DAYS = 3
"""The bucket's default retention."""
_OPTIONS = [
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-filer",
    "-s3",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
    "-master.volumeSizeLimitMB=1024",
    "-volume.max=1000",
    "-volume.preStopSeconds=0",
    "-master.electionTimeout=1s",
]


def free_ports(count: int) -> list[int]:
    """Ports that are free, as are those 10000 above, where the server's parts speak with each other."""
    found: list[int] = []
    for port in range(10_000 + os.getpid() * 13 % 20_000, 50_000):
        if all(_free(each) for each in (port, port + 10_000)):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


def _free(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) != 0


@dataclass
class Seaweed:
    """The server's folder, its TLS authority, its ports."""

    folder: Path
    tls: TlsAuthority
    client_certificates: bool = False
    nobodies: tuple[str, ...] = ()
    """Users without any right of their own: what they may, a bucket's policy says."""
    devices: str = f"{SERIAL}/*"
    """The objects that `device` may read and put."""
    ports: list[int] = field(default_factory=lambda: free_ports(5))
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.ports[4]}"

    def credentials(self, who: str) -> Path:
        """A file as the AWS tools write it, for each identity from the start on: threads read it while others ask for it."""
        return self.folder / f"{who}.credentials"

    def place(self, who: str = "device") -> S3Place:
        """How `who` reaches the bucket."""
        pair = self.tls.client(who) if self.client_certificates else None
        certificate, key = (str(pair.certificate), str(pair.key)) if pair else ("", "")
        return S3Place(self.endpoint, BUCKET, "us-east-1", str(self.tls.authority), certificate, key, str(self.credentials(who)))

    def client(self, who: str = "agency") -> Any:
        return connect(self.place(who))

    def start(self) -> None:
        """Up and answering; what it stored before is there."""
        master, volume, filer, plain, https = self.ports
        pair = self.tls.server()
        self._write_identities()
        sockets = [f"-s3.localSocket={self.folder}/s3.sock", f"-filer.localSocket={self.folder}/filer.sock"]
        ports = [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={plain}", f"-s3.port.https={https}"]
        tls = [f"-s3.cert.file={pair.certificate}", f"-s3.key.file={pair.key}", f"-s3.config={self.folder}/s3.json"]
        if self.client_certificates:
            tls += [f"-s3.cacert.file={self.tls.authority}", "-s3.tlsVerifyClientCert=true"]
        (self.folder / "data").mkdir(exist_ok=True)
        command = [str(Path(sys.executable).with_name("weed")), "-logtostderr=true", "server", f"-dir={self.folder}/data", *_OPTIONS]
        with open(self.folder / "log", "ab") as log:
            environment = {**os.environ, "GOMEMLIMIT": "512MiB"}
            self.process = subprocess.Popen([*command, *sockets, *ports, *tls], stdout=log, stderr=log, env=environment)
        self._await()

    def kill(self) -> None:
        """As a power cut would: nothing is closed."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def make_bucket(self) -> None:
        """A bucket as an agency makes it: Object Lock, COMPLIANCE by default, counted from the store's clock."""
        agency = self.client("agency")
        agency.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": DAYS}}
        agency.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})

    def _write_identities(self) -> None:
        whole = ["Admin", "Read", "Write", "List", "Tagging"]
        rights: dict[str, list[str]] = {
            "agency": whole,
            "custody": [f"{right}:{BUCKET}" for right in ("Admin", "Read", "Write", "List")],
            "device": [f"{right}:{BUCKET}/{self.devices}" for right in ("Read", "Write", "List")],
            **{name: [] for name in self.nobodies},
        }
        for who in rights:
            self.credentials(who).write_text(f"[default]\naws_access_key_id = {who}\naws_secret_access_key = {who}-secret\n")
        identities = [
            {"name": name, "credentials": [{"accessKey": name, "secretKey": f"{name}-secret"}], "actions": actions}
            for name, actions in rights.items()
        ]
        (self.folder / "s3.json").write_text(json.dumps({"identities": identities}))

    def _await(self) -> None:
        client, deadline = self.client("agency"), time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
            try:
                _look(client)
                return
            except Exception:
                time.sleep(0.2)
        raise OffloadError(f"the store does not come up: {(self.folder / 'log').read_text()[-3000:]}")


def _look(client: Any) -> None:
    """One object of each bucket is read back: after a start the part that lists is up before the part that has the bytes."""
    for bucket in client.list_buckets()["Buckets"]:
        for each in client.list_objects_v2(Bucket=bucket["Name"], MaxKeys=1).get("Contents", ()):
            client.get_object(Bucket=bucket["Name"], Key=each["Key"])["Body"].read()


@contextmanager
def seaweed(
    folder: Path, client_certificates: bool = False, bucket: bool = True, nobodies: tuple[str, ...] = (), devices: str = f"{SERIAL}/*"
) -> Iterator[Seaweed]:
    """A running server; with `bucket` the locked bucket is made. For the rest see `Seaweed`."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Seaweed(folder, TlsAuthority(folder / "tls"), client_certificates, nobodies, devices)
    store.start()
    try:
        if bucket:
            store.make_bucket()
        yield store
    finally:
        store.kill()
