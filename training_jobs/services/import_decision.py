"""What becomes of an upload that was checked: answers, a yes, a no, and the broom for what nobody decided."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.engine.writing import rules_of
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.models import DatasetImport
from training_jobs.readers import Options
from training_jobs.readers.registry import AUTO, reader_named
from training_jobs.services.datasets import dataset_delete, dataset_kind_set
from training_jobs.services.import_characters import characters_under
from training_jobs.services.import_check import is_empty
from training_jobs.services.import_options import KIND, KIND_AUTO, RULES, checked_options
from training_jobs.services.import_questions import RULE
from training_jobs.services.import_uploads import upload_remove

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognition.engine.writing import WritingRules
    from training_jobs.models import Dataset

Status = DatasetImport.Status
UNDECIDED: Final = (Status.RECEIVED, Status.CHECKING, Status.CHECKED)


def options_from_answers(row: DatasetImport, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that answers to the report's questions come to; what is not answered stays as it is.

    Raises ServiceError answer_unknown for an answer that was not offered.
    """
    questions = {question["name"]: question for question in row.report.get("questions", [])}
    given = {name: value for name, value in answers.items() if name in questions}
    for name, value in given.items():
        if value not in {choice["value"] for choice in questions[name]["choices"]}:
            message = _("“{answer}” is none of the answers to “{question}”. Nothing was changed.").format(
                answer=value, question=questions[name]["title"]
            )
            raise ServiceError("answer_unknown", message)
    rules = {name.removeprefix(RULE): value for name, value in given.items() if name.startswith(RULE)}
    # A layout's questions are answered as one: what is left at its default is the reader's to decide again.
    answered = Options.from_answers({name: value for name, value in given.items() if value != _default(row, name)})
    had_reader_questions = any(name != KIND and not name.startswith(RULE) for name in given)
    return checked_options(
        {
            **row.options,
            **(answered.as_dict() if had_reader_questions else {}),
            **({KIND: given[KIND]} if KIND in given else {}),
            **({RULES: {**(row.options.get(RULES) or {}), **rules}} if rules else {}),
        }
    )


def import_answer(*, row: DatasetImport, options: Mapping[str, Any], layout: str = "") -> bool:
    """Take answers about a checked upload; say whether it has to be looked at again, and then it waits for a worker.

    Raises ServiceError option_unknown, unknown_layout, unknown_kind, rule_unknown; TransitionRefused where the import
    is not waiting for answers.
    """
    wanted = layout or row.layout_wanted
    if wanted != AUTO and reader_named(wanted) is None:
        message = _("There is no layout “{name}”. Nothing was changed.").format(name=wanted)
        raise ServiceError("unknown_layout", message)
    is_other_layout = wanted not in {row.layout_wanted, row.layout}
    chosen = checked_options({key: value for key, value in options.items() if not is_other_layout or key == RULES})
    is_again = is_other_layout or _reads_otherwise(row, chosen)
    changes: dict[str, Any] = {"options": chosen, "layout_wanted": wanted}
    if not is_again:
        move(row, allowed_from=[Status.CHECKED], to=Status.CHECKED, **changes)
        return False
    # Attempts are counted from here on: this one came to its end.
    changes |= {"attempts_before": row.attempt, "heartbeat_at": timezone.now(), "rows_done": 0, "progress": 0.0}
    move(row, allowed_from=[Status.CHECKED], to=Status.RECEIVED, rows_total=0, **changes)
    return True


def import_accept(*, row: DatasetImport) -> DatasetImport:
    """Say yes to a checked upload: it waits for a worker once more, which reads it to its end.

    Raises ServiceError nothing_usable (409), kind_fixed (409); TransitionRefused where it is not waiting for a yes.
    """
    if row.status == Status.CHECKED and not row.report.get("clips") and not row.report.get("rejected"):
        message = _(
            "Nothing in this upload can become a clip. Nothing was kept; throw it away, or choose another layout."
        )
        raise ServiceError("nothing_usable", message, status=409)
    with transaction.atomic():
        move(
            row,
            allowed_from=[Status.CHECKED],
            to=Status.RECEIVED,
            is_check_wanted=False,
            attempts_before=row.attempt,
            heartbeat_at=timezone.now(),
            rows_done=0,
            rows_total=0,
            progress=0.0,
        )
        _settle(row)
    return row


