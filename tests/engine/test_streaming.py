"""Speech heard while it is spoken, by real LiteRT models of words and of sentences."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.agreement import Agreement, Partial
from recognition.engine.bundle import load_bundle, write_bundle
from recognition.engine.hearing import WORD, Word, transcript_of
from recognition.engine.recognizer import WordRecognizer
from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.engine.streaming import LiveHearing, LivePiece, Tape
from tests.engine import tone_sentences
from tests.recognition.tones import HERTZ, room, said, tone

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND = 16_000
TONES = Path(__file__).parents[1] / "recognition" / "tones.tflite"


@pytest.fixture
def words(tmp_path: Path) -> WordRecognizer:
    card = tmp_path / "card.md"
    card.write_text("# tones\n", encoding="utf-8")
    manifest = {
        "kind": "words",
        "labels": list(HERTZ),
        "window_seconds": 1.0,
        "calibration": {"temperature": 1.0, "threshold": 0.62},
    }
    model = shutil.copyfile(TONES, tmp_path / "model.tflite")
    info = write_bundle(tmp_path / "bundle", manifest=manifest, files={"model.tflite": model, "model_card.md": card})
    return WordRecognizer(load_bundle(info.path))


@pytest.fixture
def sentences(tmp_path: Path) -> SentenceRecognizer:
    return SentenceRecognizer(load_bundle(tone_sentences.bundle_in(tmp_path).path))


class Listener:
    """Feeds a stream block by block, as a microphone would, and notes what is shown."""

    def __init__(self, recognizer: Any, **options: Any) -> None:
        self.hearing = LiveHearing(recognizer.transcribe, is_of_words=isinstance(recognizer, WordRecognizer), **options)
        self.pieces: list[LivePiece] = []
        self.partials: list[tuple[int, Partial]] = []

    def hear(self, samples: NDArray[np.float32], *, block: int = 800) -> Listener:
        for start in range(0, len(samples), block):
            self.pieces += self.hearing.feed(samples[start : start + block])
            if partial := self.hearing.partial():
                self.partials.append((self.hearing.heard_to, partial))
        return self

    def finish(self) -> Listener:
        self.pieces += self.hearing.finish()
        return self

    @property
    def texts(self) -> list[str]:
        return [piece.transcript.text for piece in self.pieces]


def test_each_word_is_answered_at_the_pause_behind_it(words: WordRecognizer) -> None:
    listener = Listener(words).hear(said("low", "high", "middle"))
    assert listener.texts == ["low", "high", "middle"]
    starts = [piece.start for piece in listener.pieces]
    assert starts == sorted(starts)
    assert all(before.end <= after.start for before, after in pairwise(listener.pieces))
    assert all(len(piece.samples) == piece.end - piece.start for piece in listener.pieces)


def test_a_word_is_shown_while_it_is_said(words: WordRecognizer) -> None:
    sound = said("high")
    listener = Listener(words).hear(sound)
    shown = [(at, partial.tail) for at, partial in listener.partials if partial.tail]
    assert {tail for _, tail in shown} == {"high"}
    assert shown[0][0] < listener.pieces[0].end - SECOND // 10


def test_the_answer_is_that_of_the_recording(words: WordRecognizer) -> None:
    """What a stream gives is what the same sound gives as a recording."""
    (piece,) = Listener(words).hear(said("middle")).pieces
    again = words.transcribe(piece.samples)
    assert piece.transcript == again


def test_the_word_that_is_being_said_at_the_end_is_answered(words: WordRecognizer) -> None:
    sound = np.concatenate([room(0.3), tone(HERTZ["low"])])
    listener = Listener(words).hear(sound)
    assert listener.texts == []
    assert listener.finish().texts == ["low"]
    assert listener.finish().texts == ["low"]


def test_where_nobody_spoke_the_end_says_so(words: WordRecognizer) -> None:
    (piece,) = Listener(words).hear(room(2.0)).finish().pieces
    assert (piece.transcript.answer, piece.start, piece.end) == ("silence", 0, 2 * SECOND)
    assert Listener(words, has_answered=True).hear(room(2.0)).finish().pieces == []


def test_unknown_speech_is_answered_as_such(words: WordRecognizer) -> None:
    (piece,) = Listener(words).hear(np.concatenate([room(0.5), tone(1470.0), room(0.5)])).pieces
    assert piece.transcript.answer == "none_of_these"


def test_a_stream_goes_on_at_a_position(words: WordRecognizer) -> None:
    """What was cut off is sent again from where it was settled: the same answers, none twice."""
    sound = said("low", "high", "middle")
    whole = Listener(words).hear(sound)
    first = Listener(words).hear(sound[: 2 * SECOND])
    settled = first.hearing.settled
    rest = Listener(words, position=settled, has_answered=True).hear(sound[settled:]).finish()
    assert first.texts + rest.texts == whole.texts
    assert rest.pieces[0].start >= first.pieces[-1].end


def test_what_is_kept_is_bounded(words: WordRecognizer) -> None:
    listener = Listener(words).hear(room(40.0), block=4_000)
    assert listener.hearing.heard_to - listener.hearing.settled == 30 * SECOND
    listener.hear(said("low"), block=4_000)
    assert listener.texts == ["low"]
    assert listener.hearing.heard_to - listener.hearing.settled < SECOND


def test_a_sentence_grows_word_by_word_and_stays(sentences: SentenceRecognizer) -> None:
    text = "the world is little and one two three"
    sound = np.concatenate([room(0.5), tone_sentences.said(text), room(0.6)])
    listener = Listener(sentences).hear(sound)
    assert listener.texts == [text]
    stable = [partial.stable for _, partial in listener.partials]
    assert all(later.startswith(earlier) for earlier, later in pairwise(stable))
    assert all(text.startswith(shown) for shown in stable)
    assert stable[-1] == "the world is little and one two"
    assert any(partial.tail and not text.endswith(partial.tail) for _, partial in listener.partials)


def test_speech_without_a_pause_is_cut_between_words(sentences: SentenceRecognizer) -> None:
    text = " ".join(["hello little world one two three"] * 5)
    sound = np.concatenate([room(0.5), tone_sentences.said(text), room(0.6)])
    assert len(sound) > 20 * SECOND
    listener = Listener(sentences).hear(sound, block=3_200)
    assert len(listener.pieces) > 1
    assert " ".join(listener.texts) == text
    assert all(len(piece.samples) <= 12 * SECOND for piece in listener.pieces)


def test_noise_that_stays_is_no_piece(sentences: SentenceRecognizer) -> None:
    generator = np.random.default_rng(3)
    fan = (0.05 * generator.standard_normal(20 * SECOND)).astype(np.float32)
    assert Listener(sentences, has_answered=True).hear(fan, block=8_000).pieces == []


def test_a_tape_keeps_what_is_asked_for() -> None:
    tape = Tape(100)
    for start in (0, 10, 20):
        tape.append(np.arange(start, start + 10, dtype=np.float32))
    tape.forget(115)
    assert (tape.start, tape.end) == (115, 130)
    assert tape.part(118, 122).tolist() == [18, 19, 20, 21]


def agreed(*hearings: str, is_of_words: bool = False, confidence: float = 0.7) -> list[tuple[str, str]]:
    agreement = Agreement(is_of_words=is_of_words)
    shown = []
    for text in hearings:
        words = [Word(w, n, n + 0.5, confidence, (), WORD) for n, w in enumerate(text.split())]
        partial = agreement.heard(transcript_of(words, duration_seconds=9.0))
        shown.append((partial.stable, partial.tail))
    return shown


def test_a_word_is_stable_once_it_was_heard_twice_with_another_behind_it() -> None:
    shown = agreed("i", "i see", "i sea", "i see the", "i see the ship")
    assert shown == [("", "i"), ("", "i see"), ("i", "sea"), ("i", "see the"), ("i see", "the ship")]


def test_what_is_stable_stays() -> None:
    assert agreed("a b c", "a b c d", "a x y z")[-1] == ("a b", "y z")


def test_half_a_word_does_not_make_the_words_flicker() -> None:
    assert agreed("one", "nine", "nine", "five", "nine", is_of_words=True) == [
        ("", ""),
        ("", ""),
        ("", "nine"),
        ("", "nine"),
        ("", "nine"),
    ]
    assert agreed("one", "nine", is_of_words=True, confidence=0.9) == [("", "one"), ("", "nine")]
