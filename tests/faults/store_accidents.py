"""What may be wrong with the store's machine, its certificate, the device's credentials and its clock: no lie, only bad luck or neglect."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import local
from typing import Any

import pytest
from botocore import auth

from bwc_agent.offload.settings import S3Place
from tests.faults.store_faults import BROKEN, SEALED, During, Fault, impatient
from tests.faults.store_stage import Stage
from tests.faults.store_story import StoreStory
from tests.offload.liar import Answer, Asked, Cut, Store, honest, liar
from tests.offload.lies import nth, segments
from tests.offload.tls import Pair, TlsAuthority

DAY, YEARS = timedelta(days=1), timedelta(days=3650)


def _certified(make: Callable[[TlsAuthority], Pair]) -> During:
    """The device meets a server with another certificate."""

    @contextmanager
    def during(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        with liar(here.store, make(here.store.tls)) as other, _reached(here, other.place()):
            yield

    return during


def _believing(make: Callable[[Path], Path]) -> During:
    """The device was given another authority."""
    return lambda here, _story, _random: _reached(here, replace(here.place, authority=str(make(here.store.folder))))


@contextmanager
def _renewed(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
    """The store does not know the credentials; then the file is written anew, and nobody starts anything again."""
    path = here.store.folder / "renewed.credentials"
    path.write_text("[default]\naws_access_key_id = yesterday\naws_secret_access_key = yesterday-secret\n")
    here.place = replace(here.place, credentials=str(path))
    yield
    path.write_bytes(here.store.credentials("device").read_bytes())


@contextmanager
def _reached(here: Stage, place: S3Place) -> Iterator[None]:
    before, here.place = here.place, place
    try:
        yield
    finally:
        here.place = before


def _nobody(listening: bool) -> During:
    """A port at which nobody listens, or somebody who never says a word."""

    @contextmanager
    def during(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            if listening:
                server.listen()
            place = replace(here.place, endpoint=f"https://127.0.0.1:{server.getsockname()[1]}")
            with impatient(), _reached(here, place):
                yield

    return during


def _clock(wrong_by: timedelta) -> During:
    """The device, and nobody else, signs by a clock that is wrong; the store refuses by its own. (TLS would refuse first: see below.)"""

    @contextmanager
    def during(_here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        now, sign, signing = auth.get_current_datetime, auth.SigV4Auth.add_auth, local()

        def add_auth(signer: Any, request: Any) -> None:
            signing.wrong_by = wrong_by if signer.credentials.access_key == "device" else timedelta()
            sign(signer, request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(auth.SigV4Auth, "add_auth", add_auth)
            patch.setattr(auth, "get_current_datetime", lambda *given: now(*given) + signing.wrong_by)
            yield

    return during


@contextmanager
def _killed(here: Stage, _story: StoreStory, random: Random) -> Iterator[None]:
    """SIGKILL for the store, while an upload is half there or before it is answered; it is started again afterwards."""
    whole = random.random() < 0.5

    def kill(asked: Asked, store: Store) -> Answer:
        if whole:
            store(asked)
        else:
            asked.take(random.randrange(4000))
        here.store.kill()
        raise Cut

    here.device.lie = nth(random.randrange(SEALED), segments, kill)
    try:
        yield
    finally:
        here.device.lie = honest
        if here.store.process is None:
            here.store.start()


_NO_PROOF = "no proof that this is the agency's store.*nothing was sent"
_OLD = "certificate.*set the clock here"

ACCIDENTS: tuple[Fault, ...] = (
    Fault("store killed -9 in an upload, and started again", BROKEN, _killed),
    Fault("nobody listens", "check the dock's network", _nobody(listening=False)),
    Fault("somebody listens and never says a word", BROKEN, _nobody(listening=True)),
    Fault("store of another authority", _NO_PROOF, _certified(lambda tls: TlsAuthority(tls.folder / "other", "other").server())),
    Fault("device believes another authority", _NO_PROOF, _believing(lambda folder: TlsAuthority(folder / "foreign", "foreign").authority)),
    Fault("certificate of another host", _NO_PROOF, _certified(lambda tls: tls.server("elsewhere", host="127.0.0.2"))),
    Fault("certificate expired, or the device's clock years ahead", _OLD, _certified(lambda tls: tls.server("old", since=-YEARS))),
    Fault("certificate of the future, or the clock years behind", _OLD, _certified(lambda tls: tls.server("new", since=YEARS))),
    Fault("device's clock ten years behind", "set the one here", _clock(-YEARS)),
    Fault("device's clock ten years ahead", "set the one here", _clock(YEARS)),
    Fault("credentials unknown, then renewed", "renew them", _renewed),
)
