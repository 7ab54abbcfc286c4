"""The report of a dry run: what an upload would become, as one JSON document that pages, API and command show."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.engine.language import quoted
from recognition.engine.text import normalise_for_scoring
from recognition.engine.writing import graphemes, is_right_to_left, rules_for, rules_of, written_or_empty
from recognition.models.recognizers import Kind
from speechsite.lib.numbers import thousands_text
from training_jobs.models import Clip
from training_jobs.readers import Problem, Row
from training_jobs.services.clips import speakers_of
from training_jobs.services.import_advice import advice_for
from training_jobs.services.import_characters import (
    RARE_BELOW,
    characters_counted,
    characters_under,
    texts_left_out,
)
from training_jobs.services.import_examples import FIRST_ROWS
from training_jobs.services.import_options import KIND, RULES
from training_jobs.services.import_problems import note_at, problem_at
from training_jobs.services.import_questions import kind_question, layout_questions, rule_questions
from training_jobs.services.import_tally import KEPT, LEFT_OUT, MISSING_CODES, NOTED, UNREADABLE_CODES
from training_jobs.services.snapshots import LONGEST_SENTENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from recognition.engine.writing import WritingRules
    from training_jobs.models import Dataset, DatasetImport, ImportProblem
    from training_jobs.readers import Question
    from training_jobs.services.import_examples import Examples
    from training_jobs.services.import_listing import Listing
    from training_jobs.services.import_tally import Finding, Kept, Tally

SPEAKERS_SHOWN: Final = 20
LABELS_SHOWN: Final = 500
NAMES_SHOWN: Final = 3
SPLIT_ORDER: Final = ("train", "validation", "test", "")
# A model of sentences writes at most one character in this time; a text needs that much of its clip.
CHARACTERS_PER_SECOND: Final = 25
HOUR: Final = 3600


@dataclass(frozen=True)
class Checked:
    """Everything a report is made of."""

    row: DatasetImport
    listing: Listing
    tally: Tally
    examples: Examples
    questions: list[Question]
    kind: str
    kind_guess: str
    is_empty: bool
    tick: Callable[[], None]

    @property
    def dataset(self) -> Dataset:
        return self.row.dataset


def report_of(checked: Checked) -> dict[str, Any]:
    """Return the report. Findings about the whole upload are noted in the tally on the way."""
    usable = list(checked.tally.usable())
    seconds = sum(kept.seconds for kept in usable)
    suggested = rules_for((kept.text for kept in usable), language=checked.dataset.language)
    return {
        **_layout(checked),
        **_counts(checked, usable, seconds),
        "speakers": _speakers(checked, usable),
        "splits": _splits(usable),
        "leaks": _leaks(checked, usable),
        "lengths": _lengths(checked, usable, suggested),
        "sample_rates": [{"hz": hz, "clips": clips} for hz, clips in sorted(checked.tally.rates.items()) if clips],
        "labels": _labels(checked, usable),
        "writing": _writing(checked, usable, suggested),
        "questions": _questions(checked, usable, suggested),
        "examples": checked.examples.shown,
        "first_rows": _first_rows(checked),
        "findings": [_finding(finding) for finding in _in_order(checked.tally)],
    }


def _layout(checked: Checked) -> dict[str, Any]:
    found = checked.listing.found
    return {
        "layout": found.reader.name,
        "layout_title": _(found.reader.title),
        "grammar": _(found.reader.grammar),
        "reason": found.match.reason,
        "confidence": round(found.match.confidence, 3),
        "kind": checked.kind,
        "kind_guess": checked.kind_guess,
    }


def _counts(checked: Checked, usable: list[Kept], seconds: float) -> dict[str, Any]:
    tally = checked.tally
    return {
        "rows": tally.rows,
        "clips": len(usable),
        "rejected": tally.rejected,
        "duration_seconds": round(seconds, 3),
        "hours": round(seconds / HOUR, 4),
        "missing_files": tally.count_of(MISSING_CODES),
        "unreadable_files": tally.count_of(UNREADABLE_CODES),
        "duplicates": {"in_upload": tally.duplicates_in_upload, "in_dataset": tally.duplicates_in_dataset},
        "texts": len({kept.text for kept in usable}),
        "is_right_to_left": _is_right_to_left(usable),
    }


def _is_right_to_left(usable: list[Kept]) -> bool:
    looked_at = usable[:: max(1, len(usable) // 100)]
    return 2 * sum(is_right_to_left(kept.text) for kept in looked_at) > len(looked_at)


def _speakers(checked: Checked, usable: list[Kept]) -> dict[str, Any]:
    seconds: dict[str, float] = defaultdict(float)
    clips: Counter[str] = Counter()
    for kept in usable:
        seconds[kept.row.speaker] += kept.seconds
        clips[kept.row.speaker] += 1
    unnamed = clips.pop("", 0)
    seconds.pop("", None)
    most = sorted(seconds, key=lambda name: -seconds[name])[:SPEAKERS_SHOWN]
    return {
        "count": len(clips),
        "new": len(set(clips).difference(speakers_of(checked.dataset))),
        "clips_without": unnamed,
        "most": [{"speaker": name, "clips": clips[name], "minutes": round(seconds[name] / 60, 2)} for name in most],
    }


def _splits(usable: list[Kept]) -> list[dict[str, Any]]:
    clips: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    for kept in usable:
        clips[kept.row.split] += 1
        seconds[kept.row.split] += kept.seconds
    return [
        {
            "split": split,
            "clips": clips[split],
            "hours": round(seconds[split] / HOUR, 4),
            "duration_seconds": round(seconds[split], 3),
        }
        for split in SPLIT_ORDER
        if clips[split]
    ]


def _leaks(checked: Checked, usable: list[Kept]) -> dict[str, Any]:
    speakers = _speakers_in_two_splits(checked, usable)
    texts, held_out = _texts_in_two_splits(usable) if checked.kind == Kind.SENTENCES else ([], 0)
    tally = checked.tally
    if speakers:
        message = ngettext(
            "{count} speaker is heard in more than one split: {names}.",
            "{count} speakers are heard in more than one split: {names}.",
            len(speakers),
        ).format(
            count=thousands_text(len(speakers)),
            names=quoted(kept.row.speaker for kept in speakers[:NAMES_SHOWN]),
        )
        tally.note(note_at(speakers[0].row, "speaker_in_two_splits", message), NOTED, count=len(speakers))
    if texts:
        message = ngettext(
            "{count} clip outside the training split has a text that is trained on: this one.",
            "{count} clips outside the training split have a text that is trained on, such as this one.",
            len(texts),
        ).format(count=thousands_text(len(texts)))
        tally.note(note_at(texts[0].row, "text_in_two_splits", message), NOTED, count=len(texts))
    return {
        "speakers": [kept.row.speaker for kept in speakers[:SPEAKERS_SHOWN]],
        "speaker_count": len(speakers),
        "sounds": tally.sounds_in_two_splits,
        "texts": len(texts),
        "texts_share": round(len(texts) / held_out, 4) if held_out else 0.0,
    }


def _speakers_in_two_splits(checked: Checked, usable: list[Kept]) -> list[Kept]:
    """Return the first clip by which each speaker is in a second split, clips of the dataset counted in."""
    splits_of: dict[str, set[str]] = defaultdict(set)
    ready = Clip.objects.filter(dataset=checked.dataset, status=Clip.Status.READY).exclude(speaker="").exclude(split="")
    for speaker, split in ready.order_by().values_list("speaker", "split").distinct():
        splits_of[speaker].add(split)
    found: dict[str, Kept] = {}
    for kept in usable:
        speaker, split = kept.row.speaker, kept.row.split
        if speaker and split:
            splits_of[speaker].add(split)
            if len(splits_of[speaker]) > 1:
                found.setdefault(speaker, kept)
    return list(found.values())


def _texts_in_two_splits(usable: list[Kept]) -> tuple[list[Kept], int]:
    """Return the clips outside train whose text is in train too, and how many clips there are outside train."""
    trained = {normalise_for_scoring(kept.text) for kept in usable if kept.row.split == "train"}
    held_out = [kept for kept in usable if kept.row.split in {"validation", "test"}]
    return [kept for kept in held_out if normalise_for_scoring(kept.text) in trained], len(held_out)


def _lengths(checked: Checked, usable: list[Kept], rules: WritingRules) -> dict[str, Any]:
    seconds = sorted(kept.seconds for kept in usable)
    sentences = usable if _is_sentences(checked) else []
    long_ones = [kept for kept in sentences if kept.seconds > LONGEST_SENTENCE_SECONDS]
    short_ones = [kept for kept in sentences if _is_short_for_text(kept, rules)]
    for kept in long_ones:
        message = _("Lasts {seconds} s; training takes clips of up to {most} s.").format(
            seconds=number_format(f"{kept.seconds:.1f}"), most=f"{LONGEST_SENTENCE_SECONDS:.0f}"
        )
        checked.tally.note(problem_at(kept.row, "long_for_training", message), KEPT)
    for kept in short_ones:
        message = _("Lasts {seconds} s, which is too short for {count} characters.").format(
            seconds=number_format(f"{kept.seconds:.1f}"), count=thousands_text(len(kept.text))
        )
        checked.tally.note(problem_at(kept.row, "short_for_text", message), KEPT)
    return {
        "shortest_seconds": round(seconds[0], 3) if seconds else 0.0,
        "median_seconds": round(median(seconds), 3) if seconds else 0.0,
        "longest_seconds": round(seconds[-1], 3) if seconds else 0.0,
        "long_for_training": len(long_ones),
        "short_for_text": len(short_ones),
    }


def _is_sentences(checked: Checked) -> bool:
    return checked.kind == Kind.SENTENCES


def _is_short_for_text(kept: Kept, rules: WritingRules) -> bool:
    room = kept.seconds * CHARACTERS_PER_SECOND
    # The usual text is far below: only where the raw one could be too long are its characters counted.
    return len(kept.text) > room and len(graphemes(written_or_empty(kept.text, rules))) > room


def _labels(checked: Checked, usable: list[Kept]) -> list[dict[str, Any]]:
    if _is_sentences(checked):
        return []
    counted = Counter(kept.text for kept in usable)
    return [{"label": label, "clips": clips} for label, clips in counted.most_common(LABELS_SHOWN)]


def _writing(checked: Checked, usable: list[Kept], suggested: WritingRules) -> dict[str, Any]:
    """Return how texts of sentences would be written down, and what is left of their characters."""
    if not _is_sentences(checked):
        return {}
    rules = rules_of({**suggested.as_dict(), **(checked.row.options.get(RULES) or {})})
    counted = characters_counted((kept.text for kept in usable), tick=checked.tick)
    _note_rare(checked, usable, characters_under(counted, suggested), suggested)
    return {
        "rules": suggested.as_dict(),
        "in_words": suggested.in_words(),
        "texts_left_out": texts_left_out((kept.text for kept in usable), rules),
        "characters": characters_under(counted, rules),
        "counted": counted,
    }


def _note_rare(checked: Checked, usable: list[Kept], found: list[dict[str, Any]], rules: WritingRules) -> None:
    rare = {one["character"] for one in found if one["is_rare"]} - {" "}
    if not rare:
        return
    first = next((kept for kept in usable if not rare.isdisjoint(graphemes(written_or_empty(kept.text, rules)))), None)
    if first is not None:
        message = ngettext(
            "{count} character comes fewer than {times} times, first here: {characters}",
            "{count} characters come fewer than {times} times, the first of them here: {characters}",
            len(rare),
        ).format(count=thousands_text(len(rare)), times=RARE_BELOW, characters=" ".join(sorted(rare)[:20]))
        checked.tally.note(note_at(first.row, "characters_rare", message), NOTED, count=len(rare))


def _questions(checked: Checked, usable: list[Kept], suggested: WritingRules) -> list[dict[str, Any]]:
    options = checked.row.options
    asked = layout_questions(checked.questions, options)
    if checked.is_empty:
        asked.append(kind_question(guess=checked.kind_guess, answer=checked.kind if options.get(KIND) else ""))
    if _is_sentences(checked):
        pointed = any(_is_pointed(kept.text) for kept in usable)
        asked += rule_questions(suggested, options.get(RULES) or {}, has_vowel_marks=pointed)
    return asked


def _is_pointed(text: str) -> bool:
    kept, dropped = rules_of({"vowel_marks": "keep"}), rules_of({"vowel_marks": "drop"})
    return is_right_to_left(text) and written_or_empty(text, kept) != written_or_empty(text, dropped)


def _first_rows(checked: Checked) -> list[dict[str, Any]]:
    """Return the first rows as they are read, for somebody who maps columns."""
    by_member = {(one["member"], one["start"]): one["number"] for one in checked.examples.shown}
    first = [item for item in checked.listing.items if isinstance(item, Row)][:FIRST_ROWS]
    return [
        {
            "audio": row.member,
            "text": row.text,
            "speaker": row.speaker,
            "split": row.split,
            "start": row.start_seconds,
            "end": row.end_seconds,
            "file": row.listed_in,
            "line": row.line,
            "example": by_member.get((row.member, row.start_seconds)),
        }
        for row in first
    ]


def _in_order(tally: Tally) -> Iterator[Finding]:
    """Yield what is lost first, then what is only worth knowing; the most frequent first."""
    order = (LEFT_OUT, KEPT, NOTED)
    yield from sorted(tally.findings.values(), key=lambda one: (order.index(one.outcome), -one.count))


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "count": finding.count,
        "file": finding.file,
        "line": finding.line,
        "message": finding.message,
        "outcome": finding.outcome,
        "to_do": advice_for(finding.code),
        "example": finding.example,
    }


def report_as_document(
    report: dict[str, Any], *, dataset_name: str, problems: Iterable[ImportProblem]
) -> dict[str, Any]:
    """Return the report as `import_dataset --dry-run --json` prints it, with every problem and its place."""
    writing = {key: value for key, value in report["writing"].items() if key != "counted"}
    left_out = {"examples", "writing"}
    named = ("file", "line", "code", "message", "is_kept")
    return {
        "dataset": dataset_name,
        "dry_run": True,
        **{key: value for key, value in report.items() if key not in left_out},
        "writing": writing,
        "problems": [{name: getattr(problem, name) for name in named} for problem in problems],
    }


def whole_upload_problems(tally: Tally) -> Iterator[Problem]:
    """Yield what was noted about the upload as a whole, as problems of it: one each."""
    codes = {"speaker_in_two_splits", "text_in_two_splits", "characters_rare", "long_for_training", "short_for_text"}
    for finding in tally.findings.values():
        if finding.code in codes:
            yield Problem(finding.file, finding.code, finding.message, line=finding.line, is_clip_lost=False)
