"""NMEA sentences: what holds is exact, what does not is refused, whatever the bytes."""

import datetime
import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.interfaces import ClockReading, Fix
from hal.location.sentences import LONGEST, UERE_MM, UNCERTAINTY_US, UNKNOWN_MM, Gga, Gst, Lines, Place, Refused, Reports, Rmc, parse
from tests.hal.nmea_made import sealed

MS = 1_000_000
S = 1_000_000_000
NOON = datetime.datetime(2026, 11, 25, 12, 0, 0, tzinfo=datetime.UTC)


def gga(lat: str = "4807.038,N", lon: str = "01131.000,E", quality: str = "1", hdop: str = "0.9", talker: str = "GP") -> bytes:
    return sealed(f"{talker}GGA,120000.00,{lat},{lon},{quality},08,{hdop},545.4,M,46.9,M,,")


def rmc(second: int = 0, status: str = "A", place: str = "4807.038,N,01131.000,E", date: str = "251126", mode: str = "A") -> bytes:
    time = (NOON + datetime.timedelta(seconds=second)).strftime("%H%M%S.00")
    return sealed(f"GNRMC,{time},{status},{place},0.0,,{date},,,{mode},V")


def utc_us(second: int) -> int:
    return int((NOON + datetime.timedelta(seconds=second)).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "lat, lon, want",
    [
        ("4807.038,N", "01131.000,E", (481_173_000, 115_166_667)),
        ("4807.038,S", "01131.000,W", (-481_173_000, -115_166_667)),
        ("0000.00000,N", "00000.00000,E", (0, 0)),
        ("0000.00000,S", "00000.00000,W", (0, 0)),
        ("9000.00000,N", "00000.00000,E", (900_000_000, 0)),
        ("9000.00000,S", "18000.00000,W", (-900_000_000, -1_800_000_000)),
        ("0000.00001,N", "17959.99999,E", (2, 1_799_999_998)),
        ("5959.999999,N", "18000,E", (600_000_000, 1_800_000_000)),
        ("3723.71721,N", "12202.27693,W", (373_952_868, -1_220_379_488)),
    ],
)
def test_both_hemispheres_poles_and_the_antimeridian_are_exact(lat: str, lon: str, want: tuple[int, int]) -> None:
    assert parse(gga(lat, lon)) == Gga(Place(*want), 6_750)


