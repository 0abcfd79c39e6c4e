"""A service that looks again and again: each message once, and again only when its answer may have changed."""

import dataclasses
import errno
import fcntl
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.receipts import Receipt
from bwc_agent.evidence.revocations import Revocation, revocation_file, write_revocation
from bwc_agent.storage import rounds
from bwc_agent.storage.custodian import Custodian
from bwc_agent.storage.inbox import Inbox, open_inbox
from bwc_agent.storage.messages import Answer, Clerk
from bwc_agent.storage.protect import Notice
from bwc_agent.storage.release import Outcome
from bwc_agent.storage.rounds import Rounds
from bwc_agent.storage.trust import read_trust
from tests.offload.shift import UTC, Shift, tree
from tests.storage.inbox_made import CUT, FIRST, deliver, receipt, run, worked
from tests.striking import refusing, struck_disk


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


def watched(shift: Shift, *between: Callable[[], object]) -> list[list[Answer | Notice]]:
    """What is said in each pass; what stands in `between` happens between two of them."""
    passes: list[list[Answer | Notice]] = [[]]
    deeds: Iterator[Callable[[], object]] = iter(between)

    def pause() -> bool:
        if (deed := next(deeds, None)) is None:
            return False
        deed()
        passes.append([])
        return True

    for said in Custodian(shift.vault, shift.vault.inbox).watch(shift.vault.trust, pause):
        passes[-1].append(said)
    return passes


def outcomes(said: list[Answer | Notice]) -> list[Outcome | type[Exception]]:
    answers = [each.outcome for each in said if isinstance(each, Answer)]
    return [outcome if isinstance(outcome, Outcome) else type(outcome) for outcome in answers]


def nothing() -> None:
    """Nothing happens in between."""


def test_a_message_is_answered_once_and_another_as_it_comes(shift: Shift) -> None:
    deliver(shift, b"rubbish")
    said = watched(shift, nothing, lambda: deliver(shift, receipt(shift)), nothing)
    assert [outcomes(each) for each in said] == [[IntegrityError], [], [Outcome.RELEASED], []]


def test_a_message_that_waits_is_asked_again_when_its_recording_closes_and_says_nothing_until_then(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "vault")
    start = shift.start()
    start.begin(2)
    start.cut()
    deliver(shift, receipt(shift, CUT))
    said = watched(shift, nothing, lambda: shift.start().off(), nothing)
    assert [outcomes(each) for each in said] == [[Outcome.WAITS], [], [Outcome.RELEASED], []]


def test_a_flooded_inbox_does_not_flood_the_log_and_hides_no_release(shift: Shift) -> None:
    def flooded() -> None:
        for path in shift.vault.inbox.iterdir():
            path.unlink()
        for _ in range(300):
            deliver(shift, os.urandom(9))

    def flooded_around(good: Receipt) -> None:
        flooded()
        deliver(shift, good)

    good = receipt(shift)
    flooded()
    said = watched(shift, flooded, lambda: flooded_around(good), flooded)
    assert [outcomes(each).count(IntegrityError) for each in said] == [100, 1, 1, 1]
    assert [outcomes(each).count(Outcome.RELEASED) for each in said] == [0, 0, 1, 0]
    notices = [str(each.error) for each in itertools.chain(*said) if isinstance(each, Notice)]
    assert notices == ["200 more messages were refused, and most that follow are not named"]


