"""One transcription in the words of the pages: title, marks, runner-up words, the question a doubtful answer asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recognition.models import Transcription
from recognition.services.waves import folded
from speechsite.lib.numbers import SPACE, SURE_FROM, confidence_text, duration_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = 3
CHOICES = 2
SHOWN_AS_SECONDS = 0.1
NAMELESS = {"none_of_these": "None of these words", "silence": "Silence"}
WAITING = {"queued": "Waiting for the worker", "running": "Listening to it"}
WARNINGS = {
    "audio_truncated": "The file breaks off early; everything up to the break was kept.",
    "lying_extension": "The file is of another kind than its name says; what it really holds was used.",
}


@dataclass(frozen=True)
class Answer:
    """A row as pages show it. `row` may carry `is_corrected` from the list's query."""

    row: Transcription

    @property
    def title(self) -> str:
        """Return the text, or what stands in its place."""
        if self.row.status == Transcription.Status.FAILED:
            return "Not recognised"
        return self.row.text or NAMELESS.get(self.row.answer, "") or WAITING.get(self.row.status, "")

    @property
    def has_text(self) -> bool:
        """Say whether the title is speech, and not a word of ours."""
        return bool(self.row.text)

    @property
    def is_active(self) -> bool:
        """Say whether the page has to ask again."""
        return self.row.status in Transcription.ACTIVE

    @cached_property
    def is_corrected(self) -> bool:
        """Say whether a person wrote or confirmed the text."""
        known = getattr(self.row, "is_corrected", None)
        return bool(self.row.corrections.exists() if known is None else known)

    @property
    def words(self) -> list[dict[str, Any]]:
        """Return every word that was heard, with times, confidence, answer and alternatives."""
        return [word for segment in self.row.segments for word in segment["words"]]

    @property
    def shown_words(self) -> list[dict[str, Any]]:
        """Return the words of the title with the confidence that marks them; a corrected text is not doubted."""
        if self.is_corrected or not self.words:
            return [{"word": self.row.text, "confidence": 1.0}]
        return [word for word in self.words if word["word"]]

    @property
    def peaks(self) -> Sequence[float]:
        """Return the peaks of a small wave."""
        return folded(self.row.peaks)

    @property
    def bars(self) -> list[dict[str, Any]]:
        """Return the runner-up words as bars, where there is one word and it is not beyond doubt."""
        is_plain = self.row.answer == "words" and (self.row.confidence or 0.0) >= SURE_FROM
        return [] if is_plain or self.is_corrected else self.row.alternatives[:BARS]

    @property
    def choices(self) -> list[str]:
        """Return the words a doubtful answer offers: one press is a correction."""
        return [pair["text"] for pair in self.bars[:CHOICES]]

    @property
    def took(self) -> str:
        """Return how long recognising took: 3 ms, 0.24 s."""
        seconds = self.row.processing_seconds
        if seconds is None:
            return ""
        return duration_text(seconds) if seconds >= SHOWN_AS_SECONDS else f"{seconds * 1000:.0f}{SPACE}ms"

    @property
    def threshold(self) -> float:
        """Return the confidence below which this version says none of these."""
        calibration = self.row.model_version.manifest.get("calibration", {})
        return float(calibration.get("threshold", 0.0))

    @property
    def sentence(self) -> str:
        """Return one sentence about how it was heard."""
        if self.row.status == Transcription.Status.FAILED:
            return self.row.failure_message
        if self.is_corrected:
            return self._corrected_sentence()
        sentences = {"words": self._words_sentence, "none_of_these": self._none_sentence}
        silent = "Nothing louder than the room was heard." if self.row.answer else ""
        return sentences[self.row.answer]() if self.row.answer in sentences else silent

    @property
    def warnings(self) -> list[str]:
        """Return what was odd about the audio, in sentences."""
        return [WARNINGS[code] for code in self.row.warnings if code in WARNINGS]

    def _corrected_sentence(self) -> str:
        heard = self.row.heard_text or NAMELESS.get(self.row.answer, "").lower()
        if self.row.text == heard:
            return "Confirmed by you."
        return f"Corrected by you. It was heard as “{heard}”." if self.row.heard_text else "Written by you."

    def _words_sentence(self) -> str:
        word = min(self.shown_words, key=lambda word: word["confidence"], default=None)
        text = confidence_text(self.row.confidence)
        sentence = f"{text[:1].upper()}{text[1:]}."
        rest = [pair for pair in word["alternatives"] if pair["text"] != word["word"]] if word else []
        if word is None or not rest:
            return sentence
        what = f" for “{word['word']}”" if len(self.shown_words) > 1 else ""
        return f"{sentence} Next best{what}: {rest[0]['text']}, {percent_text(rest[0]['confidence'], decimals=0)}"

    def _none_sentence(self) -> str:
        best = [word["alternatives"][0] for word in self.words if word["alternatives"]]
        closest = max(best, key=lambda pair: float(pair["confidence"]), default=None)
        if closest is None:
            return "None of the words this model knows was close enough."
        share = percent_text(closest["confidence"], decimals=0)
        return f"Closest was “{closest['text']}”, {share}, below the {percent_text(self.threshold, decimals=0)} needed."


def answers_of(rows: Sequence[Transcription]) -> list[Answer]:
    """Wrap the rows of a list."""
    return [Answer(row) for row in rows]
