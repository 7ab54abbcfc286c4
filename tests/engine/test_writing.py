from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.errors import EngineError
from recognition.engine.writing import (
    WritingRules,
    graphemes,
    is_right_to_left,
    rules_for,
    rules_of,
    written,
    written_or_empty,
)

USUAL = WritingRules()
ALL_KEPT = WritingRules(case="keep", punctuation="keep")
RULES = [
    WritingRules(case, punctuation, "keep", marks, language)  # type: ignore[arg-type]
    for case in ("fold", "keep")
    for punctuation in ("drop", "keep")
    for marks in ("keep", "drop")
    for language in ("", "tr", "ar")
]
SAMPLES = [
    "Hello, World!",
    "Don’t stop — it's 5 o'clock",
    "ΤΟΝ ΣΟΦΟΝ ΟΔΥΣΣΕΥΣ",
    "İstanbul ve IĞDIR",
    "السَّلامُ عَلَيْكُم",
    "שָׁלוֹם עֲלֵיכֶם",
    "می‌خواهم",
    "क्षत्रिय हिन्दी",
    "สวัสดีครับ",
    "안녕하세요",
    "Ọ̀rọ̀ Yorùbá",
    "今天天气很好。",
    "Straße GROẞ",
    "café",
    "👍🏽 ok 👨‍👩‍👧",
    "a\u200bb\ufeffc\u202e d",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", "hello world"),
        ("“Quoted” and 'quoted'", "quoted and quoted"),
        ("don’t rock ’n’ roll", "don't rock n roll"),
        ("O‘Neil OʼNeil O´Neil O`Neil O＇Neil", "o'neil o'neil o'neil o'neil o'neil"),
        ("well-known  \t\n text", "well known text"),
        ("3.5 % of 12", "3 5 of 12"),
        ("Straße GROẞ", "straße groß"),
        ("ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ", "οδυσσευς σοφος"),
        ("今天，天气很好。", "今天 天气很好"),
        ("“مرحبا، يا عالم؟”", "مرحبا يا عالم"),
        ("शब्द। दूसरा", "शब्द दूसरा"),
        ("ok 👍🏽", "ok"),
    ],
)
def test_texts_are_written_small_and_without_punctuation(text: str, expected: str) -> None:
    assert written(text, USUAL) == expected


def test_capitals_and_punctuation_can_be_kept() -> None:
    assert written("Hello,  World!", ALL_KEPT) == "Hello, World!"
    assert written("‘Quoted’", ALL_KEPT) == "'Quoted'"
    assert written("Hello, World!", WritingRules(case="keep")) == "Hello World"
    assert written("Hello, World!", WritingRules(punctuation="keep")) == "hello, world!"


@pytest.mark.parametrize("language", ["tr", "tr-TR", "az", "kk-Latn"])
def test_turkish_has_a_small_letter_of_its_own_for_each_i(language: str) -> None:
    assert written("IĞDIR İstanbul", WritingRules(language=language)) == "ığdır istanbul"


def test_other_languages_have_the_usual_small_i() -> None:
    assert written("IĞDIR", WritingRules(language="de")) == "iğdir"
    assert written("KAZAKH I", WritingRules(language="kk")) == "kazakh i"
    # Unicode makes i and a dot above of İ elsewhere; nothing is taken away, and both sides are written the same way.
    assert written("İ", USUAL) == written("i̇", USUAL)


def test_the_final_sigma_is_written_by_its_place() -> None:
    assert written("ΣΑΣ", USUAL) == "σας"
    assert written("Οδός", USUAL) == "οδός"


def test_composed_and_decomposed_letters_are_one() -> None:
    for text in ("café", "한국어", "Việt ngữ", "ọ̀rọ̀"):
        assert written(unicodedata.normalize("NFD", text), USUAL) == written(text, USUAL)


def test_vowel_marks_can_be_left_out() -> None:
    plain = WritingRules(vowel_marks="drop")
    assert written("السَّلامُ عَلَيْكُم", plain) == "السلام عليكم"
    assert written("مـــرحبا", plain) == "مرحبا"
    assert written("שָׁלוֹם", plain) == "שלום"
    assert written("السَّلامُ", USUAL) == unicodedata.normalize("NFC", "السَّلامُ")
    # The hamza and the madda are letters, not vowel marks, even where they are written apart.
    assert written("أإآؤئ", plain) == "أإآؤئ"
    assert written(unicodedata.normalize("NFD", "أآ"), plain) == "أآ"
    # Marks of other scripts are no optional vowels.
    assert written("हिन्दी ไทย", plain) == "हिन्दी ไทย"


