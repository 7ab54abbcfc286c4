"""Problems of an import as rows: where, what, and whether the clip was kept all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from training_jobs.models import ImportProblem
from training_jobs.readers import Problem
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from training_jobs.models import Clip, DatasetImport
    from training_jobs.readers import Row

LONGEST_MESSAGE: Final = 500
LONGEST_FILE: Final = 500


def problem_at(row: Row, code: str, message: str, *, is_clip_lost: bool = True) -> Problem:
    """Return a problem of a row: where it stands in a table, there; else at its file."""
    if row.listed_in and row.line is not None:
        placed = _("“{name}”: {problem}").format(name=row.member, problem=message)
        return Problem(row.listed_in, code, placed, line=row.line, is_clip_lost=is_clip_lost)
    return Problem(row.member, code, message, is_clip_lost=is_clip_lost)


def note_at(row: Row, code: str, message: str) -> Problem:
    """Return a note about the whole upload, at the row that shows it first."""
    file, line = (row.listed_in, row.line) if row.listed_in and row.line is not None else (row.member, None)
    return Problem(file, code, message, line=line, is_clip_lost=False)


def problem_row(
    dataset_import: DatasetImport, problem: Problem, *, clip: Clip | None = None, is_kept: bool = False
) -> ImportProblem:
    """Return the row of a problem, unsaved, cut to the length of its columns."""
    return ImportProblem(
        dataset_import=dataset_import,
        file=storable(problem.file)[-LONGEST_FILE:],
        line=problem.line,
        code=problem.code,
        message=storable(problem.message)[:LONGEST_MESSAGE],
        clip=clip,
        is_kept=is_kept,
    )
