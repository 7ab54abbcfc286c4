from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.bundle import load_bundle, write_bundle
from recognition.engine.decoding import Decoding
from recognition.engine.errors import EngineError
from recognition.engine.recognizer import WordRecognizer, load_recognizer
from recognition.engine.sentence_recognizer import SentenceRecognizer
from tests.engine.sounds import noise, silence, tone
from tests.engine.tone_sentences import MODEL, UNITS, bundle_in, mumbled, pause, said, word_times
from tests.engine.tone_sentences import manifest as manifest_of

if TYPE_CHECKING:
    from recognition.engine.hearing import Transcript, Word

WORDS_MODEL = Path(__file__).parents[1] / "recognition" / "tones.tflite"
ARABIC = (*"ابتثجحخدذرزسشصضطظعغفقكلمنهوي", " ", "ء", "ة", "ى")
ALICE = (
    "alice was beginning to get very tired of sitting by her sister on the bank",
    "and of having nothing to do",
    "once or twice she had peeped into the book her sister was reading",
    "but it had no pictures or conversations in it",
    "and what is the use of a book thought alice without pictures",
)


@pytest.fixture
def recognizer(tmp_path: Path) -> SentenceRecognizer:
    return SentenceRecognizer(load_bundle(bundle_in(tmp_path).path))


def words_of(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


def test_a_sentence_is_written_down_with_times(recognizer: SentenceRecognizer) -> None:
    transcript = recognizer.transcribe(np.concatenate([pause(0.5), said("hello little world"), pause(0.5)]))
    assert (transcript.answer, transcript.text) == ("words", "hello little world")
    expected = [(0.5 + start, 0.5 + end) for start, end in word_times("hello little world")]
    words = words_of(transcript)
    assert [word.start for word in words] == pytest.approx([start for start, _ in expected], abs=0.03)
    assert [word.end for word in words] == pytest.approx([end for _, end in expected], abs=0.03)
    assert all(word.confidence > 0.9 and word.answer == "word" for word in words)
    json.dumps(transcript.as_dict(), allow_nan=False)


@pytest.mark.parametrize("nothing", [silence(0.0), silence(1.0), noise(2.0), tone(1.0)], ids=str)
def test_where_nobody_speaks_nothing_is_written(recognizer: SentenceRecognizer, nothing: Any) -> None:
    for transcript in (recognizer.transcribe(nothing), recognizer.transcript_of_piece(nothing)):
        assert (transcript.answer, transcript.text, transcript.confidence) == ("silence", "", None)
        assert transcript.segments == ()


def test_speech_without_a_letter_in_it_is_none_of_these(recognizer: SentenceRecognizer) -> None:
    between = np.concatenate([tone(0.1, hz=4_321.0) * np.hanning(1_600), pause(0.1)] * 5).astype(np.float32)
    transcript = recognizer.transcribe(between)
    assert (transcript.answer, transcript.text, transcript.confidence) == ("none_of_these", "", None)


def test_loudness_and_surroundings_change_nothing(recognizer: SentenceRecognizer) -> None:
    sound = said("quiet or loud")
    for changed in (sound * 0.05, np.concatenate([pause(2.0), sound, pause(3.0)])):
        assert recognizer.transcribe(changed.astype(np.float32)).text == "quiet or loud"


def test_what_is_mumbled_has_less_confidence(recognizer: SentenceRecognizer) -> None:
    sound = np.concatenate([said("plain "), mumbled("bad", "xyz")])
    plain, bad = words_of(recognizer.transcribe(sound))
    assert (plain.word, bad.word) == ("plain", "bad")
    assert bad.confidence < plain.confidence - 0.01


def test_a_pause_of_a_second_begins_a_segment(recognizer: SentenceRecognizer) -> None:
    sound = np.concatenate([said("one two "), pause(0.5), said("three "), pause(1.5), said("four")])
    transcript = recognizer.transcribe(sound)
    assert [segment.text for segment in transcript.segments] == ["one two three", "four"]
    assert transcript.text == "one two three four"
    assert transcript.segments[1].start == pytest.approx(len(sound) / 16_000 - 0.56, abs=0.05)


def long_recording() -> tuple[Any, list[float]]:
    parts, starts, at = [], [], 0.0
    for number in range(12):
        text = ALICE[number % len(ALICE)]
        starts.extend(at + start for start, _ in word_times(text))
        parts += [said(f"{text} ", seed=number), pause(0.7)]
        at += (len(parts[-2]) + len(parts[-1])) / 16_000
    return np.concatenate(parts), starts


def test_a_long_recording_is_cut_at_pauses_and_loses_nothing(recognizer: SentenceRecognizer) -> None:
    sound, starts = long_recording()
    assert len(sound) > 70 * 16_000
    transcript = recognizer.transcribe(sound)
    assert transcript.text == " ".join(ALICE[number % len(ALICE)] for number in range(12))
    words = words_of(transcript)
    assert [word.start for word in words] == pytest.approx(starts, abs=0.03)
    assert all(one.start < one.end <= other.start for one, other in pairwise(words))


def test_a_piece_is_written_down_in_one_go(recognizer: SentenceRecognizer) -> None:
    sound, _ = long_recording()
    assert recognizer.transcript_of_piece(sound).text == recognizer.transcribe(sound).text


def test_other_scripts_are_written_as_well(tmp_path: Path) -> None:
    recognizer = SentenceRecognizer(load_bundle(bundle_in(tmp_path, units=ARABIC, language="ar").path))
    assert recognizer.transcribe(said("مرحبا يا عالم", units=ARABIC)).text == "مرحبا يا عالم"


def test_a_spelled_letter_is_a_word_of_its_own(tmp_path: Path) -> None:
    units = (*UNITS[:27], " a ", " b ", " k ", " m ", " o ")
    made = bundle_in(tmp_path, units=units, unit_style="spelled_letters")
    recognizer = SentenceRecognizer(load_bundle(made.path))
    sound = said("k o b as in kob a a", units=units)
    transcript = recognizer.transcribe(sound)
    assert transcript.text == "k o b as in kob a a"
    starts = [start for start, _ in word_times("k o b as in kob a a", units=units)]
    assert [word.start for word in words_of(transcript)] == pytest.approx(starts, abs=0.03)


def test_many_threads_get_the_answers_one_would(recognizer: SentenceRecognizer) -> None:
    clips = [said(text, seed=seed) for seed in range(4) for text in ALICE]
    alone = [recognizer.transcribe(clip) for clip in clips]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(recognizer.transcribe, clips)) == alone


