"""One transcription in the words of the pages: title, marks, runner-up words, the question a doubtful answer asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recognition.models import Transcription
from recognition.models.recognizers import Kind
from recognition.services.long_audio import UNDECODED
from recognition.services.review_queue import expected_wrong_text
from recognition.services.transcriptions import seconds_left
from recognition.services.waves import folded
from speechsite.lib.numbers import SPACE, SURE_FROM, confidence_text, duration_text, percent_text, thousands_text

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = 3
CHOICES = 2
SHOWN_AS_SECONDS = 0.1
NAMELESS = {"none_of_these": gettext_lazy("None of these words"), "silence": gettext_lazy("Silence")}
STAGES = {
    "queued": gettext_lazy("Waiting for the worker"),
    "reading": gettext_lazy("Reading the file"),
    "listening": gettext_lazy("Listening to it"),
    "done": gettext_lazy("Heard to the end"),
    "failed": gettext_lazy("Not recognised"),
}
MINUTE, TENS, FROM_WHERE_MINUTES = 60, 10, 90
FIRST_WORDS = 24
LAST_WORDS = 12
WARNINGS = {
    "audio_truncated": gettext_lazy("The file breaks off early; everything up to the break was kept."),
    "lying_extension": gettext_lazy("The file is of another kind than its name says; what it really holds was used."),
    "hotwords_unused": gettext_lazy("This model knows a closed set of words; the expected words changed nothing."),
}


@dataclass(frozen=True)
class Answer:
    """A row as pages show it. `row` may carry `is_corrected` from the list's query."""

    row: Transcription

    @property
    def title(self) -> str:
        """Return the text, or what stands in its place."""
        if self.row.status != Transcription.Status.DONE:
            return self.stage_text
        return self.row.text or self._nameless

    @property
    def _nameless(self) -> str:
        """Return what stands in the place of a text that is empty."""
        if self.is_of_sentences and self.row.answer == Transcription.Answer.NONE_OF_THESE:
            return _("Nothing understood")
        return str(NAMELESS.get(self.row.answer, ""))

    @property
    def is_of_sentences(self) -> bool:
        """Say whether a model of sentences heard it."""
        return self.row.model_version.recognizer.kind == Kind.SENTENCES

    @property
    def has_text(self) -> bool:
        """Say whether the title is speech, and not a word of ours."""
        return bool(self.row.text) and self.row.status == Transcription.Status.DONE

    @property
    def stage(self) -> str:
        """Return where it stands: queued, reading, listening, done or failed."""
        if self.row.status != Transcription.Status.RUNNING:
            return self.row.status
        return "reading" if self.row.audio.endswith(UNDECODED) else "listening"

    @property
    def stage_text(self) -> str:
        """Return where it stands in words."""
        return str(STAGES[self.stage])

    @property
    def progress_text(self) -> str:
        """Return how much of it was listened to, and about how long the rest will take."""
        if self.stage != "listening":
            return _("It is kept. You can close this page.") if self.is_active else ""
        whole = duration_text(self.row.duration_seconds)
        if not self.row.progress:
            return _("Nothing of {whole} heard. You can close this page.").format(whole=whole)
        heard, left = duration_text(self.row.duration_seconds * self.row.progress), seconds_left(self.row)
        if not left:
            return _("{heard} of {whole} heard. You can close this page.").format(heard=heard, whole=whole)
        told = _("{heard} of {whole} heard, about {left} left. You can close this page.")
        return told.format(heard=heard, whole=whole, left=_roughly(left))

    @property
    def last_words(self) -> str:
        """Return the end of what was heard until now."""
        words = self.row.text.rsplit(maxsplit=LAST_WORDS)
        return " ".join(["…", *words[1:]] if len(words) > LAST_WORDS else words)

    @property
    def is_active(self) -> bool:
        """Say whether the page has to ask again."""
        return self.row.status in Transcription.ACTIVE

    @cached_property
    def is_corrected(self) -> bool:
        """Say whether a person wrote or confirmed the text."""
        known = getattr(self.row, "is_corrected", None)
        return bool(self.row.revision) if known is None else bool(known)

    @property
    def words(self) -> list[dict[str, Any]]:
        """Return every word that was heard, with times, confidence, answer and alternatives; in lists of short ones."""
        few = getattr(self.row, "few_segments", None)
        segments = self.row.segments if few is None else few
        return [word for segment in segments for word in segment["words"]]

    @cached_property
    def shown_words(self) -> list[dict[str, Any]]:
        """Return the first words of the text with the confidence that marks them; a corrected text is not doubted."""
        if not self.is_corrected and (known := [word for word in self.words if word["word"]]):
            return known[:FIRST_WORDS]
        words = self.row.text.split(maxsplit=FIRST_WORDS)[:FIRST_WORDS]
        is_marked = not self.is_corrected and not self.is_shortened and self.row.confidence is not None
        return [{"word": " ".join(words), "confidence": self.row.confidence if is_marked else 1.0}]

    @property
    def is_shortened(self) -> bool:
        """Say whether the text goes on behind the words that are shown."""
        return len(self.row.text.split(maxsplit=FIRST_WORDS)) > FIRST_WORDS

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
    def expected(self) -> str:
        """Return how many words are probably wrong: about 4 wrong."""
        return expected_wrong_text(self.row.expected_errors or 0.0)

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
        silent = _("Nothing louder than the room was heard.") if self.row.answer else ""
        return sentences[self.row.answer]() if self.row.answer in sentences else silent

    @property
    def warnings(self) -> list[str]:
        """Return what was odd about the audio, in sentences."""
        return [str(WARNINGS[code]) for code in self.row.warnings if code in WARNINGS]

    def _corrected_sentence(self) -> str:
        heard = self.row.heard_text
        if self.row.text == heard:
            return _("Confirmed by you.")
        if not heard:
            return _("Written by you.")
        shown = Truncator(heard).words(FIRST_WORDS)
        return _("Corrected by you. It was heard as “{text}”.").format(text=shown)

    def _words_sentence(self) -> str:
        text = confidence_text(self.row.confidence)
        sentence = f"{text[:1].upper()}{text[1:]}."
        if self.is_shortened:
            return f"{sentence} {self._doubts}".strip()
        word = min(self.shown_words, key=lambda word: word["confidence"], default=None)
        rest = [pair for pair in word.get("alternatives", ()) if pair["text"] != word["word"]] if word else []
        if word is None or not rest:
            return sentence
        values = {"text": rest[0]["text"], "share": percent_text(rest[0]["confidence"], decimals=0)}
        if len(self.shown_words) == 1:
            return f"{sentence} {_('Next best: {text}, {share}').format(**values)}"
        return f"{sentence} {_('Next best for “{word}”: {text}, {share}').format(word=word['word'], **values)}"

    @property
    def _doubts(self) -> str:
        """Return how many words of a long text are marked; nothing where its words were not loaded."""
        words = [word for word in self.words if word["word"]]
        marked = sum(word["confidence"] < SURE_FROM for word in words)
        if not words:
            return ""
        told = ngettext("{count} of {all} word is marked.", "{count} of {all} words are marked.", marked)
        return told.format(count=thousands_text(marked), all=thousands_text(len(words)))

    def _none_sentence(self) -> str:
        if self.is_of_sentences:
            return _("Somebody spoke, but no word could be made out.")
        best = [word["alternatives"][0] for word in self.words if word["alternatives"]]
        closest = max(best, key=lambda pair: float(pair["confidence"]), default=None)
        if closest is None:
            return _("None of the words this model knows was close enough.")
        return _("Closest was “{word}”, {share}, below the {needed} needed.").format(
            word=closest["text"],
            share=percent_text(closest["confidence"], decimals=0),
            needed=percent_text(self.threshold, decimals=0),
        )


def _roughly(seconds: float) -> str:
    """Write an estimate no finer than it is: 10 s, 40 s, 3 min, 1.2 h."""
    step = TENS if seconds < FROM_WHERE_MINUTES else MINUTE
    return duration_text(max(step, round(seconds / step) * step))


def answers_of(rows: Sequence[Transcription]) -> list[Answer]:
    """Wrap the rows of a list."""
    return [Answer(row) for row in rows]
