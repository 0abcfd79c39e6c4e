"""What FORMAT.md tells a stranger to do works, and what it states is what the code does."""

import re
import subprocess
from pathlib import Path

import pytest

import bwc_agent.evidence
from bwc_agent.evidence import certs, keys, lines, tink_stream
from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from tests.evidence.trial import SERIAL, Agency, grown_chain

PAGE = (Path(bwc_agent.evidence.__file__).parent / "FORMAT.md").read_text()


@pytest.mark.parametrize("altered", [False, True])
def test_the_recipe_verifies_a_log_with_stock_tools(tmp_path: Path, altered: bool) -> None:
    key, chain = grown_chain(Agency.new(), 3)
    log = SignedLines("recording", Signer(SoftwareKey(key), chain[0]))
    data = log.first(0, device=SERIAL, start=2) + log.sign() + log.add("marker", 5) + log.sign() + log.add("stop", 6)
    (tmp_path / "log.jsonl").write_bytes(data.replace(b'"t":5', b'"t":6', 1) if altered else data)
    (tmp_path / "signer.pem").write_bytes(chain_to_pem(chain))
    found = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    script = found[1].replace("/tmp/", f"{tmp_path}/")
    ran = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0, "Verified OK" in ran.stdout) == (not altered, not altered)


@pytest.mark.parametrize(
    "stated",
    [
        f"at most {lines.MAX_DEPTH} levels",
        f"fill {tink_stream.CHUNK} bytes ({tink_stream.FIRST_PLAINTEXT} of plaintext)",
        f"{tink_stream.CHUNK} ({tink_stream.CHUNK_PLAINTEXT} of plaintext)",
        f"0x{tink_stream.HEADER:x} | salt (32)",
        f"at most {certs.MAX_CHAIN} certificates",
        f"before it has {keys.RENEW_AT}",
    ],
)
def test_its_numbers_are_the_codes(stated: str) -> None:
    assert stated in re.sub(r"\s+", " ", PAGE)


def test_its_names_are_the_codes() -> None:
    _, chain = grown_chain(Agency.new(), 1)
    assert certs.check_links(chain) == StartIdentity(SERIAL, 0)
    assert "`serialNumber=S`, then `CN=bwc start NNNNNN`" in PAGE
    assert "CN=bwc start 000000" in chain[0].subject.rfc4514_string()


def test_every_vector_file_is_listed() -> None:
    folder = Path(__file__).parent.parent / "vectors/evidence"
    listed = {name.strip("`/") for name in re.findall(r"`[a-z_]+(?:\.json|/)`", PAGE)}
    assert {path.name for path in folder.iterdir()} <= listed
