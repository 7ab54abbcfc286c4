"""Long recordings are heard piece by piece; a word is never cut in two."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.bundle import load_bundle
from recognition.engine.cutting import Lengths, cut_at_pause, heard_pieces, quietest_place
from recognition.engine.hearing import WORD, Segment, Transcript, Word, transcript_of
from recognition.engine.recognizer import WordRecognizer
from tests.recognition.conftest import bundle_in
from tests.recognition.tones import HERTZ, RATE_HZ, room, said, tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SHORT = Lengths(piece=4 * RATE_HZ, longest=6 * RATE_HZ)


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> WordRecognizer:
    return WordRecognizer(load_bundle(bundle_in(tmp_path_factory.mktemp("tones")).path))


def in_blocks(samples: Samples, seconds: float) -> Iterator[Samples]:
    size = round(seconds * RATE_HZ)
    return (samples[start : start + size] for start in range(0, len(samples), size))


def nothing(samples: Samples) -> Transcript:
    """Hear no word at all, whatever there is."""
    return transcript_of([], duration_seconds=len(samples) / RATE_HZ)


def at_random_places(seed: int, *, seconds: float) -> tuple[Samples, list[tuple[str, float]]]:
    """Return tones of random kind, length and place, and what was put where (seconds)."""
    random = np.random.default_rng(seed)
    samples = room(seconds)
    placed: list[tuple[str, float]] = []
    at = float(random.uniform(0.1, 2.0))
    while at < seconds - 1.0:
        label = str(random.choice(list(HERTZ)))
        sound = tone(HERTZ[label], seconds=float(random.uniform(0.3, 0.9)))
        first = round(at * RATE_HZ)
        samples[first : first + len(sound)] += sound
        placed.append((label, at))
        at += len(sound) / RATE_HZ + float(random.choice([0.45, 0.6, 1.0, 2.5, 7.0]))
    return samples, placed


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("block_seconds", [0.73, 10.0])
def test_every_word_comes_out_once_and_whole_wherever_the_blocks_end(
    recognizer: WordRecognizer, seed: int, block_seconds: float
) -> None:
    samples, placed = at_random_places(seed, seconds=75.0)
    pieces = list(heard_pieces(recognizer.transcribe, in_blocks(samples, block_seconds), lengths=SHORT))
    words = [word for piece in pieces for segment in piece.transcript.segments for word in segment.words]
    assert [word.word for word in words] == [label for label, _ in placed]
    for word, (_, start) in zip(words, placed, strict=True):
        assert word.start == pytest.approx(start, abs=0.2)
    for piece in pieces[:-1]:
        assert np.abs(samples[piece.end - 160 : piece.end + 160]).max() < 0.005


def test_the_pieces_make_up_the_whole_recording(recognizer: WordRecognizer) -> None:
    samples, _ = at_random_places(11, seconds=40.0)
    heard: list[int] = []

    def transcribe(piece: Samples) -> Transcript:
        heard.append(len(piece))
        return nothing(piece)

    ends = [piece.end for piece in heard_pieces(transcribe, in_blocks(samples, 3.0), lengths=SHORT)]
    assert ends[-1] == sum(heard) == len(samples)
    assert ends == sorted(set(ends))
    assert max(heard) <= SHORT.longest


def test_hearing_can_go_on_behind_a_place(recognizer: WordRecognizer) -> None:
    samples, placed = at_random_places(3, seconds=60.0)
    pieces = list(heard_pieces(recognizer.transcribe, in_blocks(samples, 10.0), lengths=SHORT))
    earlier, rest = pieces[:4], pieces[4:]
    start = earlier[-1].end
    again = list(heard_pieces(recognizer.transcribe, in_blocks(samples[start:], 10.0), start=start, lengths=SHORT))
    said_again = [word.word for piece in again for segment in piece.transcript.segments for word in segment.words]
    assert said_again == [
        word.word for piece in rest for segment in piece.transcript.segments for word in segment.words
    ]
    assert again[-1].end == len(samples)
    assert len(placed) > len(said_again) > 3


def test_a_word_that_begins_at_the_very_end_of_a_silent_piece_waits_for_the_next(recognizer: WordRecognizer) -> None:
    for begin in (3.80, 3.90, 3.97, 3.99):
        samples = np.concatenate([room(begin), tone(HERTZ["middle"], seconds=0.8), room(3.0)])
        pieces = list(heard_pieces(recognizer.transcribe, in_blocks(samples, 1.0), lengths=SHORT))
        words = [word for piece in pieces for segment in piece.transcript.segments for word in segment.words]
        assert [word.word for word in words] == ["middle"]
        assert words[0].end - words[0].start == pytest.approx(0.8, abs=0.35)


def test_the_longer_pause_is_preferred() -> None:
    samples = np.concatenate([said("low", "high", pause_seconds=0.5), room(1.5), said("low", "low", pause_seconds=0.5)])
    cut = cut_at_pause(samples)
    assert cut is not None
    assert cut / RATE_HZ == pytest.approx(3.3, abs=0.4)


def test_without_a_pause_no_place_is_given() -> None:
    assert cut_at_pause(np.concatenate([tone(900, seconds=0.5)] * 12)) is None


def talkative(word_seconds: float) -> Callable[[Samples], Transcript]:
    """Return what hears a word in every tone of that length, gapless as a recogniser of sentences may."""

    def transcribe(samples: Samples) -> Transcript:
        count = len(samples) / RATE_HZ / word_seconds
        words = [
            Word(f"w{number}", number * word_seconds, (number + 1) * word_seconds, 0.9, (), WORD)
            for number in range(int(count))
        ]
        return transcript_of(words, duration_seconds=len(samples) / RATE_HZ)

    return transcribe


def test_where_nobody_pauses_the_cut_lies_between_two_words_that_were_heard() -> None:
    samples = np.concatenate([tone(900, seconds=0.5)] * 40)
    pieces = list(heard_pieces(talkative(0.5), in_blocks(samples, 2.0), lengths=SHORT))
    words = [word for piece in pieces for segment in piece.transcript.segments for word in segment.words]
    assert len(words) == 40
    assert len(pieces) > 3
    for before, after in pairwise(words):
        assert before.end == pytest.approx(after.start, abs=0.01)
    for piece in pieces:
        assert piece.transcript.text == " ".join(
            word.word for segment in piece.transcript.segments for word in segment.words
        )


def test_where_nothing_is_understood_the_quietest_place_is_cut() -> None:
    samples = np.concatenate([tone(900, seconds=0.5)] * 40)
    pieces = list(heard_pieces(nothing, in_blocks(samples, 2.0), lengths=SHORT))
    for piece in pieces[:-1]:
        assert np.abs(samples[piece.end - 40 : piece.end + 40]).max() < 0.05


def test_a_segment_that_is_cut_keeps_the_text_of_its_words() -> None:
    words = tuple(Word(text, at, at + 0.4, 0.9, (), WORD) for text, at in (("one", 3.0), ("two", 3.6), ("three", 5.2)))
    whole = Transcript("words", "one two three", 0.9, (Segment(3.0, 5.6, "one two three", words),), 6.0)
    loud = np.concatenate([tone(900, seconds=0.5)] * 12)

    def transcribe(samples: Samples) -> Transcript:
        return whole if len(samples) == SHORT.longest else replace(whole, text="", segments=())

    first = next(heard_pieces(transcribe, [loud, loud], lengths=SHORT))
    assert first.transcript.text == "one"
    assert [(segment.text, segment.end) for segment in first.transcript.segments] == [("one", 3.4)]


def test_the_quietest_place_of_two_words_that_touch_is_between_them() -> None:
    assert quietest_place(room(1.0), 8000, 8000) == 8000
