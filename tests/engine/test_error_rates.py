from __future__ import annotations

import time
from functools import cache

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.error_rates import (
    ErrorCounts,
    align,
    align_characters,
    align_words,
    bootstrap_rate_interval,
    character_errors,
    confusions,
    count_errors,
    word_errors,
)

texts = st.lists(st.sampled_from(["a", "b", "ab", "bb", "c", "no", "one", "to"]), max_size=9).map(" ".join)
lists = st.lists(st.sampled_from("abc"), max_size=9)


def distance(said: list[str], heard: list[str]) -> int:
    """Count by the definition, without any table."""

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        same = said[i - 1] == heard[j - 1]
        return min(between(i - 1, j - 1) + (not same), between(i - 1, j) + 1, between(i, j - 1) + 1)

    return between(len(said), len(heard))


def test_an_alignment_names_what_happened_to_each_word() -> None:
    assert align_words("the cat sat down", "the hat sat right down") == [
        ("ok", "the", "the"),
        ("substitution", "cat", "hat"),
        ("ok", "sat", "sat"),
        ("insertion", "", "right"),
        ("ok", "down", "down"),
    ]
    assert align_words("one two three", "one three") == [
        ("ok", "one", "one"),
        ("deletion", "two", ""),
        ("ok", "three", "three"),
    ]


def test_a_substitution_is_preferred_to_a_deletion_with_an_insertion() -> None:
    assert [step[0] for step in align_words("a b", "b c")] == ["substitution", "substitution"]
    assert align_words("a", "b") == [("substitution", "a", "b")]


def test_nothing_said_or_nothing_heard() -> None:
    assert align_words("", "") == []
    assert align_words("one two", "") == [("deletion", "one", ""), ("deletion", "two", "")]
    assert align_words("", "one two") == [("insertion", "", "one"), ("insertion", "", "two")]
    assert ErrorCounts().rate == 0.0
    assert word_errors([("", "one")]).rate == 1.0


@given(said=lists, heard=lists)
@settings(deadline=None, max_examples=300)
def test_an_alignment_has_the_fewest_errors_and_loses_nothing(said: list[str], heard: list[str]) -> None:
    steps = align(said, heard)
    assert [step[1] for step in steps if step[0] != "insertion"] == said
    assert [step[2] for step in steps if step[0] != "deletion"] == heard
    assert all((step[0] == "ok") == (step[1] == step[2]) for step in steps)
    counts = count_errors(steps)
    assert counts.errors == distance(said, heard)
    assert counts.references == len(said)


@given(pairs=st.lists(st.tuples(texts.filter(bool), texts), min_size=1, max_size=6))
@settings(deadline=None, max_examples=200)
def test_corpus_rates_are_those_of_jiwer(pairs: list[tuple[str, str]]) -> None:
    said, heard = map(list, zip(*pairs, strict=True))
    assert word_errors(pairs).rate == pytest.approx(jiwer.wer(said, heard))
    assert character_errors(pairs).rate == pytest.approx(jiwer.cer(said, heard))


def test_a_longer_text_than_a_machine_word_is_aligned_as_well() -> None:
    said = [f"w{number % 7}" for number in range(300)]
    heard = [word for number, word in enumerate(said) if number % 10]
    assert count_errors(align(said, heard)) == ErrorCounts(300, 0, 30, 0)


def test_counts_add_up_to_the_rate_of_the_corpus() -> None:
    total = word_errors([("one two three four", "one"), ("one", "one")])
    assert total == ErrorCounts(references=5, deletions=3)
    assert total.rate == pytest.approx(3 / 5)
    assert total.as_dict() == {"references": 5, "substitutions": 0, "deletions": 3, "insertions": 0}


def test_a_character_is_what_a_reader_takes_for_one() -> None:
    assert align_characters("ọ̀nà", "ona") == [
        ("substitution", "ọ̀", "o"),
        ("ok", "n", "n"),
        ("substitution", "à", "a"),
    ]
    assert character_errors([("क्षि", "क्ष")]).references == len(align_characters("क्षि", "क्षि"))
    assert character_errors([("a b", "ab")]) == ErrorCounts(references=3, deletions=1)


def test_what_is_confused_comes_most_frequent_first() -> None:
    pairs = [("m m n", "n n n"), ("n a", "a"), ("a", "a b"), ("x", "y")]
    assert confusions(align_words(*pair) for pair in pairs) == [
        ("m", "n", 2),
        ("", "b", 1),
        ("n", "", 1),
        ("x", "y", 1),
    ]


def test_the_interval_holds_the_rate_and_depends_on_the_speakers() -> None:
    generator = np.random.default_rng(3)
    speakers = [number // 30 for number in range(300)]
    errors = [int(generator.binomial(10, 0.02 + 0.04 * speaker)) for speaker in speakers]
    references = [10] * 300
    rate = sum(errors) / sum(references)
    low, high = bootstrap_rate_interval(errors, references, speakers)
    assert low < rate < high
    by_clip = bootstrap_rate_interval(errors, references, range(300))
    assert by_clip[1] - by_clip[0] < high - low
    assert bootstrap_rate_interval(errors, references, speakers) == (low, high)
    assert bootstrap_rate_interval(errors, references, speakers, seed=1) != (low, high)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        rates = np.clip(generator.normal(0.1, 0.03, size=40), 0, 1)
        errors = generator.binomial(50, rates)
        low, high = bootstrap_rate_interval(errors.tolist(), [50] * 40, range(40), rounds=400)
        covered += low <= 0.1 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_an_interval_of_one_speaker_or_one_clip() -> None:
    one_speaker = bootstrap_rate_interval([0, 1, 2, 3], [5, 5, 5, 5], ["me"] * 4)
    assert one_speaker == bootstrap_rate_interval([0, 1, 2, 3], [5, 5, 5, 5], range(4))
    assert bootstrap_rate_interval([1], [5], ["me"]) == (0.0, 1.0)
    assert bootstrap_rate_interval([9], [5], ["me"]) == (0.0, 1.8)
    assert bootstrap_rate_interval([], [], []) == (0.0, 1.0)
    assert bootstrap_rate_interval([0, 0], [4, 4], ["a", "b"]) == (0.0, 0.0)


def test_ten_thousand_clips_are_scored_in_seconds() -> None:
    generator = np.random.default_rng(0)
    words = ["".join(generator.choice(list("abcdefgh"), 6)) for _ in range(100)]
    pairs = []
    for _ in range(2_000):
        said = list(generator.choice(words, 10))
        heard = [word if generator.random() > 0.1 else words[0] for word in said]
        pairs.append((" ".join(said), " ".join(heard)))
    began = time.process_time()
    word_errors(pairs)
    character_errors(pairs)
    bootstrap_rate_interval([1] * 10_000, [10] * 10_000, range(10_000))
    assert time.process_time() - began < 5.0
