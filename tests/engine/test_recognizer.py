from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.bundle import Bundle, load_bundle, write_bundle
from recognition.engine.errors import EngineError
from recognition.engine.recognizer import CACHED_RECOGNIZERS, WordRecognizer, load_recognizer
from tests.engine.sounds import noise, silence, tone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from recognition.engine.bundle import BundleInfo

pytestmark = pytest.mark.training

PITCHES_HZ = {"low": 300.0, "middle": 600.0, "high": 1_200.0}


def word(name: str, *, seconds: float = 0.4, level: float = 0.3) -> NDArray[np.float32]:
    """Say a "word" of the tiny model: its pitch, swelling and fading as speech does."""
    said = tone(seconds, hz=PITCHES_HZ[name], level=level)
    return (said * np.hanning(len(said))).astype(np.float32)


def between_words() -> NDArray[np.float32]:
    """Return speech of which the tiny model knows nothing: all three pitches at once."""
    return (word("low") + word("middle") + word("high")) / 3


@pytest.fixture
def recognizer(made_bundle: Callable[..., BundleInfo]) -> WordRecognizer:
    return WordRecognizer(load_bundle(made_bundle().path))


@pytest.mark.parametrize("name", PITCHES_HZ)
def test_a_word_is_heard_with_its_alternatives(recognizer: WordRecognizer, name: str) -> None:
    heard = recognizer.hear_clip(word(name))
    assert (heard.answer, heard.label) == ("word", name)
    assert heard.confidence > 0.8
    assert heard.alternatives[0] == (name, heard.confidence)
    assert sum(share for _, share in heard.alternatives) == pytest.approx(1.0)


def test_silence_and_noise_are_no_word(recognizer: WordRecognizer) -> None:
    for nothing in (silence(1.0), noise(1.0), silence(0.0)):
        heard = recognizer.hear_clip(nothing)
        assert (heard.answer, heard.label, heard.alternatives) == ("silence", "", ())
        transcript = recognizer.transcribe(nothing)
        assert (transcript.answer, transcript.text, transcript.confidence) == ("silence", "", None)
        assert transcript.segments == ()


def test_speech_that_is_none_of_the_words_is_answered_so(recognizer: WordRecognizer) -> None:
    heard = recognizer.hear_clip(between_words())
    assert heard.answer == "none_of_these"
    assert heard.label in PITCHES_HZ
    assert heard.confidence < 0.8
    transcript = recognizer.transcribe(between_words())
    assert (transcript.answer, transcript.text) == ("none_of_these", "")
    assert transcript.segments[0].words[0].word == ""
    assert transcript.segments[0].words[0].alternatives == heard.alternatives


def test_words_come_in_order_with_times(recognizer: WordRecognizer) -> None:
    pause, long_pause = silence(0.6), silence(1.5)
    sound = np.concatenate([pause, word("low"), pause, word("high"), long_pause, word("middle"), pause])
    transcript = recognizer.transcribe(sound + noise(len(sound) / 16_000, level=0.0005))
    assert (transcript.answer, transcript.text) == ("words", "low high middle")
    assert transcript.duration_seconds == pytest.approx(len(sound) / 16_000)
    assert [segment.text for segment in transcript.segments] == ["low high", "middle"]
    words = [word for segment in transcript.segments for word in segment.words]
    assert [word.start for word in words] == pytest.approx([0.6, 1.6, 3.5], abs=0.15)
    assert [word.end for word in words] == pytest.approx([1.0, 2.0, 3.9], abs=0.15)
    assert transcript.confidence == pytest.approx(np.mean([word.confidence for word in words]))


def test_words_said_quickly_are_cut_at_shorter_pauses(recognizer: WordRecognizer) -> None:
    pause = silence(0.25)
    said = ["low", "high", "middle", "low"]
    sound = np.concatenate([part for name in said for part in (pause, word(name))] + [pause])
    transcript = recognizer.transcribe(sound)
    assert transcript.text == "low high middle low"
    words = transcript.segments[0].words
    assert all(one.end <= other.start for one, other in pairwise(words))


def test_an_unknown_piece_is_left_out_of_the_text_but_kept(recognizer: WordRecognizer) -> None:
    sound = np.concatenate([word("low"), silence(0.6), between_words(), silence(0.6), word("high")])
    transcript = recognizer.transcribe(sound)
    assert transcript.text == "low high"
    assert [word.answer for word in transcript.segments[0].words] == ["word", "none_of_these", "word"]
    assert transcript.confidence is not None
    assert transcript.confidence > 0.8


def test_a_phrase_is_not_cut_at_its_own_pause(made_bundle: Callable[..., BundleInfo]) -> None:
    phrases = WordRecognizer(load_bundle(made_bundle(labels=["turn on", "middle", "high"]).path))
    sound = np.concatenate([word("low", seconds=0.3), silence(0.4), word("low", seconds=0.3)])
    assert phrases.transcribe(sound).text == "turn on"


def test_the_transcript_of_one_word_is_what_the_clip_is_heard_as(recognizer: WordRecognizer) -> None:
    sound = np.concatenate([silence(0.7), word("middle"), silence(0.5)])
    heard, transcript = recognizer.hear_clip(sound), recognizer.transcribe(sound)
    assert transcript.segments[0].words[0].alternatives == heard.alternatives


def test_the_transcript_has_the_shape_of_the_api(recognizer: WordRecognizer) -> None:
    shown = recognizer.transcribe(word("low")).as_dict()
    json.dumps(shown, allow_nan=False)
    assert set(shown) == {"answer", "text", "confidence", "duration_seconds", "segments"}
    (segment,) = shown["segments"]
    assert set(segment) == {"start", "end", "text", "words"}
    (only,) = segment["words"]
    assert (only["word"], only["start"], only["end"], only["answer"]) == ("low", 0.0, 0.4, "word")
    assert only["alternatives"][0] == {"text": "low", "confidence": only["confidence"]}


