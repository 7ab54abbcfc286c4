from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from speechsite.lib import numbers
from speechsite.lib.score_axis import score_axis

NOW = datetime(2026, 11, 12, 14, 21, 30, tzinfo=UTC)


def plain(text: str) -> str:
    """Return the text with ordinary spaces, for reading."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.62, "0.62 s"), (0.08, "0.08 s"), (3.2, "3.2 s"), (9.96, "10 s"), (56, "56 s"), (59.6, "1 min"),
        (100, "1 min 40 s"), (60, "1 min"), (599.9, "10 min"), (1428, "24 min"), (5040, "1.4 h"), (3599, "1.0 h"),
        (None, ""), (float("inf"), ""),
    ],
)  # fmt: skip
def test_durations_are_written_as_people_say_them(seconds: float | None, text: str) -> None:
    assert plain(numbers.duration_text(seconds)) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, "0 s"), (0.08, "0 s"), (2.4, "2 s"), (100.2, "1 min 40 s")])
def test_parts_of_a_second_are_left_out_where_none_matters(seconds: float | None, text: str) -> None:
    assert plain(numbers.whole_seconds_text(seconds)) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (412_300, "412 kB"), (999_700, "1 MB"),
        (3_140_000, "3.14 MB"), (2 * 1024**3, "2.15 GB"), (80_000_000_000, "80 GB"), (None, ""),
    ],
)  # fmt: skip
def test_sizes_are_written_in_thousands(count: int | None, text: str) -> None:
    assert plain(numbers.bytes_text(count)) == text


@pytest.mark.parametrize(
    ("level", "text"), [(-22.4, "−22 dBFS"), (0.0, "0 dBFS"), (float("-inf"), "−∞ dBFS"), (None, "")]
)
def test_levels_carry_a_true_minus(level: float | None, text: str) -> None:
    assert plain(numbers.dbfs_text(level)) == text


def test_shares_points_and_counts() -> None:
    assert plain(numbers.percent_text(0.918)) == "91.8 %"
    assert plain(numbers.percent_text(0.918, decimals=0)) == "92 %"
    assert plain(numbers.points_text(-0.032)) == "3.2 points"
    assert numbers.thousands_text(3174) == "3,174"


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.96, "sure, 96 %"), (0.85, "sure, 85 %"), (0.78, "unsure, 78 %"), (0.54, "doubtful, 54 %")],
)
def test_confidence_is_a_word_and_a_number(confidence: float, text: str) -> None:
    assert plain(numbers.confidence_text(confidence)) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "just now"), (timedelta(seconds=20), "20 s ago"),
        (timedelta(minutes=9), "9 min ago"), (timedelta(hours=3), "11:21"),
        (timedelta(days=8), "4 Nov"), (timedelta(days=400), "8 Oct 2025"), (timedelta(seconds=-5), "14:21"),
    ],
)  # fmt: skip
def test_moments_of_today_are_times_and_others_are_days(age: timedelta, text: str) -> None:
    assert plain(numbers.ago_text(NOW - age, now=NOW)) == text


def test_the_axis_shows_every_interval_whole_and_is_labelled() -> None:
    axis = score_axis([0.806, 0.826])
    assert (axis.start, axis.place(0.847)) == (0.75, 0.388)
    assert [tick.text for tick in axis.ticks] == ["75", "80", "85", "90", "95", "100 %"]
    assert score_axis([0.42]).start == 0.25
    assert score_axis([]).start == 0.75
