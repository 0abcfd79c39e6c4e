"""Whom the device believes and who it is, whatever the machine's environment says; with a store that asks for client certificates."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, SSLError
from botocore.loaders import Loader
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.offload.s3 import S3
from bwc_agent.offload.s3_client import named
from bwc_agent.offload.settings import S3Place
from tests.evidence.trial import SERIAL
from tests.offload.answering import Answer, Asked, answering
from tests.offload.seaweed import Seaweed, seaweed
from tests.offload.tls import DAY, TlsAuthority

CONFIG = """
[default]
region = eu-west-9
ca_bundle = /nowhere.pem
endpoint_url = https://127.0.0.1:1
retry_mode = adaptive
services = absent
s3 =
    addressing_style = virtual
    use_accelerate_endpoint = true
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store"), client_certificates=True) as found:
        yield found


@pytest.fixture
def foreign(tmp_path: Path) -> TlsAuthority:
    return TlsAuthority(tmp_path / "foreign", "foreign")


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A port that nothing may reach."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.setblocking(False)
        yield found
        with pytest.raises(BlockingIOError):
            found.accept()


@pytest.fixture
def misled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trap: socket.socket, foreign: TlsAuthority) -> str:
    """An environment in which everything that botocore and OpenSSL know is set, and wrong. Returns the trap's address."""
    home, address = tmp_path / "home/.aws", f"http://127.0.0.1:{trap.getsockname()[1]}"
    (home / "models").mkdir(parents=True)
    (home / "models/endpoints.json").write_text("{}")
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(home / "models"))  # which botocore reads from HOME at its import
    (home / "config").write_text(CONFIG)
    (home / "credentials").write_text("[default]\naws_access_key_id = home\naws_secret_access_key = home-secret\n")
    wrong = {
        "HOME": str(home.parent),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), address),
        **dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_EC2_METADATA_SERVICE_ENDPOINT"), address),
        **dict.fromkeys(("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), str(foreign.authority)),
        **dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "absent"),
        **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-west-9"),
        **dict.fromkeys(("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CSM_ENABLED"), "true"),
        "AWS_ACCESS_KEY_ID": "environment",
        "AWS_SECRET_ACCESS_KEY": "environment-secret",
        "AWS_SESSION_TOKEN": "environment-token",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": address,
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_MAX_ATTEMPTS": "none",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    return address


def there_and_back(place: S3Place, name: str) -> bytes:
    destination = S3(place)
    list(destination.put(f"{SERIAL}/{name}", 4, [b"ours"]))
    return destination.read(f"{SERIAL}/{name}", 4)


def test_with_its_own_certificate_and_credentials_the_device_is_let_in(store: Seaweed) -> None:
    assert there_and_back(store.place(), "let-in") == b"ours"


def test_nothing_in_the_environment_or_the_home_folder_has_a_say(store: Seaweed, misled: str) -> None:
    assert there_and_back(store.place(), "misled") == b"ours"


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_that_the_machine_trusts_is_not_believed(
    store: Seaweed, foreign: TlsAuthority, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(store.tls.authority))
    with pytest.raises(OffloadError, match="no proof that this is the agency's store"):
        S3(replace(store.place(), authority=str(foreign.authority))).sizes(SERIAL)


@pytest.mark.parametrize("wrong", ["other host", "expired", "not yet"])
def test_a_server_whose_certificate_is_wrong_is_sent_nothing(tmp_path: Path, wrong: str) -> None:
    tls = TlsAuthority(tmp_path / "tls")
    made: dict[str, dict[str, Any]] = {"other host": {"host": "127.0.0.2"}, "expired": {"days": 0}, "not yet": {"since": DAY}}
    with answering(tls, lambda _: Answer(), **made[wrong]) as server:
        with pytest.raises(OffloadError, match="no proof that this is the agency's store"):
            S3(server.place).sizes(SERIAL)
        assert server.asked == []


def test_without_a_client_certificate_or_with_a_foreign_one_the_store_lets_nobody_in(store: Seaweed, foreign: TlsAuthority) -> None:
    pair = foreign.client()
    for certificate, key in (("", ""), (str(pair.certificate), str(pair.key))):
        with pytest.raises(OffloadError, match=r"the connection failed|wants another client certificate"):
            S3(replace(store.place(), certificate=certificate, key=key)).sizes(SERIAL)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            SSLError(endpoint_url="https://store", error="[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] required"),
            r"wants another client certificate .*: mend certificate and key$",
        ),
        (SSLError(endpoint_url="https://store", error="[SSL: CERTIFICATE_VERIFY_FAILED] expired"), "no proof .*; nothing was sent$"),
        (ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "x"), "may not be the one at which the store speaks S3$"),
    ],
)
def test_what_the_store_says_is_named_with_the_mend(error: Exception, said: str) -> None:
    with pytest.raises(OffloadError, match=said), named("read", S3Place("https://store", "evidence"), "it"):
        raise error


