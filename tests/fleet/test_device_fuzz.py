"""Whatever stands in device.toml or in a resolved file is taken or refused by a ConfigError; nothing else comes out."""

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.device_model import DeviceTable
from bwc_agent.fleet.load import check, load_device
from bwc_agent.fleet.resolved import dump, load
from bwc_agent.fleet.settings import Settings

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**40), 10**40), st.floats(), st.text(max_size=20), st.just("x" * 10_000),
    st.sampled_from(["none", "opencv", "gpiozero", "sysfs", "gpio", "charger", "carrier:", "udc", "\x00", "hw:1,0\n"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3))
)
WHOLE = json.loads(dump(Settings(), Device("BWC-0001", "vault")))
GOOD: dict[str, object] = {
    "serial": "A-1",
    "vault": "v",
    "camera": {"driver": "opencv"},
    "microphone": {"driver": "none"},
    "buttons": {"driver": "gpiozero", "event": {"pin": 17}, "function": {"pin": 27}},
    "indicator": {"driver": "gpiozero", "red": {"pin": 22}},
    "dock": {"driver": "sysfs", "signs": ["gpio", "charger"], "contact": {"pin": 16}},
}


def keys(table: object, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(table, dict):
        return [before]
    return [before, *(path for key, value in table.items() for path in keys(value, (*before, key)))]


def changed(table: dict[str, object], path: tuple[str, ...], value: object) -> object:
    if not path:
        return value
    whole = copy.deepcopy(table)
    place = whole
    for key in path[:-1]:
        inner = place[key]
        assert isinstance(inner, dict)
        place = inner
    place[path[-1]] = value
    return whole


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(keys(WHOLE)), VALUES)
@example(("settings", "video", "rate"), float("nan"))
@example(("device", "power", "off"), [["nested"]])
def test_a_resolved_file_with_any_value_anywhere_is_taken_or_refused(path: tuple[str, ...], value: object) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "resolved.json"
        file.write_text(json.dumps(changed(WHOLE, path, value)))
        try:
            load(file)
        except ConfigError as error:
            assert str(file) in str(error) and len(str(error)) < 2000


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(keys(GOOD)), VALUES)
@example(("serial",), "x" * 10_000)
@example(("dock", "signs"), ["x" * 10_000])
def test_a_device_with_any_value_anywhere_is_taken_or_refused(path: tuple[str, ...], value: object) -> None:
    table = changed(GOOD, path, value)
    if not isinstance(table, dict):
        return
    try:
        found = check(DeviceTable, table, "", "device.toml").frozen()
    except ConfigError as error:
        assert "device.toml" in str(error) and len(str(error)) < 2000
    else:
        assert isinstance(found, Device)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_a_device_of_any_bytes_is_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "device.toml"
        file.write_bytes(data)
        try:
            load_device(file)
        except ConfigError as error:
            assert str(file) in str(error)
        else:
            raise AssertionError("it lacks everything")
