"""A corrected text keeps the times of the words that stayed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.retiming import HeardWord, RetimedWord, retimed

HEARD = [
    HeardWord(text, start, start + 0.4, number)
    for number, (text, start) in enumerate((("harbor", 0.0), ("this", 0.5), ("is", 1.0), ("hero", 1.5), ("wolf", 4.0)))
]


def times(text: str) -> list[tuple[str, float, float]]:
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in retimed(text.split(), HEARD)]


def test_what_is_written_otherwise_but_said_alike_keeps_its_time() -> None:
    assert times("Harbor, this is Hero. Wolf!") == [
        ("Harbor,", 0.0, 0.4),
        ("this", 0.5, 0.9),
        ("is", 1.0, 1.4),
        ("Hero.", 1.5, 1.9),
        ("Wolf!", 4.0, 4.4),
    ]


def test_a_replaced_word_has_the_time_of_the_one_it_replaces() -> None:
    assert times("harbor this is zero wolf")[3] == ("zero", 1.5, 1.9)


def test_one_word_for_two_has_the_time_of_both() -> None:
    assert times("harbor thisis hero wolf")[1] == ("thisis", 0.5, 1.4)


def test_two_words_for_one_share_its_time_and_the_silence_behind_it() -> None:
    (first, *_, fourth, fifth, last) = times("harbor this is sea hero wolf")
    assert first[1:] == (0.0, 0.4)
    assert last == ("wolf", 4.0, 4.4)
    assert fourth[2] <= fifth[1]
    assert fifth[2] <= 4.0


def test_added_words_do_not_run_into_the_next_word() -> None:
    words = times("harbor this really truly is hero wolf")
    assert words[4] == ("is", 1.0, 1.4)
    assert words[3][2] <= 1.0


def test_words_added_before_the_first_share_its_time() -> None:
    words = times("good morning harbor this is hero wolf")
    assert words[0][1] == 0.0
    assert words[2][2] == pytest.approx(0.5)


def test_a_word_that_was_taken_out_leaves_the_others_where_they_are() -> None:
    assert times("harbor is hero wolf") == [
        ("harbor", 0.0, 0.4),
        ("is", 1.0, 1.4),
        ("hero", 1.5, 1.9),
        ("wolf", 4.0, 4.4),
    ]


def test_where_every_word_was_taken_out_none_is_left() -> None:
    assert times("") == []


def test_where_nothing_was_heard_there_is_no_time_to_give() -> None:
    assert retimed(["hello"], []) == []


def test_each_word_knows_which_it_came_from() -> None:
    assert [word.source for word in retimed(["so", "harbor", "this", "is", "really", "hero", "wolf"], HEARD)] == [
        0,
        0,
        1,
        2,
        2,
        3,
        4,
    ]


WORDS = st.lists(st.sampled_from(["one", "two", "three", "Two,", "four"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(WORDS, WORDS, st.data())
def test_all_words_come_back_in_order_and_never_overlap(said: list[str], heard: list[str], data: st.DataObject) -> None:
    at, words = 0.0, []
    for number, text in enumerate(heard):
        length = data.draw(st.floats(0.05, 1.0))
        words.append(HeardWord(text, at, at + length, number))
        at += length + data.draw(st.sampled_from([0.0, 0.1, 2.0]))
    found = retimed(said, words)
    assert [word.text for word in found] == said
    moments = [moment for word in found for moment in (word.start, word.end)]
    assert all(before <= after + 1e-9 for before, after in pairwise(moments))
    assert [word.source for word in found] == sorted(word.source for word in found)
    assert all(isinstance(word, RetimedWord) for word in found)


def test_twenty_thousand_words_with_few_changes_take_little_time() -> None:
    heard = [HeardWord(f"w{number % 500}", number * 0.4, number * 0.4 + 0.3, 0) for number in range(20_000)]
    said = [word.text for word in heard]
    said[10_000:10_003] = ["quite", "new"]
    found = retimed(said, heard)
    assert len(found) == 19_999
    assert (found[-1].start, found[-1].end) == (heard[-1].start, heard[-1].end)