def import_discard(*, row: DatasetImport) -> None:
    """Throw an upload away that nobody said yes to; nothing of it was kept. Raises TransitionRefused otherwise."""
    if not row.is_check_wanted:
        message = _("This upload is being read, or was read. Nothing was thrown away; delete its clips instead.")
        raise ServiceError("state_changed", message, status=409)
    move(row, allowed_from=UNDECIDED, to=Status.DISCARDED, attempt=row.attempt, finished_at=timezone.now())
    upload_remove(row)


def import_discard_whole(*, row: DatasetImport) -> Dataset | None:
    """Throw an upload away, and its dataset with it where that was made for this upload alone; return what stays."""
    dataset = row.dataset
    import_discard(row=row)
    if row.is_dataset_made_for_it and is_empty(dataset) and dataset.imports.count() == 1 and not dataset.prompts:
        dataset_delete(dataset=dataset)
        return None
    return dataset


def checked_imports_purge() -> int:
    """Throw away what was checked and decided by nobody for a long time; count them."""
    before = timezone.now() - timedelta(days=settings.CHECKED_IMPORTS_KEPT_DAYS)
    thrown = 0
    for row in DatasetImport.objects.filter(status=Status.CHECKED, heartbeat_at__lt=before).select_related("dataset"):
        try:
            import_discard_whole(row=row)
            thrown += 1
        except TransitionRefused:
            continue  # decided in this moment
    return thrown


def rules_chosen(row: DatasetImport) -> WritingRules | None:
    """Return the writing rules of a checked upload as they stand: suggested, and chosen; None for words."""
    suggested = row.report.get("writing", {}).get("rules")
    return rules_of({**suggested, **(row.options.get(RULES) or {})}) if suggested else None


def report_now(row: DatasetImport) -> dict[str, Any]:
    """Return the report with the answers given since: other characters are left under other rules."""
    report, rules = dict(row.report), rules_chosen(row)
    if rules is not None:
        writing = dict(report["writing"])
        counted = writing.pop("counted", {})
        writing |= {"rules": rules.as_dict(), "in_words": rules.in_words()}
        writing["characters"] = characters_under(counted, rules)
        writing["texts_left_out"] = counted.get("texts_with_digits", 0) if rules.digits == "refuse" else 0
        chosen = {RULE + name: value for name, value in rules.as_dict().items()}
        report["writing"] = writing
        report["questions"] = [
            {**question, "answer": chosen.get(question["name"], question["answer"])} for question in report["questions"]
        ]
    return report


def _default(row: DatasetImport, name: str) -> str:
    questions = row.report.get("questions", [])
    return next((question["default"] for question in questions if question["name"] == name), "")


def _reads_otherwise(row: DatasetImport, chosen: Mapping[str, Any]) -> bool:
    if Options.from_dict(row.options) != Options.from_dict(chosen):
        return True
    answer = chosen.get(KIND, "")
    return bool(answer and answer != KIND_AUTO and answer != row.report.get(KIND))


def _settle(row: DatasetImport) -> None:
    """Write on the dataset what was decided about it: its kind while it is empty, writing rules that were chosen."""
    dataset, kind = row.dataset, row.report.get(KIND, "")
    if kind and is_empty(dataset):
        dataset_kind_set(dataset=dataset, kind=kind)
    rules = rules_chosen(row)
    if rules is None or dataset.kind != Kind.SENTENCES or not row.options.get(RULES):
        return
    if rules.as_dict() != row.report["writing"]["rules"]:
        dataset.text_rules = rules.as_dict()
        dataset.save(update_fields=["text_rules", "updated_at"])