def test_a_folder_that_cannot_be_listed_for_a_moment_ends_nothing(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    good, really = deliver(shift, receipt(shift)), Path.iterdir

    def iterdir(path: Path) -> Iterator[Path]:
        if path == shift.vault.recordings:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return really(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    said = watched(shift, nothing, lambda: monkeypatch.setattr(Path, "iterdir", really), nothing, nothing)
    assert outcomes(list(itertools.chain(*said))) == [StorageError, Outcome.RELEASED]
    assert not (shift.vault.inbox / good).exists()


def test_a_message_that_changed_is_asked_again(shift: Shift) -> None:
    good = deliver(shift, receipt(shift))
    data = (shift.vault.inbox / good).read_bytes()
    (shift.vault.inbox / good).write_bytes(b"half")
    said = watched(shift, nothing, lambda: (shift.vault.inbox / good).write_bytes(data))
    assert [outcomes(each) for each in said] == [[IntegrityError], [], [Outcome.RELEASED]]


def test_what_the_card_refuses_is_said_once_and_tried_again_less_and_less_often(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answer = Clerk.answer

    def counted(clerk: Clerk, box: Inbox, name: str) -> Answer:
        asked.append(name)
        return answer(clerk, box, name)

    monkeypatch.setattr(Clerk, "answer", counted)
    name = deliver(shift, receipt(shift))
    with struck_disk() as disk:
        disk.strike(0, refusing(), "unlink", times=None)
        said = watched(shift, *[nothing] * 9, disk.mend, *[nothing] * 6)
    assert [outcomes(each) for each in said] == [[StorageError], *[[]] * 14, [Outcome.RELEASED], []]
    assert asked == [name] * 5


def test_trouble_with_the_places_is_said_once_and_ends_when_they_are_mended(shift: Shift) -> None:
    away = shift.vault.root / "away"
    deliver(shift, receipt(shift))
    shift.vault.inbox.rename(away)
    first, second, third = watched(shift, nothing, lambda: away.rename(shift.vault.inbox))
    (notice,) = first
    assert isinstance(notice, Notice) and b"cannot open the inbox" in notice.line() and second == []
    assert outcomes(third) == [Outcome.RELEASED]


def test_under_a_new_trust_what_was_refused_is_asked_again(shift: Shift) -> None:
    pem = shift.vault.trust / "receipt.pem"
    right = pem.read_bytes()
    pem.write_bytes(chain_to_pem([shift.desk.agency.receipt(new_key())]))
    deliver(shift, receipt(shift))
    said = watched(shift, nothing, lambda: pem.write_bytes(right))
    assert [outcomes(each) for each in said] == [[IntegrityError], [], [Outcome.RELEASED]]


# --- revocations and messages for others


def revocation(shift: Shift, start: int, device: str | None = None) -> bytes:
    return write_revocation(Revocation(device or shift.serial, start, None, UTC, "stolen"), shift.desk.agency.signer)


@pytest.mark.parametrize("device", [None, "BWC-9999"])
def test_a_revocation_by_the_authority_is_kept_in_trust_and_leaves_the_inbox(shift: Shift, device: str | None) -> None:
    data = revocation(shift, 0, device)
    deliver(shift, data)
    (answer,) = run(shift)
    name = f"revocations/{revocation_file(device or shift.serial, data)}"
    assert (answer.outcome, answer.file) == (Outcome.FILED, name)
    assert (shift.vault.trust / name).read_bytes() == data and os.listdir(shift.vault.inbox) == []
    deliver(shift, data)
    before = tree(shift.vault.trust)
    assert [answer.outcome for answer in run(shift)] == [Outcome.FILED]
    assert tree(shift.vault.trust) == before and len(read_trust(shift.vault.trust).revocations.held) == 1


def test_from_a_revocation_on_nothing_is_released_for_what_it_revokes_even_in_the_same_pass(shift: Shift) -> None:
    deliver(shift, revocation(shift, -1))
    names = sorted([deliver(shift, dataclasses.replace(receipt(shift), at=UTC + more)) for more in range(20)])
    revoked = next(name for name in os.listdir(shift.vault.inbox) if name not in names)
    said = {answer.name: answer.outcome for answer in run(shift)}
    assert all(isinstance(said[name], IntegrityError) for name in names if name > revoked)
    assert said[revoked] is Outcome.FILED


@pytest.mark.parametrize("device", ["../../evil", "", "x" * 99])
def test_a_revocation_is_never_led_out_of_its_folder_by_the_device_that_it_names(shift: Shift, device: str) -> None:
    deliver(shift, write_revocation(Revocation(device, 0, None, UTC, "x"), shift.desk.agency.signer))
    before = tree(shift.vault.root)
    (answer,) = run(shift)
    assert "no device" in str(answer.outcome) and tree(shift.vault.root) == before


def test_a_revocation_by_anybody_else_is_refused(shift: Shift) -> None:
    data = write_revocation(Revocation(shift.serial, -1, None, UTC, "x"), shift.desk.receipts)
    deliver(shift, data)
    (answer,) = run(shift)
    assert isinstance(answer.outcome, IntegrityError) and not (shift.vault.trust / "revocations").exists()


# --- an inbox that does not let go


def test_a_message_that_cannot_be_removed_has_done_its_work_and_that_is_said_once(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_box: object, name: str) -> None:
        raise StorageError(f"cannot remove {name}: Read-only file system")

    monkeypatch.setattr("bwc_agent.storage.inbox.Inbox.remove", stuck)
    name = deliver(shift, receipt(shift))
    first, *later = watched(shift, nothing, nothing)
    (answer,) = first
    assert isinstance(answer, Answer) and answer.outcome is Outcome.RELEASED and answer.exit_status == StorageError.exit_status
    assert json.loads(answer.line()) == {
        "code": "storage",
        "file": f"{FIRST}/0001.tink",
        "kind": "released",
        "message": name,
        "why": f"cannot remove {name}: Read-only file system",
    }
    assert later == [[], []] and not (shift.vault.recording(FIRST) / "0001.tink").exists()
    assert (shift.vault.recording(FIRST) / "receipts" / name).exists()


# --- an inbox that an enemy fills


def hostile(inbox: Path) -> None:
    """All that a user without rights can put there."""
    for number in range(200):
        (inbox / f"{number:064x}.jsonl").write_bytes(b"x")
        (inbox / f".{number}.tmp").write_bytes(b"half")
        os.mkfifo(inbox / f"pipe{number}")
        (inbox / f"link{number}").symlink_to("/dev/zero")
        (inbox / f"folder{number}").mkdir()
        os.close(os.open(os.fsencode(inbox) + b"/\xff%d" % number, os.O_CREAT | os.O_WRONLY))
    sparse = inbox / ("f" * 64 + ".jsonl")
    sparse.touch()
    os.truncate(sparse, 1 << 40)
    (inbox / ("e" * 64 + ".jsonl")).hardlink_to(inbox / ("0" * 64 + ".jsonl"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(inbox / "socket"))


def test_whatever_stands_in_the_inbox_a_good_receipt_has_its_turn_and_no_pass_takes_more_than_its_share(shift: Shift) -> None:
    hostile(shift.vault.inbox)
    name = deliver(shift, receipt(shift))
    clerk, asked, passes = Clerk(shift.vault, read_trust(shift.vault.trust)), Rounds(shift.vault, most=100, remembered=150), []
    with open_inbox(shift.vault.inbox) as box:
        for _ in range(12):
            passes.append(list(asked.go(box, clerk)))
    assert max(len(each) for each in passes) <= 100
    said = {answer.name: answer.outcome for each in passes for answer in each}
    assert said.pop(name) is Outcome.RELEASED
    assert len(said) == 1003 and all(isinstance(outcome, IntegrityError) for outcome in said.values())


def test_a_lease_on_a_message_does_not_make_the_custodian_wait(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    held = shift.vault.inbox / deliver(shift, receipt(shift, file="0001.notes.tink"))
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        with held.open("rb+") as file:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            assert sorted(type(answer.outcome).__name__ for answer in run(shift)) == ["IntegrityError", "Outcome"]
    finally:
        signal.signal(signal.SIGIO, before)
    assert [answer.outcome for answer in run(shift)] == [Outcome.RELEASED]


def test_twenty_thousand_names_cost_one_pass_no_more_than_its_share(shift: Shift) -> None:
    for number in range(20_000):
        (shift.vault.inbox / f"a{number}").touch()
    name = deliver(shift, receipt(shift))
    asked = Rounds(shift.vault)
    with open_inbox(shift.vault.inbox) as box:
        assert len(box.names("", rounds.MOST)) == rounds.MOST
        passes = 0
        while (shift.vault.inbox / name).exists():
            assert len(list(asked.go(box, Clerk(shift.vault, read_trust(shift.vault.trust))))) <= rounds.MOST
            passes += 1
    assert passes <= 20_001 // rounds.MOST + 1


@settings(deadline=None, max_examples=40)
@given(
    st.sets(st.text("abcdefgh0123456789.-\udc80\udcff", min_size=1, max_size=12).filter(lambda name: name not in (".", "..")), max_size=25),
    st.integers(1, 9),
)
def test_every_name_has_its_turn_within_as_many_passes_as_it_takes(names: set[str], most: int) -> None:
    with TemporaryDirectory() as folder:
        for name in names:
            (Path(folder) / name).touch()
        with open_inbox(Path(folder)) as box:
            whole, seen, after = box.names(), list[str](), ""
            while part := box.names(after, most):
                assert len(part) <= most
                seen += part
                after = part[-1]
    assert seen == whole == sorted(name for name in names if not (name.startswith(".") and name.endswith(".tmp")))


# --- the program


def test_the_service_answers_what_comes_and_ends_in_order_when_it_is_asked_to(shift: Shift) -> None:
    places = ["--vault", shift.vault.root, "--inbox", shift.vault.inbox, "--trust", shift.vault.trust, "--watch", "0.01"]
    command = [sys.executable, "-m", "bwc_agent.storage.custodian", *map(str, places)]
    deliver(shift, b"rubbish")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as service:
        assert service.stdout is not None and service.stderr is not None
        assert json.loads(service.stdout.readline())["kind"] == "refused"
        deliver(shift, receipt(shift))
        assert json.loads(service.stdout.readline())["kind"] == "released"
        service.send_signal(signal.SIGTERM)
        assert service.wait(30) == 0
        assert (service.stdout.read(), service.stderr.read()) == (b"", b"")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_wrong_number_of_seconds_is_refused(shift: Shift, seconds: str) -> None:
    command = [sys.executable, "-m", "bwc_agent.storage.custodian", "--vault", "v", "--inbox", "i", "--trust", "t", f"--watch={seconds}"]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 2 and b"--watch" in done.stderr
