"""Words become cues: what is promised of every text and every timing, and how the lines fall."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.subtitles import GAP_MS, LINE_WIDTH, Cue, TimedWord, cues_of, width_of

SPACED = [
    "a",
    "of",
    "sea",
    "wolf,",
    "harbour",
    "permission.",
    "крепость",
    "مرحبا",
    "किताब",
    "Donaudampfschifffahrtsgesellschaft",
]
UNSPACED = ["今日は天気がいいので、港まで歩きました。", "สวัสดีครับวันนี้อากาศดีมากเลย", "中文"]


@st.composite
def spoken(draw: st.DrawFn, words: list[str]) -> list[TimedWord]:
    """Give words as a recogniser would: one behind the other, with pauses, at any speed."""
    at, said = draw(st.floats(0, 5)), []
    for text in draw(st.lists(st.sampled_from(words), max_size=60)):
        length = draw(st.floats(0.02, 2.0))
        said.append(TimedWord(text, at, at + length))
        at += length + draw(st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.4, 1.2, 20.0]))
    return said


@st.composite
def muddled(draw: st.DrawFn) -> list[TimedWord]:
    """Give words with times no recogniser should give: overlapping, backwards, without length."""
    times = st.floats(0, 30)
    pairs = draw(st.lists(st.tuples(st.sampled_from(SPACED + UNSPACED), times, times), max_size=30))
    return [TimedWord(*pair) for pair in pairs]


def duration_of(words: list[TimedWord]) -> float:
    return max((max(word.start, word.end) for word in words), default=0.0) + 2.0


def text_of(cues: list[Cue]) -> str:
    return " ".join(line for cue in cues for line in cue.lines)


def assert_readable(cues: list[Cue]) -> None:
    for cue in cues:
        assert 0 <= cue.start_ms < cue.end_ms
        assert 1 <= len(cue.lines) <= 2
        assert all(line and line == line.strip() for line in cue.lines)
        assert all(width_of(line) <= LINE_WIDTH for line in cue.lines)
    for before, after in pairwise(cues):
        assert before.end_ms <= after.start_ms


@settings(deadline=None)
@given(spoken(SPACED))
def test_cues_follow_one_another_and_keep_all_words_in_order(words: list[TimedWord]) -> None:
    cues = cues_of(words, duration_seconds=duration_of(words))
    assert_readable(cues)
    assert text_of(cues).split() == [word.text for word in words]
    for cue in cues:
        assert cue.end_ms - cue.start_ms <= 7000


@settings(deadline=None)
@given(spoken(UNSPACED))
def test_scripts_without_spaces_are_kept_character_by_character(words: list[TimedWord]) -> None:
    cues = cues_of(words, duration_seconds=duration_of(words))
    assert_readable(cues)
    assert text_of(cues).replace(" ", "") == "".join(word.text for word in words)


@settings(deadline=None)
@given(muddled())
def test_whatever_the_times_no_cue_overlaps_the_next(words: list[TimedWord]) -> None:
    cues = cues_of(words, duration_seconds=duration_of(words))
    assert_readable(cues)
    assert text_of(cues).replace(" ", "") == "".join(word.text for word in words)


@settings(deadline=None)
@given(spoken(SPACED))
def test_two_frames_lie_between_cues_where_a_word_leaves_them(words: list[TimedWord]) -> None:
    cues = cues_of(words, duration_seconds=duration_of(words))
    for before, after in pairwise(cues):
        if after.start_ms - before.start_ms > GAP_MS:
            assert after.start_ms - before.end_ms >= GAP_MS


@settings(deadline=None)
@given(spoken(SPACED))
def test_a_cue_stands_as_long_as_the_silence_behind_it_allows(words: list[TimedWord]) -> None:
    cues = cues_of(words, duration_seconds=duration_of(words) + 7.1)  # silence behind the last one, too
    for cue, following in zip(cues, [*cues[1:], None], strict=False):
        is_free = following is None or following.start_ms - cue.start_ms > 7100
        width = width_of(" ".join(cue.lines))
        if is_free:
            assert cue.end_ms - cue.start_ms >= 1000
            assert width * 1000 / (cue.end_ms - cue.start_ms) <= 20


def say(text: str, *, start: float = 0.0, per_character: float = 0.07, pause: float = 0.03) -> list[TimedWord]:
    at, said = start, []
    for word in text.split():
        said.append(TimedWord(word, at, at + per_character * len(word)))
        at += per_character * len(word) + pause
    return said


def test_a_short_sentence_is_one_line_and_stands_for_a_second() -> None:
    (cue,) = cues_of(say("go ahead", start=2.0), duration_seconds=10)
    assert cue == Cue(2000, 3000, ("go ahead",))


def test_the_last_cue_ends_with_the_recording() -> None:
    (cue,) = cues_of(say("go", start=2.0), duration_seconds=2.5)
    assert cue.end_ms == 2500


def test_two_lines_are_nearly_as_long() -> None:
    (cue,) = cues_of(say("the wind is north west and the sea is high tonight"), duration_seconds=10)
    assert cue.lines == ("the wind is north west and", "the sea is high tonight")


def test_a_line_ends_rather_behind_a_comma() -> None:
    (cue,) = cues_of(say("when you come to the harbour, keep to the northern side"), duration_seconds=10)
    assert cue.lines[0].endswith("harbour,")


def test_a_cue_ends_at_the_pause() -> None:
    words = say("berth six copied holding") + say("at the outer mark we wait", start=3.0)
    cues = cues_of(words, duration_seconds=9)
    assert [" ".join(cue.lines) for cue in cues] == ["berth six copied holding", "at the outer mark we wait"]


def test_a_cue_ends_with_the_sentence() -> None:
    words = say("wind copied, thank you very much indeed. berth four is occupied, proceed to berth six now please.")
    cues = cues_of(words, duration_seconds=20)
    assert cues[0].lines[-1].endswith("indeed.")


def test_fast_speech_borrows_time_from_the_silence_behind_it() -> None:
    words = say("everything was said much too fast to read", per_character=0.02, pause=0.0)
    (cue,) = cues_of(words, duration_seconds=20)
    assert 41 / (cue.end_ms / 1000) <= 17.01
    assert cue.end_ms > words[-1].end * 1000


def test_a_word_longer_than_a_line_is_broken() -> None:
    cues = cues_of([TimedWord("x" * 100, 0.0, 6.0)], duration_seconds=6)
    assert "".join(line for cue in cues for line in cue.lines) == "x" * 100
    assert_readable(cues)


def test_wide_characters_count_twice_and_closing_signs_do_not_begin_a_line() -> None:
    text = "港の入り口まで歩いて行きました。それから船に乗って島へ渡り、友達に会いました。"
    cues = cues_of([TimedWord(text, 0.0, 8.0)], duration_seconds=12)
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(lines) == text
    assert max(map(len, lines)) <= LINE_WIDTH // 2
    assert not any(line[0] in "、。" for line in lines)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("港", 2), ("é", 1), ("कि", 1), ("👩‍👩‍👧", 2), ("", 0)])
def test_width_counts_what_a_reader_sees(text: str, width: int) -> None:
    assert width_of(text) == width


def test_nothing_said_makes_no_cue() -> None:
    assert cues_of([], duration_seconds=60) == []


def test_two_hours_are_divided_in_seconds() -> None:
    words = [
        word for number in range(300) for word in say("the wind is north west and the sea is high", start=24.0 * number)
    ]
    cues = cues_of(words, duration_seconds=7200)
    assert len(cues) == 300