def test_a_bundle_is_loaded_as_what_it_is(tmp_path: Path, manifest: dict[str, Any]) -> None:
    made = bundle_in(tmp_path)
    loaded = load_recognizer(made.path, made.sha256)
    assert isinstance(loaded, SentenceRecognizer)
    assert load_recognizer(made.path, made.sha256) is loaded
    words = write_bundle(tmp_path / "words", manifest=manifest, files={"model.tflite": WORDS_MODEL})
    assert isinstance(load_recognizer(words.path, words.sha256), WordRecognizer)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "words"},
        {"units": ["a", "b"]},
        {"units": []},
        {"units": "abc"},
        {"units": ["a"] * 32},
        {"units": ["", *UNITS[1:]]},
        {"unit_style": None},
        {"text_rules": None},
        {"text_rules": {"case": "loud"}},
        {"frame_seconds": 0},
        {"frame_seconds": 0.5},
        {"decoding": None},
        {"decoding": {"method": "magic", "beam": 1, "alpha": 0, "beta": 0, "temperature": 1}},
        {"decoding": {"method": "beam", "beam": 2.5, "alpha": 0, "beta": 0, "temperature": 1}},
        {"decoding": {"method": "beam", "beam": 10**9, "alpha": 0, "beta": 0, "temperature": 1}},
        {"decoding": {"method": "beam", "beam": 8, "alpha": 0, "beta": 0, "temperature": 0}},
        {"calibration": None},
        {"calibration": {"slope": "steep", "offset": 0}},
    ],
    ids=str,
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    bundle = load_bundle(bundle_in(tmp_path, **changes).path)
    with pytest.raises(EngineError) as caught:
        SentenceRecognizer(bundle)
    assert caught.value.code == "bundle_corrupt"


LEXICON = Decoding("lexicon", 16, 0.5, 1.0, 1.0)
BEAM = replace(LEXICON, method="beam")