def test_wrong_credentials_say_so(store: Seaweed, tmp_path: Path) -> None:
    for who, secret, mend in (("device", "wrong", "secret key is wrong"), ("nobody", "wrong", "does not know these credentials")):
        path = tmp_path / who
        path.write_text(f"[default]\naws_access_key_id = {who}\naws_secret_access_key = {secret}\n")
        with pytest.raises(OffloadError, match=mend):
            S3(replace(store.place(), credentials=str(path))).sizes(SERIAL)


def test_without_credentials_nothing_is_signed_and_nobody_is_asked_for_any(tmp_path: Path, misled: str) -> None:
    with answering(TlsAuthority(tmp_path / "tls"), lambda _: Answer(200, b"<ListBucketResult/>")) as server:
        assert S3(replace(server.place, credentials="")).sizes(SERIAL) == {}
        (asked,) = server.asked
    assert not {"authorization", "x-amz-security-token"} & set(asked.headers)


def test_credentials_that_were_renewed_count_at_the_next_docking(store: Seaweed, tmp_path: Path) -> None:
    place = replace(store.place(), credentials=str(tmp_path / "credentials"))
    for secret, well in (("expired", False), ("device-secret", True)):
        (tmp_path / "credentials").write_text(f"[default]\naws_access_key_id = device\naws_secret_access_key = {secret}\n")
        if well:
            S3(place).sizes(SERIAL)
        else:
            with pytest.raises(OffloadError):
                S3(place).sizes(SERIAL)


def test_no_secret_and_no_token_gets_into_a_log_at_any_level(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    def answer(asked: Asked) -> Answer:
        assert asked.headers["x-amz-security-token"] == "device-token"
        return Answer(403, b"<Error><Code>ExpiredToken</Code></Error>")

    with answering(TlsAuthority(tmp_path / "tls"), answer) as server, pytest.raises(OffloadError, match="have expired") as error:
        S3(server.place).sizes(SERIAL)
    told = caplog.text + repr(error.value) + repr(server.place)
    assert "device-secret" not in told and "device-token" not in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aws_secret_access_key = s3cret\n",
        "[default]\naws_secret_access_key = s3cret\n",
        "[default]\ns3cret\n",
        "[default\ns3cret",
        "\xff",
    ],
)
def test_a_damaged_file_of_credentials_is_named_without_what_is_in_it(store: Seaweed, tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"credentials: needs \[default\]") as error:
        S3(replace(store.place(), credentials=str(path)))
    assert "s3cret" not in repr(error.value) and error.value.__suppress_context__


@pytest.mark.parametrize("name", ["authority", "certificate", "key", "credentials"])
def test_a_file_that_is_absent_or_is_none_of_its_kind_is_named_before_anything_is_sent(store: Seaweed, tmp_path: Path, name: str) -> None:
    (tmp_path / "garbage").write_text("garbage")
    for file, match in (("absent", f"offload.{name}: .*absent is not there"), ("garbage", f"offload.{name}.*garbage|garbage: needs")):
        change: dict[str, Any] = {name: str(tmp_path / file)}
        with pytest.raises(ConfigError, match=match):
            S3(replace(store.place(), **change))


def test_a_key_under_a_passphrase_is_refused_instead_of_asking_for_it(store: Seaweed, tmp_path: Path) -> None:
    place = store.place()
    key = load_pem_private_key(Path(place.key).read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    with pytest.raises(ConfigError, match="passphrase"):
        S3(replace(place, key=str(locked)))


def test_an_environment_that_has_the_keys_of_connections_written_down_is_refused(
    store: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    with pytest.raises(ConfigError, match="SSLKEYLOGFILE"):
        S3(store.place())
    assert not (tmp_path / "keys").exists()


def test_a_store_that_is_away_is_said_to_be(store: Seaweed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(OffloadError, match="does not answer: check the network"):
        S3(replace(store.place(), endpoint=f"https://127.0.0.1:{port}")).sizes(SERIAL)


def test_plain_http_goes_to_this_machine_alone_and_only_where_it_is_written(store: Seaweed) -> None:
    plain = replace(store.place(), endpoint=f"http://127.0.0.1:{store.ports[3]}", authority="", certificate="", key="")
    with pytest.raises(ConfigError, match="in the open"):
        S3(plain)
    assert there_and_back(replace(plain, plain_http=True), "plain") == b"ours"
    with pytest.raises(ConfigError, match="in the open"):
        S3(replace(plain, endpoint="http://192.0.2.1", plain_http=True))


@pytest.mark.parametrize(("ca", "more"), [(True, ()), (False, (ExtendedKeyUsageOID.SERVER_AUTH,))])
def test_a_certificate_that_could_be_evidences_or_a_servers_is_none_of_the_offloader(
    store: Seaweed, tmp_path: Path, ca: bool, more: tuple[ObjectIdentifier, ...]
) -> None:
    pair = TlsAuthority(tmp_path / "tls").client("mine", ca, *more)
    with pytest.raises(ConfigError, match="not for a TLS client alone"):
        S3(replace(store.place(), certificate=str(pair.certificate), key=str(pair.key)))


def test_a_servers_own_certificate_is_no_clients(store: Seaweed) -> None:
    pair = store.tls.server("other")
    with pytest.raises(ConfigError, match="not for a TLS client alone"):
        S3(replace(store.place(), certificate=str(pair.certificate), key=str(pair.key)))
