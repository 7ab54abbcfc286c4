from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.engine.errors import EngineError
from recognition.engine.metrics import (
    bootstrap_interval_by_group,
    confusion,
    majority_baseline,
    score_by,
    score_of,
    wilson_interval,
)
from recognition.engine.text import normalise_for_scoring, normalise_label


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  turn\t on\n the  light ", "turn on the light"),
        ("cafe\u0301", "caf\u00e9"),
        ("Zero", "Zero"),
        ("\ufeffone\u200b", "one"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u202egnihtyna", "gnihtyna"),
        ("7", "7"),
        ("\u4e00", "\u4e00"),
        ("two\u00a0words", "two words"),
    ],
)
def test_a_label_is_kept_in_one_form(written: str, kept: str) -> None:
    assert normalise_label(written) == kept


@pytest.mark.parametrize("written", ["", "   ", "\n\t", "\u200b\ufeff", "\x00", "\u200d"])
def test_a_label_without_text_is_refused(written: str) -> None:
    with pytest.raises(EngineError) as caught:
        normalise_label(written)
    assert caught.value.code == "text_empty"


@pytest.mark.parametrize("written", ["!!!", "- -", "\U0001f600", "\u0301", "$ % &"])
def test_a_label_of_symbols_is_refused(written: str) -> None:
    with pytest.raises(EngineError) as caught:
        normalise_label(written)
    assert caught.value.code == "text_only_symbols"


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(written: str) -> None:
    try:
        once = normalise_label(written)
    except EngineError:
        return
    assert normalise_label(once) == once
    assert normalise_for_scoring(normalise_for_scoring(written)) == normalise_for_scoring(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twenty-One!", "twenty one"),
        ("don\u2019t", "DON'T"),
        ("'quoted'", "quoted"),
        ("\uff17", "7"),
        ("Stra\u00dfe", "STRASSE"),
        ("  a,b ", "a b"),
    ],
)
def test_scoring_sees_what_was_said_not_how_it_is_written(one: str, other: str) -> None:
    assert normalise_for_scoring(one) == normalise_for_scoring(other)


def test_scoring_keeps_vowel_signs_and_the_order_of_words() -> None:
    assert normalise_for_scoring("\u0939\u093f\u0928\u094d\u0926\u0940") == "\u0939\u093f\u0928\u094d\u0926\u0940"
    assert normalise_for_scoring("one two") != normalise_for_scoring("two one")


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_wilson_interval_has_its_published_values(correct: int, total: int, low: float, high: float) -> None:
    """81 of 263 is the worked example of R. G. Newcombe, Statistics in Medicine 17 (1998), table I."""
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=5e-5)


def test_the_wilson_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 correct of 2"):
        wilson_interval(3, 2)


def test_few_speakers_make_a_wider_interval_than_many_clips_suggest() -> None:
    correct = [True] * 200 + [False] * 100 + [True] * 300
    speakers = ["anna"] * 200 + ["ben"] * 100 + ["carla"] * 300
    low, high = bootstrap_interval_by_group(correct, speakers)
    narrow = wilson_interval(500, 600)
    assert low < narrow[0] < 500 / 600 < narrow[1] < high
    assert bootstrap_interval_by_group(correct, speakers) == (low, high)


def test_one_speaker_falls_back_to_the_clips() -> None:
    assert bootstrap_interval_by_group([True, False], ["anna", "anna"]) == wilson_interval(1, 2)
    assert bootstrap_interval_by_group([], []) == (0.0, 1.0)


def test_the_bootstrap_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(30), 20)
    hits = 0
    for _ in range(200):
        share = rng.beta(8, 2, 30)
        low, high = bootstrap_interval_by_group(rng.random(600) < share[groups], groups.tolist(), rounds=400)
        hits += low <= 0.8 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_scores_are_told_apart_by_key() -> None:
    scores = score_by(["one", "two", "one"], [True, False, False])
    assert [(key, score.correct, score.total, score.accuracy) for key, score in scores.items()] == [
        ("one", 1, 2, 0.5),
        ("two", 0, 1, 0.0),
    ]
    assert score_of([True, True, False]).interval == wilson_interval(2, 3)


def test_the_confusion_counts_what_was_heard_for_what_was_said() -> None:
    counted = confusion(["one", "one", "one", "two"], ["nine", "one", "nine", "none_of_these"])
    assert counted == {"one": {"nine": 2, "one": 1}, "two": {"none_of_these": 1}}
    assert list(counted["one"]) == ["nine", "one"]


def test_the_baseline_is_the_most_frequent_label() -> None:
    assert majority_baseline(["a", "b", "b", "c"]) == ("b", 0.5)
    assert majority_baseline([]) == ("", 0.0)