@settings(deadline=None)
@given(st.integers(0, 89), st.integers(0, 59), st.text("0123456789", max_size=9), st.sampled_from("NS"))
def test_degrees_are_those_of_exact_arithmetic(degrees: int, minutes: int, fraction: str, letter: str) -> None:
    told = parse(gga(f"{degrees:02}{minutes:02}.{fraction},{letter}"))
    exact = (degrees + Fraction(f"{minutes}.{fraction or 0}") / 60) * 10_000_000
    rounded = int(Decimal(exact.numerator) / Decimal(exact.denominator) + Decimal("0.5"))
    assert isinstance(told, Gga) and told.place
    assert told.place.latitude_e7 == (rounded if letter == "N" else -rounded)
    assert abs(abs(told.place.latitude_e7) - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(
    "lat, lon",
    [
        ("9000.00001,N", "00000.0,E"),
        ("9100.0,N", "00000.0,E"),
        ("4860.0,N", "00000.0,E"),
        ("4807.0,N", "18000.0001,E"),
        ("4807.0,E", "01131.0,N"),
        ("4807.0,", "01131.0,E"),
        ("4807.0,NS", "01131.0,E"),
        (",N", "01131.0,E"),
        ("-4807.0,N", "01131.0,E"),
        ("4e07.0,N", "01131.0,E"),
        ("nan,N", "01131.0,E"),
        ("807.0,N", "01131.0,E"),
        ("\u0664\u0668\u0660\u0667.0,N", "01131.0,E"),
    ],
)
def test_a_valid_checksum_saves_no_impossible_place(lat: str, lon: str) -> None:
    with pytest.raises(Refused):
        parse(gga(lat, lon))


@pytest.mark.parametrize("talker", ["GP", "GN", "GL", "GA", "GB", "BD", "QZ", "II"])
def test_any_talker_is_heard(talker: str) -> None:
    assert parse(gga(talker=talker)) == Gga(Place(481_173_000, 115_166_667), 6_750)


@pytest.mark.parametrize("quality", ["0", "6", "7", "8", "", "x"])
def test_positions_that_nobody_measured_are_no_fix(quality: str) -> None:
    assert parse(gga(quality=quality)) == Gga(None, None)


@pytest.mark.parametrize("status, mode", [("V", "N"), ("V", "A"), ("A", "E"), ("A", "M"), ("A", "S"), ("", "A")])
def test_void_and_unmeasured_rmc_tell_neither_place_nor_time(status: str, mode: str) -> None:
    assert parse(rmc(status=status, mode=mode)) == Rmc(None, None)
    assert parse(b"$GPRMC,,V,,,,,,,,,,N*53") == Rmc(None, None)


def test_an_old_rmc_without_mode_is_believed() -> None:
    told = parse(sealed("GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,231126,003.1,W"))
    assert told == Rmc(Place(481_173_000, 115_166_667), utc_us(-2 * 86_400 + 35 * 60 + 19))


def test_a_sentence_of_the_textbooks_and_a_lower_case_checksum() -> None:
    assert parse(b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47") == Gga(Place(481_173_000, 115_166_667), 6_750)
    assert parse(b"$GPTXT,H*2b") is None


def test_accuracy_is_hdop_times_a_stated_error_or_gst() -> None:
    assert UERE_MM == 7_500
    assert [parse(gga(hdop=h)) for h in ("1", "1.01", "99.99", "", "0.00")] == [
        Gga(Place(481_173_000, 115_166_667), mm) for mm in (7_500, 7_575, 749_925, None, None)
    ]
    assert parse(sealed("GNGST,120000.00,1.5,,,,3.0,4.0,9.9")) == Gst(5_000)
    assert parse(sealed("GNGST,120000.00,1.5,,,,0.0001,1,9.9")) == Gst(1_001)
    assert parse(sealed("GNGST,120000.00,,,,,,,")) == Gst(None)
    for wrong in ("nan", "-1", "1e3", "inf", "1_0"):
        with pytest.raises(Refused):
            parse(gga(hdop=wrong))


@pytest.mark.parametrize(
    "date", ["060180", "311280", "311299", "250407", "311223", "010181", "310226", "001126", "251326", "2511", "25112026", "x"]
)
def test_dates_that_rolled_over_or_never_were_are_refused(date: str) -> None:
    with pytest.raises(Refused):
        parse(rmc(date=date))


def test_the_first_and_the_last_believed_day() -> None:
    for date, day in (("010124", (2024, 1, 1)), ("311279", (2079, 12, 31)), ("290228", (2028, 2, 29))):
        told = parse(rmc(date=date))
        assert isinstance(told, Rmc)
        assert told.utc_us == int(datetime.datetime(*day, 12, tzinfo=datetime.UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize("time", ["120060", "240000", "", "12", "12:00:00", "120000.1234567"])
def test_times_that_are_none_are_refused(time: str) -> None:
    with pytest.raises(Refused):
        parse(sealed(f"GPRMC,{time},A,4807.038,N,01131.000,E,,,251126,,"))


def test_fractions_of_a_second_are_kept() -> None:
    told = parse(sealed("GPRMC,120000.25,A,4807.038,N,01131.000,E,,,251126,,"))
    assert isinstance(told, Rmc) and told.utc_us == utc_us(0) + 250_000


@pytest.mark.parametrize(
    "sentence",
    [b"$", b"$GPGGA", b"$GPGGA*", b"$GPGGA,1*00", gga()[:-1], gga()[:-3], gga() + b"0", gga().replace(b"08", b"09"), b"$\xff\xfe*00"],
)
def test_what_is_cut_or_altered_is_refused(sentence: bytes) -> None:
    with pytest.raises(Refused):
        parse(sentence)


def test_missing_fields_are_refused_and_other_kinds_passed_over() -> None:
    for content in ("GPGGA,1", "GPRMC,1", "GPRMC,120000,A,4807.038,N,01131.000,E", "GPGST,1"):
        with pytest.raises(Refused):
            parse(sealed(content))
    for content in ("GPGSV,1,1,00", "PUBX,00", "PASHR,", "PGGA,x", "GPTXT,01,01,02,ANTSTATUS=OK", "", "P"):
        assert parse(sealed(content)) is None


def test_lines_end_at_either_mark_and_bytes_between_are_skipped() -> None:
    lines = Lines()
    assert lines.feed(b"\xb5\x62\x00junk\r\n$A*1\r\n\x00$B\n$C\r\xff\xff") == [b"$A*1", b"$B", b"$C"]
    assert lines.refused == 0


def test_half_sentences_and_endless_ones_are_counted_and_not_kept() -> None:
    lines = Lines()
    assert lines.feed(b"$GPGG$GPRM") == []
    assert lines.feed(b"C\r\n") == [b"$GPRMC"]
    assert lines.refused == 1
    for _ in range(1000):
        assert lines.feed(b"$" + b"x" * 5_000) == []
        assert len(lines._held) < LONGEST
    assert lines.refused == 1001
    assert lines.feed(b"$ok\n") == [b"$ok"]


_NOISE = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([b"$", b"\r\n", b"*", b"\0", b"$" * 9, b"x" * 250, gga() + b"\r\n", rmc()]))
)


@settings(max_examples=300, deadline=None)
@given(_NOISE, st.lists(st.integers(1, 60), min_size=1))
def test_lines_do_not_depend_on_how_the_bytes_are_cut(parts: list[bytes], cuts: list[int]) -> None:
    data, whole, cut, got, at = b"".join(parts), Lines(), Lines(), [], 0
    want = whole.feed(data)
    while at < len(data):
        size = cuts[at % len(cuts)]
        got += cut.feed(data[at : at + size])
        at += size
        assert len(cut._held) <= LONGEST
    assert (got, cut.refused) == (want, whole.refused)
    assert all(re.fullmatch(rb"\$[^$\r\n]*", sentence) and len(sentence) <= LONGEST for sentence in got)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_NOISE, st.integers(0, 3 * S), st.booleans()), max_size=20))
