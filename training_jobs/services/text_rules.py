"""How the transcripts of a dataset are written down for learning and scoring: chosen by hand, else from the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from recognition.engine.errors import EngineError
from recognition.engine.writing import CHOICES, WritingRules, rules_for, rules_of
from speechsite.lib.errors import ServiceError
from training_jobs.models import Clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from training_jobs.models import Dataset


def text_rules_of(dataset: Dataset) -> WritingRules:
    """Give the rules chosen by hand, else those that suit the texts of the dataset's ready clips."""
    if dataset.text_rules:
        return rules_of({**dataset.text_rules, "language": dataset.language})
    return suggested_text_rules(dataset)


def suggested_text_rules(dataset: Dataset) -> WritingRules:
    """Give the rules that suit the texts, whatever was chosen by hand."""
    return rules_for(ready_texts(dataset), language=dataset.language)


def ready_texts(dataset: Dataset) -> Iterator[str]:
    """Give the texts of the ready clips as they were written; those without a text are passed over."""
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).exclude(text="")
    return ready.order_by("created_at", "id").values_list("text", flat=True).iterator(chunk_size=2000)


def dataset_text_rules_set(*, dataset: Dataset, values: Mapping[str, str]) -> Dataset:
    """Keep the rules chosen by hand; what suits the text anyway, or no value at all, goes back to that choice.

    Raises ServiceError rule_unknown for a rule or a value there is not.
    """
    unknown = sorted(set(values) - set(CHOICES))
    if unknown:
        message = _("There is no writing rule “{name}”. There are: {known}.")
        raise ServiceError("rule_unknown", message.format(name=unknown[0], known=", ".join(CHOICES)))
    suggested = suggested_text_rules(dataset).as_dict()
    try:
        chosen = rules_of({**suggested, **values}).as_dict()
    except EngineError as failure:
        raise ServiceError(failure.code, failure.message) from failure
    dataset.text_rules = {} if chosen == suggested else {name: chosen[name] for name in CHOICES}
    dataset.save(update_fields=["text_rules", "updated_at"])
    return dataset