def test_loudness_changes_nothing(recognizer: WordRecognizer) -> None:
    loud, quiet = recognizer.hear_clip(word("low")), recognizer.hear_clip(word("low", level=0.01))
    assert quiet.confidence == pytest.approx(loud.confidence, abs=1e-3)


def test_the_temperature_makes_answers_less_sure_and_changes_no_order(made_bundle: Callable[..., BundleInfo]) -> None:
    calibration = {"temperature": 5.0, "threshold": 0.0}
    calm = WordRecognizer(load_bundle(made_bundle("calm", calibration=calibration).path))
    sure = WordRecognizer(load_bundle(made_bundle("sure").path))
    mixed = word("low") + word("middle") * 0.7
    speech = mixed.astype(np.float32)
    logs = np.log(sure.probabilities(speech)) / 5
    np.testing.assert_allclose(calm.probabilities(speech), np.exp(logs) / np.exp(logs).sum(), rtol=1e-5)
    assert calm.hear_clip(speech).label == sure.hear_clip(speech).label


def test_many_threads_get_the_answers_one_would(recognizer: WordRecognizer) -> None:
    clips = [word(name, seconds=0.3 + 0.01 * take) for take in range(20) for name in PITCHES_HZ]
    alone = [recognizer.hear_clip(clip) for clip in clips]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(recognizer.hear_clip, clips)) == alone


def test_a_recogniser_is_loaded_once_for_all_threads(made_bundle: Callable[..., BundleInfo]) -> None:
    made, barrier = made_bundle(), threading.Barrier(6)

    def load(_: int) -> WordRecognizer:
        barrier.wait()
        return load_recognizer(made.path, made.sha256)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(map(id, pool.map(load, range(6))))) == 1


def test_while_one_is_loaded_others_answer(
    made_bundle: Callable[..., BundleInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = made_bundle("large", seed=101), made_bundle("small", seed=102)
    has_begun, may_end = threading.Event(), threading.Event()

    def slowly(folder: Path) -> Bundle:
        if folder == large.path:
            has_begun.set()
            assert may_end.wait(timeout=30)
        return load_bundle(folder)

    monkeypatch.setattr("recognition.engine.recognizer.load_bundle", slowly)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(load_recognizer, large.path, large.sha256) for _ in range(2)]
        assert has_begun.wait(timeout=30)
        assert load_recognizer(small.path, small.sha256).hear_clip(word("low")).label == "low"
        assert not any(one.done() for one in waiting)
        may_end.set()
        assert waiting[0].result() is waiting[1].result()


def test_the_cache_forgets_what_was_used_longest_ago(made_bundle: Callable[..., BundleInfo]) -> None:
    made = [made_bundle(f"b{number}", seed=number) for number in range(CACHED_RECOGNIZERS + 1)]
    first = load_recognizer(made[0].path, made[0].sha256)
    for other in made[1:]:
        assert load_recognizer(made[0].path, made[0].sha256) is first
        load_recognizer(other.path, other.sha256)
    second = load_recognizer(made[1].path, made[1].sha256)
    assert load_recognizer(made[0].path, made[0].sha256) is first
    assert second is load_recognizer(made[1].path, made[1].sha256)


def test_another_bundle_in_the_same_place_is_noticed(made_bundle: Callable[..., BundleInfo]) -> None:
    made = made_bundle()
    with pytest.raises(EngineError) as caught:
        load_recognizer(made.path, "0" * 64)
    assert caught.value.code == "bundle_corrupt"


def test_a_model_that_knows_other_words_turns_them_away(made_bundle: Callable[..., BundleInfo]) -> None:
    changes = {"labels": ["low", "middle"], "has_other_output": True}
    recognizer = WordRecognizer(
        load_bundle(made_bundle(**changes, calibration={"temperature": 1.0, "threshold": 0.0}).path)
    )
    known = recognizer.hear_clip(word("low"))
    assert (known.answer, known.label) == ("word", "low")
    other = recognizer.hear_clip(word("high"))
    assert other.answer == "none_of_these"
    assert other.confidence < 0.2  # of the likeliest of its words; the others have the rest
    assert {label for label, _ in other.alternatives} == {"low", "middle"}
    assert recognizer.probabilities(word("high")).shape == (2,)


@pytest.mark.parametrize(
    "changes",
    [
        {"has_other_output": True},
        {"kind": "sentences"},
        {"labels": ["low", "high"]},
        {"labels": ["low", "low", "high"]},
        {"labels": []},
        {"labels": "low"},
        {"window_seconds": 0},
        {"calibration": {"temperature": 0.0, "threshold": 0.5}},
        {"calibration": {"temperature": 1.0}},
        {"calibration": None},
    ],
    ids=str,
)
def test_a_manifest_that_does_not_fit_is_refused(
    made_bundle: Callable[..., BundleInfo], changes: dict[str, Any]
) -> None:
    bundle = load_bundle(made_bundle(**changes).path)
    with pytest.raises(EngineError) as caught:
        WordRecognizer(bundle)
    assert caught.value.code == "bundle_corrupt"


def test_a_model_that_is_none_is_refused(tmp_path: Path, manifest: dict[str, Any]) -> None:
    (tmp_path / "model.tflite").write_bytes(b"TFL3" * 100)
    made = write_bundle(tmp_path / "bundle", manifest=manifest, files={"model.tflite": tmp_path / "model.tflite"})
    with pytest.raises(EngineError) as caught:
        WordRecognizer(load_bundle(made.path))
    assert caught.value.code == "bundle_corrupt"
