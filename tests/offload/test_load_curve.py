"""What the page about the fleet's load says, at a fiftieth of its size: the same numbers each time, and the same conclusions."""

from dataclasses import replace

import pytest

from tests.offload.load_curve import SEGMENT, Curve, Fleet, Shift, Store, summary, table

FLEET = Fleet(cameras=100, segments=20)
STORE = Store(bandwidth=25e6, uploads=20, requests=100)
IDEAL = FLEET.cameras * FLEET.segments * SEGMENT / STORE.bandwidth


def played(**changes: object) -> Curve:
    return Shift(replace(FLEET, **changes), STORE).run()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def jitter() -> Curve:
    return played()


def test_every_camera_is_done_and_every_byte_arrives_once(jitter: Curve) -> None:
    assert len(jitter.done) == FLEET.cameras
    assert sum(jitter.bytes.values()) == FLEET.cameras * FLEET.segments * SEGMENT


def test_it_is_the_store_s_bandwidth_that_limits(jitter: Curve) -> None:
    assert jitter.done[-1] / IDEAL == pytest.approx(1, abs=0.05)
    doubled = Shift(FLEET, replace(STORE, bandwidth=2 * STORE.bandwidth)).run()
    assert doubled.done[-1] / jitter.done[-1] == pytest.approx(0.5, abs=0.05)


def test_without_jitter_they_come_back_together_and_the_store_stands_idle_between(jitter: Curve) -> None:
    herd = played(jitter=False, spread=0.0)
    assert herd.done[-1] > jitter.done[-1]
    assert max(herd.requests.values()) > 2 * max(jitter.requests.values())


def test_the_spread_of_the_first_try_keeps_the_first_second_below_what_the_store_answers(jitter: Curve) -> None:
    at_once = played(spread=0.0)
    assert max(jitter.requests.values()) <= STORE.requests < max(at_once.requests.values())


def test_the_same_seed_gives_the_same_curve(jitter: Curve) -> None:
    assert played() == jitter


def test_the_tables_are_markdown_with_a_row_for_each(jitter: Curve) -> None:
    assert summary("x", jitter, STORE).startswith("| x | ") and len(list(table(jitter, [1, 2]))) == 4
