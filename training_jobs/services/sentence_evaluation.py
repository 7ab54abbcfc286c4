"""What a finished recogniser of sentences writes down from clips it never learned from, and the figures that follow."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import mean
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.bundle import load_bundle
from recognition.engine.confidence import expected_calibration_error
from recognition.engine.error_rates import (
    OK,
    ErrorCounts,
    align_characters,
    align_words,
    bootstrap_rate_interval,
    confusions,
    count_errors,
)
from recognition.engine.errors import EngineError
from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.engine.writing import written, written_or_empty
from training_jobs.models import Clip, SnapshotClip, TestResult
from training_jobs.services.corpus_folder import clip_samples
from training_jobs.services.evaluation import BATCH, SPEAKERS_FOR_BOOTSTRAP, Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from recognition.engine.decoding import Decoding, Method
    from recognition.engine.hearing import Transcript
    from recognition.engine.writing import WritingRules
    from training_jobs.models import Snapshot, TrainingJob
    from training_jobs.services.evaluation import Said

METHODS: Final[tuple[Method, ...]] = ("greedy", "beam", "lexicon")
METHODS_WITHOUT_WORDS: Final = METHODS[:2]
MOST_CONFUSIONS: Final = 50
BINS: Final = 10
METHODS_IN_WORDS: Final = {
    "greedy": gettext_lazy("the likeliest character at each moment"),
    "beam": gettext_lazy("the likeliest text by sound and language model"),
    "lexicon": gettext_lazy("the likeliest words of the training text and the added text, by sound and language model"),
}


@dataclass(frozen=True)
class HeardSentence:
    """What was written down from one clip. Both texts are written by the model's rules.

    `by_method` holds what other ways of decoding give; `word_confidences` belong to the words of `heard`.
    """

    snapshot_clip_id: int | None
    said: str
    speaker: str
    heard: str
    confidence: float
    word_confidences: tuple[float, ...]
    by_method: dict[str, str]
    duration_seconds: float
    seconds: float
    clip_id: UUID | None = None

    @property
    def answer(self) -> str:
        """Say whether anything was heard: words or silence."""
        return "words" if self.heard else "silence"

    @property
    def words(self) -> ErrorCounts:
        """Count the word errors."""
        return count_errors(align_words(self.said, self.heard))

    @property
    def characters(self) -> ErrorCounts:
        """Count the character errors."""
        return count_errors(align_characters(self.said, self.heard))


@dataclass(frozen=True)
class Heard:
    """All results of one evaluation, with the way of decoding that the bundle uses."""

    results: list[HeardSentence]
    decoding: Decoding
    rules: dict[str, str]
    rules_in_words: str
    refused: int = 0  # clips whose text the rules refuse


def sentences_hear(*, bundle: Path, clips: Iterable[Said], progress: Callable[[int], None]) -> Heard:
    """Let the recogniser of a bundle write down every clip; clips whose audio is gone are left out.

    `progress` is told how many are done after each clip, and meanwhile where a large language model is read.
    """
    recognizer = SentenceRecognizer(load_bundle(bundle), tick=lambda: progress(0))
    results, refused = [], 0
    for done, said in enumerate(clips, start=1):
        reference = reference_of(said.text, recognizer.rules)
        samples = clip_samples(said.clip) if reference else None
        refused += not reference
        if reference and samples is not None:
            results.append(_hear(recognizer, said, reference, samples))
        progress(done)
    return Heard(results, recognizer.decoding, recognizer.rules.as_dict(), recognizer.rules.in_words(), refused)


def reference_of(text: str, rules: WritingRules) -> str:
    """Return a clip's text as the rules write it; "" where they refuse it, so that nothing can be compared with it."""
    try:
        return written(text, rules)
    except EngineError:
        return ""


