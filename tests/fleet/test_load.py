"""Files that are hard to read, and lines that are hard to find: still a refusal by place and mend, never a crash; nothing is written."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.load import line_of, load_settings
from bwc_agent.fleet.settings import Settings
from bwc_agent.fleet.units import parse_bitrate, parse_size, parse_speed, parse_time, show_time
from bwc_agent.units import TICKS

NINES = "9" * 5000
BAD = [
    ("a = 1\n\nb =\n", "not TOML: Invalid value (at line 3, column 4); mend the line named"),
    ("[buffer]\nseconds = 30\n[buffer]\n", "at line 3"),
    (f"a = {NINES}\n", "a number too long or tables too deep to be read: shorten it"),
    (f"a = {'[' * 5000}\n", "a number too long or tables too deep to be read: shorten it"),
    (f'[buttons]\nhold = "{NINES} s"\n', "line 2: buttons.hold: "),
    (f'[picture]\nbitrate = "{NINES} Mb/s"\n', "line 2: picture.bitrate: "),
    ('[buttons]\nhold = "-1 s"\n', "line 2: buttons.hold: '-1 s' is not understood: write a number and a unit"),
    ('[buttons]\nhold = "0 s"\n', "line 2: buttons.hold: '0 s' is out of bounds: set 1 s to 10 s; the nearest is 1 s"),
    ('[buttons]\nhold = "11 s"\n', "line 2: buttons.hold: '11 s' is out of bounds: set 1 s to 10 s; the nearest is 10 s"),
    ('[buttons]\ndebounce = "60 ms"\n', "line 2: buttons.debounce: '60 ms' is out of bounds: set 1 ms to 50 ms; the nearest is 50 ms"),
    ('[picture]\nbitrate = "8 MB/s"\n', """write a number and a unit (b/s, kb/s, Mb/s), as in "8 Mb/s\""""),
    ("[picture]\nsize = 5\n", 'line 2: picture.size: 5 is not a picture size: write width x height, as in "1280x720"'),
    ("[picture]\nrate = 61\n", "line 2: picture.rate: input should be less than or equal to 60, not 61"),
    ("[buffer]\nsound = true\nseconds = 601\n", "line 3: buffer.seconds: input should be less than or equal to 600, not 601"),
    ("[buffer]\nseconds = 30.0\n", "line 2: buffer.seconds: input should be a valid integer, not 30.0"),
    ("[agency]\nofficer = 4471\n", "line 2: agency.officer: input should be a valid string, not 4471"),
    ("[buffer]\n[buttons]\nhold = '4 s'\n[reminder]\nhold = '4 s'\n", "line 5: reminder.hold: unknown key; known here: every, asleep"),
    ("\n[ buttons . window ]\n", "line 2: buttons.window: unknown key"),
    ("# first\nbuttons = { hold = 3 }\n", "line 2: buttons.hold: 3 is not understood"),
    ("buttons = 3\n", "line 1: buttons: "),
    ("a = 1\n" + "a." * 65 + "b = 1\n", ", line 2: more than 64 dots in a line: no key is that deep"),
    ("[button]\n", "line 1: button: unknown key; did you mean 'buttons'?"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said[:60] for _, said in BAD])
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_written(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert str(refused.value).startswith(str(path)) and said in str(refused.value)
    assert path.read_text() == text and list(tmp_path.iterdir()) == [path]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: f"[buttons]\nhold = '{text}'\n".encode())))
@example(b"\xef\xbb\xbf[buffer]\n")
@example(b"[buffer]\r\nseconds = 30\r\n")
@example(b"\x00")
def test_any_bytes_give_settings_or_a_refusal_that_names_the_file(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agency.toml"
        path.write_bytes(content)
        try:
            assert isinstance(load_settings(path), Settings)
        except ConfigError as error:
            assert str(error).startswith((str(path), f"cannot read {path}"))
        assert path.read_bytes() == content


NESTED = """\
[settings.buffer]
seconds = 30

[[event]]
at = "1 s"

[[event]]
do = "press"
at = "2 s"

[settings.buttons]
hold = "3 s"
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (["settings", "buffer"], 1),
        (["settings", "buffer", "seconds"], 2),
        (["event", 0, "at"], 5),
        (["event", 1, "do"], 8),
        (["event", 1, "at"], 9),
        (["event", 1, "absent"], 7),
        (["settings", "buttons", "hold"], 12),
        (["absent"], 1),
    ],
)
def test_a_key_is_found_on_its_line_or_on_that_of_its_table(key: list[str | int], line: int) -> None:
    assert line_of(NESTED, key) == line


@given(st.integers(0, 10**6))
def test_every_unit_of_time_means_what_it_says(count: int) -> None:
    assert parse_time(f"{count} s") == parse_time(f"{count * 1000}ms") == count * TICKS
    assert parse_time(f" {count} min ") == parse_time(f"{count * 60} s")
    assert parse_time(f"{count} h") == parse_time(f"{count * 60} min")


def test_rates_speeds_and_sizes_mean_what_they_say() -> None:
    assert parse_bitrate("2.5 Mb/s") == parse_bitrate("2500 kb/s") == parse_bitrate("2500000 b/s") == 2_500_000
    assert parse_speed("0.02 GB/s") == parse_speed("20 MB/s") == parse_speed("20000 kB/s") == 20_000_000
    assert parse_size("640 x 360") == (640, 360)
    assert show_time(parse_time("600 ms")) == "0.6 s"


@pytest.mark.parametrize("value", ["", "3", "s", "-1 s", "1e3 s", "3 S", "3 Mb/s", "٣ s", "nan s", "1.s", 3, 3.0, True, None, []])
def test_a_time_that_is_not_a_number_with_a_unit_of_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match='write a number and a unit \\(ms, s, min, h\\), as in "30 s"'):
        parse_time(value)


@pytest.mark.parametrize("value", ["318x180", "320x178", "3842x2160", "3840x2162", "641x360", "640x361", "640", "640x", "-640x360", 640])
def test_a_size_that_cannot_be_encoded_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not a picture size|cannot be encoded"):
        parse_size(value)
