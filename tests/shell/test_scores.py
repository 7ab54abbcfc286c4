from __future__ import annotations

from typing import Any

import pytest

from speechsite.lib.score_axis import error_axis
from speechsite.lib.scores import Score, axis_for, score_of

WORDS = {"accuracy": 0.918, "interval": [0.9, 0.93], "baseline": 0.1, "unseen_speakers": True}
SENTENCES = {"wer": 0.057, "cer": 0.02, "interval": [0.04, 0.076], "unseen_speakers": False}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def read(metrics: dict[str, Any]) -> Score:
    score = score_of(metrics)
    assert score
    return score


def test_the_headline_says_what_is_counted_and_how_far_to_trust_it() -> None:
    assert plain(read(WORDS).headline) == "91.8 % right (90.0 to 93.0)"
    assert plain(read(SENTENCES).headline) == "5.7 % of words wrong (4.0 to 7.6)"


def test_fewer_wrong_words_are_better_and_more_right_words_are() -> None:
    assert Score(0.05, 0.04, 0.06, is_error=True).is_better_than(Score(0.1, 0.09, 0.11, is_error=True))
    assert Score(0.9, 0.88, 0.92).is_better_than(Score(0.8, 0.78, 0.82))


@pytest.mark.parametrize(
    ("new", "old", "sentence"),
    [
        (0.05, 0.15, "v2 is better than v1, by 10.0 points."),
        (0.15, 0.05, "v2 is worse than v1, by 10.0 points."),
        (0.05, 0.06, "Between v1 and v2 no difference is shown."),
    ],
)
def test_wrong_words_are_compared_in_a_sentence(new: float, old: float, sentence: str) -> None:
    newer, older = (Score(value, value - 0.02, value + 0.02, is_error=True) for value in (new, old))
    assert plain(newer.against(older, name="v2", other_name="v1")) == sentence


def test_nothing_is_guessed_about_sentences() -> None:
    assert plain(read(WORDS).baseline_text) == "Guessing gives 10.0 %."
    assert read(SENTENCES).baseline_text == ""


@pytest.mark.parametrize("metrics", [{}, {"accuracy": 0.9}, {"wer": 0.1}, {"wer": None, "interval": [0, 1]}])
def test_what_nobody_measured_has_no_score(metrics: dict[str, Any]) -> None:
    assert score_of(metrics) is None


def test_wrong_words_stand_on_an_axis_from_nothing_up() -> None:
    axis = axis_for([read(SENTENCES)])
    assert (axis.start, axis.end, axis.place(0.05)) == (0.0, 0.1, 0.5)
    assert [tick.text for tick in axis.ticks] == ["0", "2", "4", "6", "8", "10 %"]
    assert axis.range_text == "0 to 10 %"
    assert axis_for([read(WORDS)]).start == 0.75


def test_more_wrong_words_than_were_said_stand_at_the_end() -> None:
    axis = error_axis([1.4])
    assert (axis.end, axis.place(1.2)) == (1.0, 1.0)