def _hear(recognizer: SentenceRecognizer, said: Said, reference: str, samples: NDArray[np.float32]) -> HeardSentence:
    began = time.perf_counter()
    transcript = recognizer.transcribe(samples)
    seconds = time.perf_counter() - began
    possible = METHODS if recognizer.has_language_model else METHODS_WITHOUT_WORDS
    others = [method for method in possible if method != recognizer.decoding.method]
    texts = {
        method: recognizer.transcribe(samples, decoding=replace(recognizer.decoding, method=method)).text
        for method in others
    }
    return HeardSentence(
        snapshot_clip_id=said.snapshot_clip_id,
        said=reference,
        speaker=said.speaker,
        heard=written_or_empty(transcript.text, recognizer.rules),
        confidence=transcript.confidence or 0.0,
        word_confidences=_confidences(transcript),
        by_method={method: written_or_empty(text, recognizer.rules) for method, text in texts.items()},
        duration_seconds=len(samples) / SAMPLE_RATE_HZ,
        seconds=seconds,
        clip_id=said.clip.pk if said.clip else None,
    )


def _confidences(transcript: Transcript) -> tuple[float, ...]:
    return tuple(word.confidence for segment in transcript.segments for word in segment.words)


def sentence_results_replace(*, job: TrainingJob, heard: Heard) -> None:
    """Keep what was heard, in place of what an earlier attempt of the job kept."""
    rows = (
        TestResult(
            job=job,
            snapshot_clip_id=result.snapshot_clip_id,
            said=result.said,
            heard=result.heard,
            answer=result.answer,
            confidence=result.confidence,
            words=result.words.references,
            word_errors=result.words.errors,
        )
        for result in heard.results
        if result.snapshot_clip_id is not None
    )
    with transaction.atomic():
        TestResult.objects.filter(job=job).delete()
        TestResult.objects.bulk_create(rows, batch_size=BATCH)


def texts_learned(*snapshots: Snapshot) -> set[str]:
    """Return the texts of the clips that snapshots give to training and to choosing, as their rules write them."""
    learned = SnapshotClip.objects.filter(snapshot__in=snapshots).exclude(split=Clip.Split.TEST)
    return set(learned.values_list("text", flat=True))


def sentence_figures(
    heard: Heard, *, trained_speakers: Iterable[str], split: str, trained_texts: Collection[str] = ()
) -> Figures | None:
    """Return the figures of what was heard, or None where nothing was.

    `test_texts_seen_in_training` is the share of what was said that training had, word for word: of a score on such
    texts nothing follows for new ones.

    Rates are of the whole corpus: all errors over all that was said. The 95 % interval of the word error rate is by
    bootstrap over speakers where there are three or more, else over clips; `interval_method` says which.
    """
    results = heard.results
    if not results:
        return None
    words = sum((result.words for result in results), ErrorCounts())
    characters = sum((result.characters for result in results), ErrorCounts())
    speakers = {result.speaker for result in results if result.speaker}
    interval, method = error_interval(results)
    sound = sum(result.duration_seconds for result in results)
    metrics = {
        "wer": round(words.rate, 5),
        "cer": round(characters.rate, 5),
        "interval": interval,
        "interval_method": method,
        "clips": len(results),
        "refused_texts": heard.refused,
        "words": words.references,
        "characters": characters.references,
        "insertions": words.insertions,
        "deletions": words.deletions,
        "substitutions": words.substitutions,
        "sentences_right": round(mean(not result.words.errors for result in results), 5),
        "speakers": len(speakers),
        "split": split,
        "test_texts_seen_in_training": round(mean(result.said in trained_texts for result in results), 5),
        "unseen_speakers": bool(speakers) and not speakers & set(trained_speakers),
        "decoding": heard.decoding.method,
        "decoding_in_words": str(METHODS_IN_WORDS[heard.decoding.method]),
        "methods": _methods(results, heard.decoding.method),
        "text_rules": heard.rules,
        "rules_in_words": heard.rules_in_words,
        "answer_seconds": round(mean(result.seconds for result in results), 6),
        "real_time_factor": round(sum(result.seconds for result in results) / sound, 6),
    }
    return Figures(metrics=metrics, evaluation=_evaluation(results))