@pytest.mark.parametrize("way", ["greedy", "beam", "lexicon"])
def test_every_way_of_decoding_writes_what_was_said(tmp_path: Path, way: str) -> None:
    made = bundle_in(tmp_path, decoding={**LEXICON.as_dict(), "method": way})
    recognizer = SentenceRecognizer(load_bundle(made.path))
    transcript = recognizer.transcribe(said("hello little world"))
    assert transcript.text == "hello little world"
    expected = word_times("hello little world")
    assert [word.start for word in words_of(transcript)] == pytest.approx([start for start, _ in expected], abs=0.03)
    assert all(word.confidence > 0.9 for word in words_of(transcript))


def test_the_language_model_reads_what_was_mumbled(recognizer: SentenceRecognizer) -> None:
    sound = np.concatenate([said("hello "), mumbled("wurld", "wosld")])
    assert recognizer.transcribe(sound).text == "hello wurld"
    transcript = recognizer.transcribe(sound, decoding=LEXICON)
    assert transcript.text == "hello world"
    hello, world = words_of(transcript)
    assert world.alternatives[0][0] == "world"
    assert world.confidence < hello.confidence
    clearer = np.concatenate([said("hello "), mumbled("wurld", "world")])
    assert recognizer.transcribe(clearer).text == "hello wurld"
    assert recognizer.transcribe(clearer, decoding=replace(BEAM, alpha=3.0)).text == "hello world"


def test_hotwords_are_heard_however_they_are_written(recognizer: SentenceRecognizer) -> None:
    sound = np.concatenate([said("call "), mumbled("mguyen", "ngxyen")])
    assert recognizer.transcribe(sound).text == "call mguyen"
    for hotwords in (["Nguyen"], ["  NGUYEN! ", "日本", ""]):
        assert recognizer.transcribe(sound, hotwords=hotwords).text == "call nguyen"
        assert "nguyen" in recognizer.transcribe(sound, hotwords=hotwords, decoding=LEXICON).text
        assert recognizer.transcript_of_piece(sound, hotwords=hotwords).text == "call nguyen"


def test_without_a_language_model_the_beam_is_open_and_a_lexicon_is_impossible(tmp_path: Path) -> None:
    made = bundle_in(tmp_path, sentences=(), decoding=BEAM.as_dict())
    recognizer = SentenceRecognizer(load_bundle(made.path))
    assert recognizer.transcribe(said("anything goes")).text == "anything goes"
    with pytest.raises(EngineError, match="no language model"):
        recognizer.transcribe(said("anything goes"), decoding=LEXICON)
    refused = bundle_in(tmp_path / "other", sentences=(), decoding=LEXICON.as_dict())
    with pytest.raises(EngineError) as caught:
        SentenceRecognizer(load_bundle(refused.path))
    assert caught.value.code == "bundle_corrupt"


def test_a_language_model_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lm").write_bytes(b"no model")
    files = {"model.tflite": MODEL, "language_model.arpa.gz": tmp_path / "lm"}
    made = write_bundle(tmp_path / "bundle", manifest=manifest_of(decoding=BEAM.as_dict()), files=files)
    with pytest.raises(EngineError) as caught:
        SentenceRecognizer(load_bundle(made.path))
    assert caught.value.code == "language_model_corrupt"


def test_output_and_reading_can_be_had_apart(recognizer: SentenceRecognizer) -> None:
    log_probs = recognizer.log_probabilities(said("hello world"))
    assert log_probs.shape[1] == len(UNITS) + 1
    assert recognizer.decode(log_probs).text == "hello world"
    decoded = recognizer.decode(log_probs, decoding=LEXICON)
    assert decoded.text == "hello world"
    assert all(0.9 < recognizer.confidence_of(word) <= 1.0 for word in decoded.words)


def test_a_doubtful_word_of_the_greedy_way_says_what_else_it_may_have_been(
    recognizer: SentenceRecognizer,
) -> None:
    samples = np.concatenate([said("one "), mumbled("four", "fort")])
    first, second = recognizer.transcribe(samples).segments[0].words
    assert (first.word, second.word) == ("one", "four")
    texts = [text for text, _ in second.alternatives]
    assert texts[0] == "four"
    assert len(texts) == len(set(texts)) > 1
    shares = [share for _, share in second.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0001
