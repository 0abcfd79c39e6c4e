"""What is shipped in `config` is what the program does: the baseline equals the model, value by value; the example loads."""

import re
import tomllib

from bwc_agent.control.policy import PRE_ROLL_FLOOR
from bwc_agent.fleet.load import load_settings, read_toml
from bwc_agent.fleet.model import Profile
from bwc_agent.package_data import config_file
from bwc_agent.units import seconds


def test_each_table_of_the_baseline_equals_the_default_of_the_model() -> None:
    table, _ = read_toml(config_file("baseline.toml"))
    written, default = Profile.model_validate(table), Profile()
    assert set(table) == set(Profile.model_fields)
    for name in Profile.model_fields:
        assert getattr(written, name) == getattr(default, name), name
    assert written.settings().digest() == default.settings().digest()


def test_a_baseline_cut_to_any_one_table_is_still_the_baseline() -> None:
    table, _ = read_toml(config_file("baseline.toml"))
    assert all(Profile.model_validate({name: table[name]}) == Profile() for name in table)


def test_the_key_that_is_commented_out_is_a_key() -> None:
    text = config_file("baseline.toml").read_text().replace("# officer", "officer")
    assert Profile.model_validate(tomllib.loads(text)).agency.officer == "4471"


def test_the_baseline_stands_on_the_floor() -> None:
    assert load_settings(config_file("baseline.toml")).policy.pre_roll == PRE_ROLL_FLOOR == seconds(30)


def test_the_example_agency_is_taken_as_written() -> None:
    found = load_settings(config_file("agency.example.toml"))
    policy = found.policy
    assert (found.owner, found.officer, found.time_zone) == ("Example City Police Department", "4471", "America/Chicago")
    assert (policy.pre_roll, policy.pre_roll_audio, policy.stealth_allowed) == (seconds(60), False, False)
    assert (policy.double_press_window, policy.hold, policy.short_stop) == (seconds(0.9), seconds(4), seconds(15))
    assert (policy.reminder, found.video.bitrate) == (seconds(60), 6_000_000)
    assert found.digest() != load_settings(None).digest()


def test_the_readme_lists_every_key_with_the_default_that_it_has() -> None:
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| .+? \| (?:`(.+?)`|left out) \|", config_file("README.md").read_text(), re.MULTILINE)
    listed = {(table, key): value for table, key, value in rows if value or key == "officer"}
    default = Profile()
    keys = {(name, key) for name in Profile.model_fields for key in type(getattr(default, name)).model_fields}
    assert set(listed) == keys
    for (table, key), value in listed.items():
        if value:
            read = Profile.model_validate(tomllib.loads(f"{table}.{key} = {value}"))
            assert read == default, (table, key)
