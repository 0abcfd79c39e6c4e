"""A small TLS authority of a test's own: a server, clients, and what is wrong with them."""

import datetime
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


@dataclass
class TlsAuthority:
    """Issues into `folder`; `authority` is its own certificate. It has nothing to do with evidence."""

    folder: Path
    name: str = "tls"
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        extensions = [(x509.BasicConstraints(True, None), True), (x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False)]
        made = self._certificate(self._key.public_key(), self.name, now() - DAY, now() + 30 * DAY, extensions)
        self.authority = self._write(f"{self.name}.pem", made.public_bytes(Encoding.PEM))

    def server(self, name: str = "server", host: str = "127.0.0.1", since: datetime.timedelta = -DAY, days: int = 30) -> Pair:
        """For a server at the address `host`, valid from now + `since` for `days`."""
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        return self._pair(name, since, days, [(alternative, False)])

    def client(self, name: str = "client", ca: bool = False, *more: x509.ObjectIdentifier) -> Pair:
        """For a client alone (extended key usage), unless `ca`, or `more` uses, say otherwise."""
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, *more])
        return self._pair(name, -DAY, 30, [(uses, False), (x509.BasicConstraints(ca, None), True)])

    def _pair(self, name: str, since: datetime.timedelta, days: int, extensions: list[tuple[x509.ExtensionType, bool]]) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        begin = now() + since
        made = self._certificate(key.public_key(), name, begin, begin + days * DAY, extensions)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(self._write(f"{name}.crt", made.public_bytes(Encoding.PEM)), self._write(f"{name}.key", pem))

    def _certificate(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        begin: datetime.datetime,
        end: datetime.datetime,
        extensions: list[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        builder = x509.CertificateBuilder(named(self.name), named(name), key, x509.random_serial_number(), begin, end)
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for extension, critical in [*extensions, (own, False)]:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, SHA256())

    def _write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path
