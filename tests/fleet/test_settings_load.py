"""What a fleet admin writes is read as meant, or refused by place and mend."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.load import LONGEST, line_of, load_settings, read_toml
from bwc_agent.fleet.model import Profile
from bwc_agent.fleet.settings import Settings
from bwc_agent.package_data import config_file
from bwc_agent.units import seconds

BAD = [
    ("[buffer]\nseconds = 29\n", "line 2: buffer.seconds: 29 is below the floor of DHS 045-07 V.A.7"),
    ("buffer.seconds = 29\n", "line 1: buffer.seconds: 29 is below the floor"),
    ("[buffer]\nsecond = 60\n", "line 2: buffer.second: unknown key; did you mean 'seconds'?"),
    ("\n[buttons]\n# why\nhold = 3\n", "line 4: buttons.hold: 3 is not understood"),
    ('[buttons]\nhold = "3 parsecs"\n', "write a number and a unit (ms, s, min, h)"),
    ('[picture]\nsize = "641x361"\n', "line 2: picture.size: 641x361 cannot be encoded"),
    ('[picture]\nbitrate = "90 Mb/s"\n', "set 0.25 Mb/s to 20 Mb/s"),
    ('[agency]\ntime_zone = "Mars/Olympus"\n', "line 2: agency.time_zone: 'Mars/Olympus' is no time zone"),
    ('[dock]\nwhile_recording = "maybe"\n', "line 2: dock.while_recording: input should be 'continue' or 'stop'"),
    ("[mute]\nallowed = 1\n", "line 2: mute.allowed: input should be a valid boolean, not 1"),
    ('[buttons]\ndouble_press_window = "2 s"\nhold = "2 s"\n', "line 3: buttons.hold: hold is not longer than double_press_window, 2 s"),
    ('[reminder]\nevery = "0 s"\n', "line 2: reminder.every: '0 s' is out of bounds: set 10 s to 15 min; the nearest is 10 s"),
    ('[reminder]\nevery = "999999999999 h"\n', "out of bounds: set 10 s to 15 min; the nearest is 15 min"),
    ('"buffer" . "seconds" = 29\n', "line 1: buffer.seconds: 29 is below the floor"),
    ("\nbuffer = { sound = true, seconds = 29 }\n", "line 2: buffer.seconds: 29 is below the floor"),
    ('[agency]\nowner = """\n[buffer]\nseconds = 31"""\n[buffer]\nseconds = 28\n', "line 2: agency.owner: '[buffer]"),
    ("[agency]\npurpose = '''\n[buffer]'''\n[buffer]\nseconds = 28\n", "line 5: buffer.seconds: 28 is below the floor"),
    ("[buffer]\nsound = true\n[mute]\nallow = 1\n[buffers]\n", "line 4: mute.allow: unknown key; did you mean 'allowed'? (1 more wrong"),
    ("[buffer]\nSECONDS = 60\n", "line 2: buffer.SECONDS: unknown key; did you mean 'seconds'?"),
    ("[buffer]\nseconds = 999\n", "line 2: buffer.seconds: input should be less than or equal to 600, not 999: set 600"),
    ('[dock]\nwhile_recording = "contine"\n', "not 'contine'; did you mean 'continue'?"),
    ("[picture]\nrate = 29.97\n", "not 29.97: write a whole number"),
    ('[agency]\ntime_zone = "america/new york"\n', 'did you mean "America/New_York"?'),
    ('[agency]\nowner = " "\n', "line 2: agency.owner: ' ' cannot stand in a record"),
    ('[agency]\npurpose = "a\\u0000b"\n', "line 2: agency.purpose: 'a\\x00b' cannot stand in a record"),
    ('[agency]\nofficer = "Jo Doe"\n', "line 2: agency.officer: 'Jo Doe' is no opaque number"),
    ('"\\u001b[31m" = 1\n', "line 1: '\\x1b[31m': unknown key"),
    ("buffer.seconds = " + "[" * 200 + "]" * 200, "line 1: buffer.seconds: input should be a valid integer, not [[[...]]]"),
    ("[buffer]\nseconds = [\n", "the last line is 2"),
    ("mute = yes\n", "not TOML"),
    ("[wings]\nx = 1\n", "line 1: wings: unknown key"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_bad_input_is_refused_by_file_line_key_and_mend(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert said in str(refused.value) and str(path) in str(refused.value)
    assert len(str(refused.value)) < 600 and str(refused.value).isprintable()
    assert path.read_text() == text and list(tmp_path.iterdir()) == [path]


def test_a_folder_a_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"x = '\xe9'\n")
    for path, said in ((tmp_path, "cannot read"), (tmp_path / "none", "check the path"), (latin, "not UTF-8 at byte 5")):
        with pytest.raises(ConfigError, match=said):
            load_settings(path)


def test_a_pipe_and_a_file_without_end_are_refused_unread(tmp_path: Path) -> None:
    long, pipe = tmp_path / "long.toml", tmp_path / "pipe.toml"
    long.write_bytes(b"#" * (LONGEST + 1))
    os.mkfifo(pipe)
    for path, said in ((long, "longer than 1048576 bytes"), (pipe, "no regular file"), (Path("/dev/zero"), "no regular file")):
        with pytest.raises(ConfigError, match=said):
            load_settings(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_bytes(b"\xef\xbb\xbf[buffer]\nseconds = 45\n")
    assert load_settings(path).policy.pre_roll == seconds(45)


KEYS = [f"{name}.{key}" for name, field in Profile.model_fields.items() for key in getattr(field.annotation, "model_fields", {})]
VALUES = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.sampled_from(["true", '"600 ms"', '"999999999999 h"', '"8 Mb/s"', "2026-03-14", "[[1]]", "{ a = 1 }"]),
    st.text(max_size=20).map(lambda text: '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"'),
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(KEYS), value=VALUES)
def test_any_value_is_taken_into_the_digest_or_refused_by_its_key(key: str, value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "value.toml"
    path.write_text(f"\n{key} = {value}\n")
    try:
        assert len(load_settings(path).digest()) == 64
    except ConfigError as error:
        assert f"{path}, line 2: {key}" in str(error)


def test_the_readable_baseline_is_what_the_program_does() -> None:
    assert load_settings(config_file("baseline.toml")) == load_settings(None)


def test_the_baseline_names_every_key() -> None:
    table, _ = read_toml(config_file("baseline.toml"))
    for name, field in Profile.model_fields.items():
        inner = getattr(field.annotation, "model_fields", {})
        found = table[name]
        assert isinstance(found, dict) and set(inner) - {"officer"} == set(found)


def test_what_exceeds_the_baseline_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text('buffer.seconds = 60\n[buttons]\ndouble_press_window = "900 ms"\n[agency]\nofficer = "7"\n')
    found = load_settings(path)
    assert found.policy.pre_roll == seconds(60) and found.policy.double_press_window == seconds(0.9) and found.officer == "7"
    assert found.digest() != load_settings(None).digest()


def test_the_ring_has_room_for_what_the_policy_asks() -> None:
    found = Settings()
    assert found.ring_bytes * 8 >= found.video.bitrate * (30 + 3) and found.queue_bytes > found.ring_bytes


def test_the_line_of_a_key_in_the_second_of_two_tables_is_found() -> None:
    assert line_of('[[event]]\nat = "1 s"\n[[event]]\nat = "2 s"\n', ["event", 1, "at"]) == 4


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='[]="\n.abufers0123 ', max_size=60))
def test_any_text_gives_settings_or_a_refusal(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agency.toml"
        path.write_text(text)
        try:
            assert isinstance(load_settings(path), Settings)
        except ConfigError as error:
            assert str(path) in str(error)


def test_a_late_warning_of_a_full_card_takes_the_coarser_picture_with_it(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text("[storage]\nwarn_minutes = 20\n")
    policy = load_settings(path).policy
    assert (policy.low_storage_minutes, policy.scarce_storage_minutes) == (20, 20)


def test_files_of_the_offload_count_from_the_folder_of_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "agency.toml").write_text('[offload]\ndriver = "folder"\nfolder = "dock"\n')
    assert load_settings(tmp_path / "agency.toml").offload.folder == str(tmp_path / "dock")
    (tmp_path / "agency.toml").write_text('[offload]\ndriver = "folder"\nfolder = "/mnt/dock"\n')
    assert load_settings(tmp_path / "agency.toml").offload.folder == "/mnt/dock"