def test_reports_survive_any_bytes_and_their_times_never_fall(chunks: list[tuple[list[bytes], int, bool]]) -> None:
    reports, now, given_ = Reports(0), 0, []
    for parts, wait, watched in chunks:
        now += wait
        given_ += reports.feed(b"".join(parts), now, watched)
    times = [report.capture_ns if isinstance(report, Fix) else report.monotonic_ns for report in given_]
    assert all(before <= after for before, after in pairwise(times))
    assert all(0 <= time <= now for time in times)


_FIELD = st.one_of(
    st.text(max_size=12), st.sampled_from(["", "A", "N", "E", "1", "4807.038", "01131.0", "251126", "120000", "nan", "-1", "9" * 30])
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["GPGGA", "GPRMC", "GPGST", "PASHR", "GP", "P", ""]), st.lists(_FIELD, max_size=16))
def test_any_fields_under_a_right_checksum_are_told_or_refused(header: str, fields: list[str]) -> None:
    content = ",".join([header, *fields]).encode("utf-8", "replace").decode()
    told = Reports(0).feed(sealed(content) + b"\r\n", 0, True)
    assert all(isinstance(item, Fix | ClockReading) for item in told)


def test_one_fix_a_burst_whatever_the_order() -> None:
    for order in ((gga, rmc), (rmc, gga)):
        reports, fixes = Reports(0), []
        for second in range(1, 5):
            for sentence in order:
                fixes += reports.feed(sentence() + b"\r\n", second * S, True)
        fixes = [fix for fix in fixes if isinstance(fix, Fix)]
        assert fixes == [Fix(k * S, 481_173_000, 115_166_667, 6_750) for k in range(1, 5)]


def test_a_receiver_with_rmc_alone_gives_fixes_one_burst_late() -> None:
    reports = Reports(0)
    given_ = [reports.feed(rmc(k) + b"\r\n", k * S, True) for k in range(1, 4)]
    fixes = [report for reports_ in given_ for report in reports_ if isinstance(report, Fix)]
    assert fixes == [Fix(k * S, 481_173_000, 115_166_667, UNKNOWN_MM) for k in (1, 2)]


def test_gst_is_used_for_two_seconds() -> None:
    reports = Reports(0)
    reports.feed(sealed("GNGST,120000.00,1.5,,,,3.0,4.0,9.9") + b"\r\n", 1 * S, True)
    accuracy = [fix.accuracy_mm for k in range(1, 5) for fix in reports.feed(gga() + b"\r\n", k * S, True) if isinstance(fix, Fix)]
    assert accuracy == [5_000, 5_000, 5_000, 6_750]


def test_the_time_is_that_of_the_bursts_first_byte() -> None:
    reports = Reports(0)
    burst = sealed("GNGSV,1,1,00") + b"\r\n" + gga() + b"\r\n" + rmc(7) + b"\r\n"
    given_ = []
    for number in range(0, len(burst), 10):
        given_ += reports.feed(burst[number : number + 10], 500 * MS + number * MS, number == 0)
    assert given_ == [
        Fix(500 * MS, 481_173_000, 115_166_667, 6_750),
        ClockReading(500 * MS, utc_us(7), "gps", UNCERTAINTY_US),
    ]


def test_a_time_comes_at_the_first_fix_and_then_once_a_minute() -> None:
    reports, readings = Reports(0), []
    for second in range(1, 200):
        void = second < 20
        readings += reports.feed(rmc(second, "V" if void else "A") + b"\r\n" + gga(quality="01"[not void]) + b"\r\n", second * S, True)
    times = [reading for reading in readings if isinstance(reading, ClockReading)]
    assert [(time.monotonic_ns, time.utc_us) for time in times] == [(k * S, utc_us(k)) for k in (20, 80, 140)]


def test_a_burst_that_nobody_saw_begin_gives_no_time() -> None:
    reports = Reports(0)
    late = reports.feed(gga() + b"\r\n" + rmc(1) + b"\r\n", 5 * S, watched=False)
    assert [type(report) for report in late] == [Fix]
    assert [type(report) for report in reports.feed(rmc(6) + b"\r\n", 6 * S, watched=True)] == [ClockReading]


def test_a_stream_without_pauses_gives_fixes_and_no_time_of_an_old_beginning() -> None:
    reports, given_ = Reports(0), []
    for tick in range(1, 500):
        given_ += [(tick, report) for report in reports.feed(rmc(0) + b"\r\n" + gga() + b"\r\n", tick * 20 * MS, True)]
    assert all(isinstance(report, Fix) for _, report in given_)
    assert all(tick * 20 * MS - report.capture_ns < S for tick, report in given_ if isinstance(report, Fix))


def test_refused_sentences_are_counted() -> None:
    reports = Reports(0)
    for part in (gga().replace(b"08", b"09"), b"$half" + gga(), rmc(date="060180"), b"no sentence"):
        reports.feed(part + b"\r\n", 0, True)
    assert reports.refused == 3