def error_interval(results: Sequence[HeardSentence]) -> tuple[list[float], str]:
    """Return the 95 % interval of the word error rate and how it was made: over speakers or over clips."""
    counts = [result.words for result in results]
    speakers = [result.speaker for result in results]
    by_speaker = all(speakers) and len(set(speakers)) >= SPEAKERS_FOR_BOOTSTRAP
    groups = speakers if by_speaker else list(map(str, range(len(results))))
    low, high = bootstrap_rate_interval([c.errors for c in counts], [c.references for c in counts], groups)
    return [round(low, 5), round(high, 5)], "speakers" if by_speaker else "clips"


def _methods(results: Sequence[HeardSentence], used: str) -> dict[str, dict[str, float]]:
    texts = {method: [(r.said, r.by_method[method]) for r in results] for method in results[0].by_method}
    texts[used] = [(r.said, r.heard) for r in results]
    return {method: _rates(texts[method]) for method in METHODS if method in texts}


def _rates(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    words = sum((count_errors(align_words(said, heard)) for said, heard in pairs), ErrorCounts())
    characters = sum((count_errors(align_characters(said, heard)) for said, heard in pairs), ErrorCounts())
    return {"wer": round(words.rate, 5), "cer": round(characters.rate, 5)}


def _evaluation(results: Sequence[HeardSentence]) -> dict[str, Any]:
    words = confusions(align_words(result.said, result.heard) for result in results)
    characters = confusions(align_characters(result.said, result.heard) for result in results)
    return {
        "per_speaker": _per_speaker(results),
        "confused_words": _confused(words),
        "confused_characters": _confused(characters),
        "calibration": _calibration(results),
    }


def _confused(found: Sequence[tuple[str, str, int]]) -> list[dict[str, Any]]:
    return [{"said": said, "heard": heard, "count": count} for said, heard, count in found[:MOST_CONFUSIONS]]


def _per_speaker(results: Sequence[HeardSentence]) -> list[dict[str, Any]]:
    groups: dict[str, list[HeardSentence]] = defaultdict(list)
    for result in results:
        if result.speaker:
            groups[result.speaker].append(result)
    return [_speaker(name, members) for name, members in sorted(groups.items())]


def _speaker(name: str, members: Sequence[HeardSentence]) -> dict[str, Any]:
    counts = [member.words for member in members]
    total = sum(counts, ErrorCounts())
    low, high = bootstrap_rate_interval(
        [c.errors for c in counts], [c.references for c in counts], list(range(len(counts)))
    )
    return {
        "speaker": name,
        "clips": len(members),
        "words": total.references,
        "errors": total.errors,
        "wer": round(total.rate, 5),
        "interval": [round(low, 5), round(high, 5)],
    }


def _calibration(results: Sequence[HeardSentence]) -> dict[str, Any]:
    """Say how far the words' confidences are from how often such words were right."""
    confidences: list[float] = []
    right: list[bool] = []
    for result in results:
        heard = [step for step in align_words(result.said, result.heard) if step[2]]
        if len(heard) == len(result.word_confidences):
            confidences.extend(result.word_confidences)
            right.extend(step[0] == OK for step in heard)
    if not right:
        return {"expected_error": None, "words": 0, "bins": []}
    return {
        "expected_error": round(expected_calibration_error(confidences, right), 5),
        "words": len(right),
        "bins": _reliability(confidences, right),
    }


def _reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[dict[str, Any]]:
    """Return for each tenth of confidence how many words had it and how many of those were right."""
    groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, is_right in zip(confidences, right, strict=True):
        groups[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right))
    return [
        {
            "confidence": round(mean(confidence for confidence, _ in members), 4),
            "right": round(mean(is_right for _, is_right in members), 4),
            "words": len(members),
        }
        for _, members in sorted(groups.items())
    ]
