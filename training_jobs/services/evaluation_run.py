"""One evaluation, from claim to a named end: every version hears the clips, then they are compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models.recognizers import Kind
from speechsite.lib.attempts import AttemptPulse, attempt_end, attempt_run
from speechsite.lib.errors import ServiceError
from training_jobs.models import EvaluatedClip, Evaluation
from training_jobs.services.comparison import Pair, compared
from training_jobs.services.evaluations import versions_of
from training_jobs.services.version_evaluation import clips_to_hear, nothing_to_hear, version_judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from training_jobs.services.version_evaluation import HeardClip, Judged

BATCH: Final = 1_000
UNKNOWN: Final = gettext_lazy(
    "Hearing stopped for a reason this site does not know; whoever runs it finds the details in the log."
)


def evaluation_run(*, evaluation_id: UUID | str, watch: Callable[[float], None] | None = None) -> Evaluation | None:
    """Hear the clips to the end and return the row; None where there is none. `watch` is told the share that is done.

    Safe to call twice and after a kill: only one caller wins the claim, and results are kept all at once.
    """
    row = _row(evaluation_id)
    if row is None:
        return None
    attempt_run(row, lambda: _finish(row, _hear(row, watch)), code="evaluation_failed", unknown=str(UNKNOWN))
    return _row(evaluation_id)


def _row(evaluation_id: UUID | str) -> Evaluation | None:
    rows = Evaluation.objects.select_related("version__recognizer", "against__recognizer", "dataset")
    return rows.filter(pk=evaluation_id).first()


def _hear(row: Evaluation, watch: Callable[[float], None] | None) -> list[Judged]:
    """Let every version hear the clips, the judged one first."""
    versions = versions_of(row.version, row.against)
    clips = clips_to_hear(versions=versions, dataset=row.dataset, split=row.split)
    pulse, count = AttemptPulse(row), max(1, clips.count())
    judged: list[Judged] = []

    def progress(done: int) -> None:
        share = (len(judged) + done / count) / len(versions)
        pulse.beat(share)
        if watch:
            watch(share)

    for version in versions:
        one = version_judge(version=version, clips=clips, split=row.split, progress=progress)
        if one is None:
            raise nothing_to_hear(row.dataset, row.split)
        judged.append(one)
    return judged


def _finish(row: Evaluation, judged: list[Judged]) -> None:
    """Keep figures, comparison and clips with the end of the row, all or nothing."""
    versions = versions_of(row.version, row.against)
    figures = {str(version): one.document for version, one in zip(versions, judged, strict=True)}
    document = {"versions": figures, "comparison": _compared(row, judged) if row.against else None}
    with transaction.atomic():
        _keep(row, judged)
        attempt_end(row, Evaluation.Status.DONE, document=document, progress=1.0)


def _compared(row: Evaluation, judged: list[Judged]) -> dict[str, Any]:
    others = {one.clip_id: one for one in judged[1].clips}
    pairs = [_pair(one, others[one.clip_id]) for one in judged[0].clips if one.clip_id in others]
    if not pairs:
        message = _("No clip could be heard by both versions, so they cannot be compared on {name}.")
        raise ServiceError("nothing_in_common", message.format(name=row.dataset.name))
    noun = "words" if row.dataset.kind == Kind.SENTENCES else "clips"
    return asdict(compared(pairs, name=str(row.version), against=str(row.against), noun=noun))


def _pair(one: HeardClip, other: HeardClip) -> Pair:
    return Pair(one.speaker, one.word_errors, one.words, other.word_errors, other.words)


def _keep(row: Evaluation, judged: list[Judged]) -> None:
    """Keep what was heard in each clip, in place of what an earlier attempt kept."""
    others = {one.clip_id: one for one in judged[1].clips} if row.against else {}
    rows = (_evaluated(row, one, others.get(one.clip_id)) for one in judged[0].clips)
    EvaluatedClip.objects.filter(evaluation=row).delete()
    EvaluatedClip.objects.bulk_create(rows, batch_size=BATCH)


def _evaluated(row: Evaluation, one: HeardClip, other: HeardClip | None) -> EvaluatedClip:
    found = EvaluatedClip(
        evaluation=row,
        clip_id=one.clip_id,
        speaker=one.speaker,
        said=one.said,
        heard=one.heard,
        answer=one.answer,
        confidence=one.confidence,
        words=one.words,
        word_errors=one.word_errors,
    )
    if other:
        found.against_said, found.against_heard = other.said, other.heard
        found.against_confidence, found.against_word_errors = other.confidence, other.word_errors
        found.change = _pair(one, other).change
    return found
