"""The revisions of a transcript: immutable, one behind the other, each with who, when and what it changed.

Revision 0 is what was heard. A save says which revision it began from: where others came between, both are put
together; where both changed the same words, the later one is kept aside and shown, and the text stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from recognition.models import Correction, Transcription
from recognition.services.segment_edits import expected_errors, text_of, whole_rewritten
from recognition.services.splices import Splice, all_applied, changes, rebased, smallest
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.contrib.auth.models import User

    from recognition.services.segment_edits import Segment

    Edit = Callable[[Sequence[Segment]], list[Segment]]

Kind = Correction.Kind


@dataclass(frozen=True)
class History:
    """What was heard, and the revisions in force by number, the first one first."""

    row: Transcription
    revisions: list[Correction]

    @property
    def newest(self) -> int:
        """Return the number of the newest revision; 0 where there is none."""
        return self.revisions[-1].number if self.revisions else 0

    @property
    def is_looked_at(self) -> bool:
        """Say whether somebody stood by the whole text once."""
        return any(revision.kind in Correction.APPROVING for revision in self.revisions)

    def at(self, number: int) -> list[Segment]:
        """Return the segments as a revision left them. Raises ServiceError revision_unknown."""
        segments: list[Segment] = self.row.segments
        if number and number not in {revision.number for revision in self.revisions}:
            message = _("There is no revision {number} of this recording. Nothing was changed; reload the page.")
            raise ServiceError("revision_unknown", message.format(number=number), status=409)
        for revision in self.revisions:
            if revision.number > number:
                break
            segments = _followed(segments, revision, self.row)
        return segments

    @property
    def now(self) -> list[Segment]:
        """Return the segments of the newest text."""
        return self.at(self.newest)

    def since(self, number: int) -> list[Splice]:
        """Return what each revision behind this one changed, in order."""
        segments, found = self.at(number), []
        for revision in self.revisions:
            if revision.number > number:
                following = _followed(segments, revision, self.row)
                found += _one_by_one(changes(segments, following))
                segments = following
        return found


def _one_by_one(splices: Sequence[Splice]) -> list[Splice]:
    """Return changes of one list as changes to be made one behind the other: from the back, none moves another."""
    return list(reversed(splices))


def _followed(segments: Sequence[Segment], revision: Correction, row: Transcription) -> list[Segment]:
    if revision.change is None:
        return whole_rewritten(segments, revision.text, duration=row.duration_seconds)
    return Splice(**revision.change).applied(segments)


def history_of(row: Transcription) -> History:
    """Return the revisions of a row."""
    if not row.revision:
        return History(row, [])
    return History(row, list(row.corrections.in_force().order_by("number").defer("text")))


def segments_of(row: Transcription) -> list[Segment]:
    """Return the segments of the newest text, words with times."""
    return history_of(row).now


@dataclass(frozen=True)
class Saved:
    """What became of a save: the revision that holds it, None where it changed nothing, and the history with it."""

    correction: Correction | None
    history: History

    @property
    def is_aside(self) -> bool:
        """Say whether it is kept beside the text, since another had changed the same words."""
        return self.correction is not None and self.correction.kind == Kind.ASIDE


def revision_save(
    *, transcription: Transcription, by: User, began_from: int | None, edit: Edit, kind: Kind = Kind.EDITED
) -> Saved:
    """Make `edit` of the revision it began from (None: the newest) a revision of its own.

    Raises ServiceError not_done or revision_unknown, and what `edit` raises; then nothing is kept.
    """
    with transaction.atomic():
        row = locked(transcription)
        history = history_of(row)
        start = history.newest if began_from is None else began_from
        base = history.at(start)
        mine = changes(base, edit(base))
        if not mine:
            return Saved(None, history)
        placed = _placed(history, start, base, mine)
        if placed is None:
            correction = _set_aside(row, by, start, base, mine)
            return Saved(correction, history)
        is_stale = start != history.newest
        saved_as = Kind.MERGED if is_stale and kind == Kind.EDITED else kind
        return revision_add(history, by=by, segments=placed, kind=saved_as, began_from=start)


def _placed(history: History, start: int, base: list[Segment], mine: list[Splice]) -> list[Segment] | None:
    """Return the newest segments with my changes in them, None where they cannot be put together."""
    if start == history.newest:
        return all_applied(base, mine)
    later, now = history.since(start), history.now
    found = [rebased(splice, base=base, later=later, now=now) for splice in mine]
    placed = [splice for splice in found if splice is not None]
    return all_applied(now, placed) if len(placed) == len(found) else None


def revision_add(history: History, *, by: User, segments: list[Segment], kind: Kind, began_from: int) -> Saved:
    """Add a revision behind the newest one, inside the caller's transaction, and make its text the row's."""
    row, text = history.row, text_of(segments)
    correction = _created(row, by, kind, began_from, text, smallest(history.now, segments))
    row.text, row.revision, row.expected_errors = text, correction.number, expected_errors(segments)
    row.save(update_fields=["text", "revision", "expected_errors"])
    return Saved(correction, History(row, [*history.revisions, correction]))


def _set_aside(row: Transcription, by: User, start: int, base: list[Segment], mine: list[Splice]) -> Correction:
    changed = all_applied(base, mine)
    return _created(row, by, Kind.ASIDE, start, text_of(changed), smallest(base, changed))


def _created(row: Transcription, by: User, kind: Kind, began_from: int, text: str, change: Splice) -> Correction:
    newest = row.corrections.order_by("-number").values_list("number", flat=True).first() or 0
    return Correction.objects.create(
        transcription=row,
        number=newest + 1,
        kind=kind,
        began_from=began_from,
        text=text,
        change=change.as_dict(),
        by=by,
    )


def revision_undo(*, transcription: Transcription, by: User, number: int) -> Saved:
    """Take back what one revision changed, and nothing that came behind it."""
    with transaction.atomic():
        row = locked(transcription)
        history = history_of(row)
        before = history.at(max((r.number for r in history.revisions if r.number < number), default=0))
        return revision_save(
            transcription=row, by=by, began_from=number, edit=partial(_instead, before), kind=Kind.UNDONE
        )


def revision_restore(*, transcription: Transcription, by: User, number: int) -> Saved:
    """Bring the text of a revision back, 0 for what was heard; those in between stay in the history."""
    with transaction.atomic():
        row = locked(transcription)
        wanted = history_of(row).at(number)
        return revision_save(
            transcription=row, by=by, began_from=None, edit=partial(_instead, wanted), kind=Kind.RESTORED
        )


def _instead(segments: list[Segment], _: Sequence[Segment]) -> list[Segment]:
    return segments


def transcript_approve(*, transcription: Transcription, by: User) -> Correction:
    """Say that the whole text is right as it stands; again gives the same revision. Raises ServiceError not_done."""
    with transaction.atomic():
        history = history_of(locked(transcription))
        newest = history.revisions[-1] if history.revisions else None
        if newest and newest.kind in Correction.APPROVING:
            return newest
        saved = revision_add(history, by=by, segments=history.now, kind=Kind.APPROVED, began_from=history.newest)
    assert saved.correction is not None  # noqa: S101 - revision_add makes one
    return saved.correction


def locked(transcription: Transcription) -> Transcription:
    """Return the row as it is now, for this transaction alone. Raises ServiceError not_done."""
    row = (
        Transcription.objects.select_for_update(of=("self",))
        .select_related("model_version__recognizer")
        .get(pk=transcription.pk)
    )
    if row.status != Transcription.Status.DONE:
        message = _(
            "This recording has no text yet. Nothing was changed; wait until it is done, or recognise it again."
        )
        raise ServiceError("not_done", message, status=409)
    return row