def test_joiners_stay_where_they_tell_words_apart() -> None:
    assert written("می‌خواهم", USUAL) == "می‌خواهم"
    assert written("क्‍ष", USUAL) == "क्‍ष"
    assert written("a‌ b", USUAL) == "a b"
    assert written("‌ab‍ 'c‌'", USUAL) == "ab c"
    assert written("‌ab‍", ALL_KEPT) == "ab"


def test_nothing_is_left_of_pictures() -> None:
    for text in ("👨‍👩‍👧 ok", "❤️ ok", "ok 👍🏽", "☀️ ok 🇩🇪"):
        assert written(text, USUAL) == "ok"
    assert written("1️⃣ ok", USUAL) == "1 ok"
    with pytest.raises(EngineError):
        written("❤️ 👨‍👩‍👧", USUAL)


def test_invisible_characters_go() -> None:
    assert written("a\u200bb\ufeffc\u202ed\u00ade\x07", USUAL) == "abcde"
    assert written("a\u00a0b\u3000c\u2028d", USUAL) == "a b c d"


def test_digits_can_be_refused() -> None:
    refusing = WritingRules(digits="refuse")
    assert written("no digits", refusing) == "no digits"
    for text in ("room 12", "१२ बजे", "٣ كتب"):
        with pytest.raises(EngineError) as caught:
            written(text, refusing)
        assert caught.value.code == "text_has_digits"
    assert written_or_empty("room 12", refusing) == "room 12"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        (" \t\n", "text_empty"),
        ("\u200b\ufeff", "text_only_symbols"),
        ("!?…", "text_only_symbols"),
        ("👍", "text_only_symbols"),
        ("'", "text_only_symbols"),
        ("\u0301", "text_only_symbols"),
    ],
)
@pytest.mark.parametrize("rules", [USUAL, ALL_KEPT], ids=["usual", "all kept"])
def test_a_text_without_a_letter_is_refused(text: str, code: str, rules: WritingRules) -> None:
    with pytest.raises(EngineError) as caught:
        written(text, rules)
    assert caught.value.code == code
    assert written_or_empty(text, rules) == ""


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("text", SAMPLES)
def test_what_is_written_stays_as_it_is_when_written_again(text: str, rules: WritingRules) -> None:
    once = written(text, rules)
    assert written(once, rules) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())


@given(text=st.text(max_size=40), rules=st.sampled_from(RULES))
@settings(deadline=None, max_examples=500)
def test_any_text_written_twice_is_the_same(text: str, rules: WritingRules) -> None:
    once = written_or_empty(text, rules)
    assert written_or_empty(once, rules) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in once)


def test_rules_are_chosen_from_what_most_texts_do() -> None:
    assert rules_for([]) == USUAL
    assert rules_for(["one", "two"]).digits == "keep"
    assert rules_for(["one"] * 99 + ["room 12"]).digits == "refuse"
    assert rules_for(["4 5 6"] * 10 + ["seven"] * 10).digits == "keep"
    assert rules_for(["السلام"] * 9 + ["عَلَيْكُم"]).vowel_marks == "drop"
    assert rules_for(["عَلَيْكُم"] * 9 + ["السلام"]).vowel_marks == "keep"
    assert rules_for(["שלום", "hello"]).vowel_marks == "drop"
    assert rules_for(["hello"], language="tr").language == "tr"


def test_rules_go_through_a_manifest() -> None:
    rules = WritingRules("keep", "keep", "refuse", "drop", "he")
    assert rules_of(rules.as_dict()) == rules
    assert rules_of({"later": "key"}) == USUAL
    for values in ({"case": "loud"}, {"digits": None}, {"language": 7}, {"punctuation": ["drop"]}):
        with pytest.raises(EngineError) as caught:
            rules_of(values)
        assert caught.value.code == "rule_unknown"


def test_rules_are_told_in_words() -> None:
    assert USUAL.in_words() == "small letters, no punctuation, digits kept"
    told = WritingRules("keep", "keep", "refuse", "drop").in_words()
    assert told == "capitals kept, punctuation kept, texts with digits left out, no vowel marks"


@pytest.mark.parametrize(
    ("text", "count"),
    [("café", 4), ("ọ̀nà", 3), ("👨‍👩‍👧", 1), ("🇩🇪", 1), ("한국", 2), ("שָׁ", 1), ("नि", 1), ("", 0)],
)
def test_a_grapheme_is_what_a_reader_takes_for_a_character(text: str, count: int) -> None:
    assert len(graphemes(text)) == count
    assert "".join(graphemes(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("مرحبا", True), ("שלום", True), ("12 مرحبا", True), ("hello שלום", False), ("שלום hello", True), ("123", False)],
)
def test_the_direction_is_that_of_the_first_letter(text: str, *, expected: bool) -> None:
    assert is_right_to_left(text) is expected
