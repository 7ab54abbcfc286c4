"""Recordings of sentences: of any length, cut between words alone, with the words the sender expects."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.services import long_audio
from recognition.services.transcriptions import transcription_create, transcription_run
from tests.engine.tone_sentences import GAP_SECONDS, LETTER_SECONDS, SAMPLE_RATE_HZ, pause, said
from tests.recognition.tones import wav

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from numpy.typing import NDArray

    from recognition.engine.hearing import Transcript
    from recognition.models import ModelVersion, Transcription

pytestmark = pytest.mark.django_db
LETTER_SAMPLES = round((LETTER_SECONDS + GAP_SECONDS) * SAMPLE_RATE_HZ)
SPACE_SOUND = said("a a")[LETTER_SAMPLES : 2 * LETTER_SAMPLES]
"""What tells the model that a new word begins, also behind a pause."""
WORDS = ("harbour", "control", "this", "is", "sea", "wolf", "inbound", "from", "the", "east")


def recording(words: Sequence[str], *, pause_after: int, seconds: float = 0.7) -> NDArray[np.float32]:
    """Return the sound of words with a pause after every so many; 0 is none at all."""
    size = pause_after or len(words)
    pieces = [pause(0.3)]
    for start in range(0, len(words), size):
        pieces += [SPACE_SOUND, said(" ".join(words[start : start + size]), seed=start), pause(seconds)]
    return np.concatenate(pieces)


def run(owner: User, version: ModelVersion, samples: NDArray[np.float32]) -> Transcription:
    row = transcription_create(owner=owner, model_version=version, audio=wav(samples), origin="upload")
    assert row.status == "queued"
    done = transcription_run(transcription_id=row.pk)
    assert done is not None
    assert done.status == "done", done.failure_detail
    return done


def test_a_minute_of_sentences_is_written_down_with_times(owner: User, letters: ModelVersion) -> None:
    words = list(islice(cycle(WORDS), 90))
    row = run(owner, letters, recording(words, pause_after=7, seconds=1.3))
    assert row.text.split() == words
    assert len(row.segments) == 13
    times = [moment for part in row.segments for word in part["words"] for moment in (word["start"], word["end"])]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(row.duration_seconds - 1.3, abs=0.2)


@pytest.mark.parametrize("offset", [0.0, 0.13, 0.37, 0.71])
def test_speech_without_any_pause_is_cut_between_words(owner: User, letters: ModelVersion, offset: float) -> None:
    words = list(islice(cycle(WORDS), 110))
    samples = np.concatenate([pause(offset), recording(words, pause_after=0)])
    assert len(samples) / SAMPLE_RATE_HZ > 75
    assert run(owner, letters, samples).text.split() == words


def test_expected_words_reach_the_recogniser_of_every_piece(
    owner: User, letters: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: list[tuple[str, ...]] = []
    transcribe = SentenceRecognizer.transcribe

    def listening(
        self: SentenceRecognizer, samples: NDArray[np.float32], *, hotwords: Sequence[str] = ()
    ) -> Transcript:
        expected.append(tuple(hotwords))
        return transcribe(self, samples, hotwords=hotwords)

    monkeypatch.setattr(SentenceRecognizer, "transcribe", listening)
    short = transcription_create(
        owner=owner, model_version=letters, audio=wav(said("sea wolf")), origin="api", hotwords=["wolf, berth"]
    )
    assert (short.text, short.hotwords, short.warnings) == ("sea wolf", ["wolf", "berth"], [])
    row = transcription_create(
        owner=owner,
        model_version=letters,
        audio=wav(recording(WORDS * 6, pause_after=5)),
        origin="api",
        hotwords=["harbour"],
    )
    transcription_run(transcription_id=row.pk)
    assert expected[0] == ("wolf", "berth")
    assert set(expected[1:]) == {("harbour",)}
    assert len(expected) > 3


def test_the_next_attempt_writes_the_same_text(
    owner: User, letters: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_audio, "TEXT_SECONDS", 0.0)
    monkeypatch.setattr(long_audio, "WRITING_SHARE", float("inf"))
    words = list(islice(cycle(WORDS), 90))
    samples = recording(words, pause_after=4)
    row = transcription_create(owner=owner, model_version=letters, audio=wav(samples), origin="upload")

    def killed(progress: float) -> None:
        if progress > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcription_run(transcription_id=row.pk, on_progress=killed)
    type(row).objects.filter(pk=row.pk).update(status="queued")
    done = transcription_run(transcription_id=row.pk)
    assert done is not None
    assert done.text.split() == words
