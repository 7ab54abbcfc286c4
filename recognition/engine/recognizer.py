"""Samples in, words out, by the LiteRT model of a bundle. TensorFlow is not needed and not loaded.

`load_recognizer` gives what fits the kind of a bundle: a WordRecognizer, or a SentenceRecognizer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.bundle import Bundle, corrupt, load_bundle, number_in
from recognition.engine.hearing import (
    NONE_OF_THESE,
    NOTHING_HEARD,
    WORD,
    Alternatives,
    Hearing,
    Segment,
    Transcript,
    Word,
    transcript_of,
)
from recognition.engine.language import said
from recognition.engine.litert import LiteRtModel
from recognition.engine.segments import MARGIN_SECONDS, speech_extent, speech_segments
from recognition.engine.sentence_recognizer import SENTENCES, SentenceRecognizer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "CACHED_RECOGNIZERS",
    "Hearing",
    "Recognizer",
    "Segment",
    "Transcript",
    "Word",
    "WordRecognizer",
    "load_recognizer",
]

KIND = "words"
CACHED_RECOGNIZERS = 8

_ALTERNATIVES = 5
_PAUSE_SECONDS = 0.35
_SHORT_PAUSE_SECONDS = 0.15


class WordRecognizer:
    """Hears which of its labels was said. One instance may be used by many threads; they take turns at the model.

    Raises EngineError bundle_corrupt where the bundle does not hold a words model that works.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self.labels = _labels_of(bundle.manifest)
        # Behind the labels: what stands for all that is none of them.
        self._outputs = len(self.labels) + bool(bundle.manifest.get("has_other_output"))
        self.window_seconds = number_in(bundle.manifest, "window_seconds")
        calibration = bundle.manifest.get("calibration", {})
        self.temperature = number_in(calibration, "temperature")
        self.threshold = number_in(calibration, "threshold", zero_allowed=True)
        self.hears_phrases = any(" " in label for label in self.labels)
        self._model = LiteRtModel(bundle.model_path, threads=threads)
        self._check_answers()

    def hear_clip(self, samples: NDArray[np.float32]) -> Hearing:
        """Answer one clip, shape (samples,) at 16 kHz, with one label. What evaluation uses, and one spoken word."""
        extent = speech_extent(samples)
        return NOTHING_HEARD if extent is None else self._hear(samples[slice(*extent)])

    def transcribe(self, samples: NDArray[np.float32]) -> Transcript:
        """Answer a recording with the words between its pauses, in order, each like `hear_clip` would."""
        words = []
        for start, end in self._pieces(samples):
            heard = self._hear(samples[start:end])
            words.append(
                Word(
                    word=heard.label if heard.answer == WORD else "",
                    start=start / SAMPLE_RATE_HZ,
                    end=end / SAMPLE_RATE_HZ,
                    confidence=heard.confidence,
                    alternatives=heard.alternatives,
                    answer=heard.answer,
                )
            )
        return transcript_of(words, duration_seconds=len(samples) / SAMPLE_RATE_HZ)

    def probabilities(self, speech: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give the calibrated probability of each label, shape (labels,), for samples already cut to the speech.

        Where the model knows of other words, these have the rest of the probability. Softmax of the log-probabilities
        over the temperature (C. Guo et al., 2017: "On calibration of modern neural networks").
        """
        scaled = self._model.log_probabilities(speech).astype(np.float64) / self.temperature
        shares = np.exp(scaled - scaled.max())
        return np.asarray(shares / shares.sum())[: len(self.labels)]

    def _hear(self, speech: NDArray[np.float32]) -> Hearing:
        shares = self.probabilities(speech)
        best = np.argsort(-shares, kind="stable")[:_ALTERNATIVES]
        alternatives: Alternatives = tuple((self.labels[index], float(shares[index])) for index in best)
        label, confidence = alternatives[0]
        is_sure = confidence >= self.threshold and confidence >= 1.0 - float(shares.sum())
        return Hearing(WORD if is_sure else NONE_OF_THESE, label, confidence, alternatives)

    def _pieces(self, samples: NDArray[np.float32]) -> list[tuple[int, int]]:
        extent = speech_extent(samples)
        if extent is None:
            return []
        # A label of several words has pauses of its own: what fits into the window is taken for one.
        if self.hears_phrases and not self._is_too_long(extent):
            return [extent]
        return [
            piece
            for segment in speech_segments(samples, min_silence_seconds=_PAUSE_SECONDS)
            for piece in self._finer(samples, segment)
        ]

    def _finer(self, samples: NDArray[np.float32], segment: tuple[int, int]) -> list[tuple[int, int]]:
        """Cut what is longer than any word at shorter pauses: it is probably words said quickly."""
        if not self._is_too_long(segment):
            return [segment]
        pieces = speech_segments(samples[slice(*segment)], min_silence_seconds=_SHORT_PAUSE_SECONDS)
        return [(segment[0] + start, segment[0] + end) for start, end in pieces] or [segment]

    def _is_too_long(self, piece: tuple[int, int]) -> bool:
        return piece[1] - piece[0] > (self.window_seconds + 2 * MARGIN_SECONDS) * SAMPLE_RATE_HZ

    def _check_answers(self) -> None:
        window = np.zeros(max(1, int(self.window_seconds * SAMPLE_RATE_HZ)), np.float32)
        found = self._model.log_probabilities(window)
        if found.shape != (self._outputs,) or not np.isfinite(found).all():
            raise corrupt(
                said("The model in this bundle does not fit its list of words."), f"{found.shape} for {self._outputs}"
            )


Recognizer = WordRecognizer | SentenceRecognizer


class _Cache:
    """The recognisers this process used last, by the sha256 of their bundle; at most `CACHED_RECOGNIZERS`.

    While one is loaded, which takes seconds for a large language model, the others go on answering.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Recognizer] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}

    def get(self, folder: Path, sha256: str) -> Recognizer:
        with self._lock:
            if found := self._found(sha256):
                return found
            turn = self._loading.setdefault(sha256, threading.Lock())
        with turn:
            with self._lock:
                if found := self._found(sha256):
                    return found
            loaded = self._loaded(folder, sha256)
            with self._lock:
                self._keep(sha256, loaded)
            return loaded

    def _found(self, sha256: str) -> Recognizer | None:
        if found := self._kept.get(sha256):
            self._kept.move_to_end(sha256)
        return found

    def _keep(self, sha256: str, recognizer: Recognizer) -> None:
        self._kept[sha256] = recognizer
        self._loading.pop(sha256, None)
        while len(self._kept) > CACHED_RECOGNIZERS:
            self._kept.popitem(last=False)

    def _loaded(self, folder: Path, sha256: str) -> Recognizer:
        bundle = load_bundle(folder)
        if bundle.sha256 != sha256:
            raise corrupt(
                said("This model bundle is not the one that was registered."), f"{bundle.sha256}, not {sha256}"
            )
        is_of_sentences = bundle.manifest.get("kind") == SENTENCES
        return SentenceRecognizer(bundle) if is_of_sentences else WordRecognizer(bundle)


_CACHE = _Cache()


def load_recognizer(folder: Path, sha256: str) -> Recognizer:
    """Give the recogniser of a bundle, loaded at most once while it is in use in this process.

    Raises EngineError bundle_corrupt, also where the bundle in `folder` has another sha256.
    """
    return _CACHE.get(folder, sha256)


def _labels_of(manifest: dict[str, Any]) -> tuple[str, ...]:
    labels = manifest.get("labels")
    is_list = isinstance(labels, list) and bool(labels) and all(isinstance(label, str) for label in labels)
    if manifest.get("kind") != KIND or not is_list or len(set(labels or [])) < len(labels or []):
        raise corrupt(
            said("This bundle does not hold a model of words."), f"kind {manifest.get('kind')!r}, labels {labels!r}"
        )
    return tuple(labels or [])
