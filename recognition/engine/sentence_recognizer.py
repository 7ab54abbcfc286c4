"""Samples in, sentences out, by a CTC model in a bundle of kind "sentences"."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.alphabet import Alphabet
from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.bundle import Bundle, corrupt, number_in
from recognition.engine.confidence import confidence
from recognition.engine.decoding import (
    GREEDY,
    LEXICON,
    Decoded,
    DecodedWord,
    Decoding,
    Lexicon,
    beam_search,
    decoding_of,
    greedy,
    rivals,
)
from recognition.engine.errors import EngineError
from recognition.engine.hearing import NONE_OF_THESE, SILENCE, WORD, Transcript, Word, transcript_of
from recognition.engine.language import said
from recognition.engine.language_model import LanguageModel, load_language_model
from recognition.engine.litert import LiteRtModel
from recognition.engine.segments import speech_extent
from recognition.engine.splitting import LONGEST_PIECE_SECONDS, split_for_recognition
from recognition.engine.writing import WritingRules, rules_of, written_or_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recognition.engine.hearing import Alternatives

SENTENCES = "sentences"
LANGUAGE_MODEL_NAME = "language_model.arpa.gz"

_FRAMES_OFF = 3
_BEYOND_DOUBT = 0.99


class SentenceRecognizer:
    """Writes down what was said. One instance may be used by many threads; they take turns at the model.

    Raises EngineError bundle_corrupt where the bundle does not hold a sentences model that works. `tick` is called
    while a large language model is read.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1, tick: Callable[[], None] = lambda: None) -> None:
        manifest = bundle.manifest
        self.alphabet = _alphabet_of(manifest)
        self.rules = _rules_of(manifest)
        self.frame_seconds = number_in(manifest, "frame_seconds")
        self.decoding = decoding_of(manifest.get("decoding"))
        calibration = manifest.get("calibration")
        self._slope = number_in(calibration, "slope", zero_allowed=True)
        self._offset = number_in(calibration, "offset", zero_allowed=True, negative_allowed=True)
        self._language_model_path = bundle.path / LANGUAGE_MODEL_NAME
        self._lock = threading.Lock()
        self._tick = tick
        self._language_model: LanguageModel | None = None
        self._lexicon: Lexicon | None = None
        self._model = LiteRtModel(bundle.model_path, threads=threads)
        self._check_answers()
        if self.decoding.method != GREEDY:
            self._words_known(self.decoding.method)

    @property
    def has_language_model(self) -> bool:
        """Say whether the bundle holds one: without it there are no words to choose from."""
        return self._language_model_path.is_file()

    def transcribe(
        self, samples: NDArray[np.float32], *, hotwords: Sequence[str] = (), decoding: Decoding | None = None
    ) -> Transcript:
        """Write down a recording, shape (samples,) at 16 kHz. What is longer than 30 s is cut at pauses first.

        `hotwords` are words or phrases likely to be said. `decoding` replaces the bundle's own.
        """
        pieces = split_for_recognition(samples, max_seconds=LONGEST_PIECE_SECONDS)
        words = [word for start, end in pieces for word in self._words(samples, start, end, hotwords, decoding)]
        return _transcript(words, pieces, samples)

    def transcript_of_piece(
        self, samples: NDArray[np.float32], *, hotwords: Sequence[str] = (), decoding: Decoding | None = None
    ) -> Transcript:
        """Write down a piece in one go, however long: what `split_for_recognition` or somebody else cut."""
        extent = speech_extent(samples)
        pieces = [] if extent is None else [extent]
        words = [word for start, end in pieces for word in self._words(samples, start, end, hotwords, decoding)]
        return _transcript(words, pieces, samples)

    def log_probabilities(self, speech: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the model's output, shape (frames, units + 1), blank last, for samples already cut to the speech."""
        found = self._model.log_probabilities(speech)
        if found.ndim != 2 or found.shape[1] != len(self.alphabet.units) + 1:  # noqa: PLR2004 - frames and units
            raise corrupt(
                said("The model in this bundle does not fit its list of characters."),
                f"{found.shape} for {len(self.alphabet.units)}",
            )
        return found

    def decode(
        self,
        log_probs: NDArray[np.float32],
        *,
        hotwords: Sequence[str] = (),
        decoding: Decoding | None = None,
    ) -> Decoded:
        """Read the output of `log_probabilities`; see `transcribe` for `hotwords` and `decoding`.

        The greedy way knows no words: where there are hotwords, the beam is taken instead. Raises EngineError
        log_probabilities_invalid.
        """
        way = decoding or self.decoding
        if way.method == GREEDY and not hotwords:
            return greedy(log_probs, self.alphabet)
        language_model, lexicon = self._words_known(way.method)
        return beam_search(
            log_probs,
            self.alphabet,
            lexicon=lexicon,
            language_model=language_model,
            hotwords=[phrase for phrase in (written_or_empty(word, self.rules) for word in hotwords) if phrase],
            beam=way.beam,
            alpha=way.alpha,
            beta=way.beta if language_model else 0.0,
            temperature=way.temperature,
        )

    def confidence_of(self, word: DecodedWord) -> float:
        """Give the calibrated probability that a decoded word is right."""
        return confidence(word.score, self._slope, self._offset)

    def _words(
        self,
        samples: NDArray[np.float32],
        start: int,
        end: int,
        hotwords: Sequence[str],
        decoding: Decoding | None,
    ) -> list[Word]:
        log_probs = self.log_probabilities(samples[start:end])
        decoded = self.decode(log_probs, hotwords=hotwords, decoding=decoding)
        began, ended = start / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ
        return [
            Word(
                word=word.text,
                start=min(began + word.first_frame * self.frame_seconds, ended),
                end=min(began + (word.last_frame + 1) * self.frame_seconds, ended),
                confidence=self.confidence_of(word),
                alternatives=word.alternatives or self._rivals(log_probs, word),
                answer=WORD,
            )
            for word in decoded.words
        ]

    def _rivals(self, log_probs: NDArray[np.float32], word: DecodedWord) -> Alternatives:
        """Give what a word may have been, where somebody may ask: most words are sure, and searching takes time."""
        return () if self.confidence_of(word) >= _BEYOND_DOUBT else rivals(log_probs, self.alphabet, word)

    def _words_known(self, method: str) -> tuple[LanguageModel | None, Lexicon | None]:
        """Give the language model and the words to choose from, as far as a way of decoding uses them; loaded once."""
        if method == GREEDY:
            return None, None
        with self._lock:
            if self._language_model is None and self.has_language_model:
                self._language_model = load_language_model(self._language_model_path, tick=self._tick)
            if method != LEXICON:
                return self._language_model, None
            if self._language_model is None:
                raise corrupt(said("This bundle has no language model to take its words from."))
            if self._lexicon is None:
                self._lexicon = Lexicon(self._language_model.words, self.alphabet)
            return self._language_model, self._lexicon

    def _check_answers(self) -> None:
        found = self.log_probabilities(np.zeros(SAMPLE_RATE_HZ, np.float32))
        frames_off = abs(len(found) - 1.0 / self.frame_seconds)
        if not np.isfinite(found).all() or frames_off > _FRAMES_OFF:
            raise corrupt(
                said("The model in this bundle does not fit its manifest."),
                f"{len(found)} frames a second, frame_seconds {self.frame_seconds}",
            )


def _transcript(words: list[Word], pieces: list[tuple[int, int]], samples: NDArray[np.float32]) -> Transcript:
    transcript = transcript_of(words, duration_seconds=len(samples) / SAMPLE_RATE_HZ)
    is_speech_without_words = bool(pieces) and transcript.answer == SILENCE
    return replace(transcript, answer=NONE_OF_THESE) if is_speech_without_words else transcript


def _alphabet_of(manifest: dict[str, Any]) -> Alphabet:
    units, style = manifest.get("units"), manifest.get("unit_style")
    is_list = isinstance(units, list) and bool(units) and all(isinstance(unit, str) and unit for unit in units)
    if manifest.get("kind") != SENTENCES or not is_list or len(set(units or [])) < len(units or []):
        raise corrupt(
            said("This bundle does not hold a model of sentences."),
            f"kind {manifest.get('kind')!r}, {len(units) if isinstance(units, list) else 'no'} units",
        )
    if not isinstance(style, str):
        raise corrupt(said("This bundle does not say how its units were chosen."), repr(style))
    return Alphabet(style, tuple(units or []))


def _rules_of(manifest: dict[str, Any]) -> WritingRules:
    rules = manifest.get("text_rules")
    if not isinstance(rules, dict):
        raise corrupt(said("This bundle does not say by which rules it writes."), repr(rules))
    try:
        return rules_of(rules)
    except EngineError as error:
        raise corrupt(said("This bundle writes by rules that are not known here."), error.message) from error
