from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.alphabet import (
    Alphabet,
    characters_alphabet,
    frequent_words_alphabet,
    pieces,
    spelled_letters_alphabet,
)
from recognition.engine.errors import EngineError
from recognition.engine.writing import WritingRules, written_or_empty

TEXTS = [
    "hello little world",
    "k o b as in kob and a a",
    "don't stop",
    "ığdır istanbul",
    "ο οδυσσέας σοφός",
    "السَّلامُ عَلَيْكُم",
    "שָׁלוֹם עולם",
    "می‌خواهم بروم",
    "क्षत्रिय हिन्दी में",
    "বাংলা ভাষা",
    "தமிழ் மொழி",
    "สวัสดีครับ",
    "ភាសា ខ្មែរ",
    "안녕 하세요 꿹뗇",
    "ọ̀rọ̀ yorùbá ẹ́",
    "今天天气很好",
    "ひらがな カタカナ が",
    "việt ngữ ước",
    "👍🏽 ok",
]
BUILDERS = [
    characters_alphabet,
    spelled_letters_alphabet,
    lambda texts: frequent_words_alphabet(texts, fewest=2),
    lambda texts: frequent_words_alphabet(texts, fewest=1),
]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_encoded_is_decoded_again(text: str, build: object) -> None:
    alphabet = build([text])  # type: ignore[operator]
    numbers = alphabet.encode(text)
    assert alphabet.decode(numbers) == text
    assert alphabet.blank == len(alphabet.units) not in numbers
    assert len(set(alphabet.units)) == len(alphabet.units)


@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=4), which=st.sampled_from(BUILDERS))
@settings(deadline=None, max_examples=400)
def test_any_text_that_is_written_by_the_rules_comes_back(texts: list[str], which: object) -> None:
    for rules in (WritingRules(), WritingRules("keep", "keep")):
        known = [text for text in (written_or_empty(text, rules) for text in texts) if text]
        alphabet = which(known)  # type: ignore[operator]
        for text in known:
            assert alphabet.decode(alphabet.encode(text)) == text


@given(words=st.lists(st.sampled_from(["각", "뷁", "하", "क्षि", "ส", "é", "ab", "k", "ọ̀"]), min_size=1, max_size=6))
@settings(deadline=None)
def test_words_of_many_scripts_in_one_text_come_back(words: list[str]) -> None:
    text = " ".join(words)
    for build in BUILDERS:
        alphabet = build([text, "ab cd"])  # type: ignore[operator]
        assert alphabet.decode(alphabet.encode(text)) == text


def test_units_are_what_a_reader_takes_for_characters() -> None:
    assert pieces("ọ̀nà") == ["ọ̀", "n", "à"]
    assert [len(piece) for piece in pieces("שָׁלוֹם")] == [3, 1, 2, 1]
    assert pieces("👨‍👩‍👧") == ["👨‍👩‍👧"]
    assert pieces("don't") == ["d", "o", "n", "'", "t"]


def test_clusters_that_are_too_many_are_taken_apart() -> None:
    assert pieces("क्षि") == ["क", "्", "ष", "ि"]
    assert pieces("ที่") == ["ท", "ี", "่"]
    assert pieces("한") == ["ᄒ", "ᅡ", "ᆫ"]
    assert len(characters_alphabet(["가나다라마바사"]).units) == 8


def test_the_space_is_a_unit_only_where_it_is_needed() -> None:
    assert " " in characters_alphabet(["two words"]).units
    assert " " not in characters_alphabet(["今天天气很好"]).units
    assert " " not in characters_alphabet(["one", "two"]).units


def test_a_spelled_letter_is_a_unit_of_its_own() -> None:
    alphabet = spelled_letters_alphabet(["k o b", "bok"])
    assert alphabet.units == ("b", "k", "o", " ", " b ", " k ", " o ")
    assert [alphabet.units[number] for number in alphabet.encode("k bok bok o")] == [
        " k ",
        *"bok",
        " ",
        *"bok",
        " o ",
    ]


def test_frequent_words_are_units() -> None:
    alphabet = frequent_words_alphabet(["yes yes yes no", "a no maybe"], fewest=3)
    assert [unit for unit in alphabet.units if len(unit) > 1] == [" a ", " yes "]
    assert [alphabet.units[number] for number in alphabet.encode("yes no")] == [" yes ", "n", "o"]


def test_a_character_that_was_never_seen_is_named() -> None:
    alphabet = characters_alphabet(["hello world"])
    with pytest.raises(EngineError, match="“z”") as caught:
        alphabet.encode("hello zoo")
    assert caught.value.code == "character_unknown"


def test_two_spelled_words_need_a_space_to_part_them() -> None:
    alphabet = characters_alphabet(["one", "two"])
    with pytest.raises(EngineError) as caught:
        alphabet.encode("one two")
    assert caught.value.code == "character_unknown"


def test_output_with_too_many_spaces_is_read_well() -> None:
    alphabet = Alphabet("spelled_letters", ("a", " ", " k "))
    assert alphabet.decode([1, 0, 1, 1, 2, 1, 0, 2, 2, 1]) == "a k a k k"
    assert alphabet.decode([]) == ""


def test_the_order_of_units_does_not_depend_on_the_order_of_texts() -> None:
    texts = ["b a k", "hello", "zebra a"]
    for build in BUILDERS:
        assert build(texts) == build(texts[::-1])  # type: ignore[operator]
