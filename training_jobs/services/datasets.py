"""Datasets: made, renamed, given words to record, deleted."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from recognition.engine.errors import EngineError
from recognition.engine.text import normalise_label
from recognition.engine.writing import CHOICES as RULE_CHOICES
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import remove
from training_jobs.labels import LONGEST_LABEL
from training_jobs.models import Clip, Dataset, DatasetExport, DatasetImport, LanguageText
from training_jobs.services.import_uploads import examples_clear, is_ours
from training_jobs.services.storable import storable
from training_jobs.services.wording import kind_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from training_jobs.readers import About

LONGEST_NAME: Final = 120
LONGEST_LANGUAGE: Final = 35
MOST_PROMPTS: Final = 500
LONGEST_TRANSCRIPT: Final = 2_000


def dataset_create(
    *,
    owner: User,
    name: str,
    kind: str = Kind.WORDS,
    language: str = "",
    prompts: Iterable[str] = (),
    is_sample: bool = False,
) -> Dataset:
    """Make an empty dataset. Raises ServiceError dataset_name, dataset_name_taken, unknown_kind, language, prompts."""
    if len(language) > LONGEST_LANGUAGE:
        raise ServiceError("language", _("Write the language as a short code, such as en, hi or pt-BR."))
    dataset = Dataset(
        owner=owner,
        name=_checked_name(name),
        kind=_checked_kind(kind),
        language=language.strip(),
        prompts=checked_prompts(prompts),
        is_sample=is_sample,
    )
    return _saved(dataset)


def dataset_rename(*, dataset: Dataset, name: str) -> Dataset:
    """Give a dataset another name. Models and snapshots keep the name they were made under."""
    dataset.name = _checked_name(name)
    return _saved(dataset)


def dataset_describe(*, dataset: Dataset, name: str | None = None, language: str | None = None) -> Dataset:
    """Change the name or the language, whichever is given."""
    if name is not None:
        dataset.name = _checked_name(name)
    if language is not None:
        dataset.language = language.strip()[:LONGEST_LANGUAGE]
    return _saved(dataset)


def dataset_kind_set(*, dataset: Dataset, kind: str) -> Dataset:
    """Say whether a dataset holds words or sentences, while it has no clips. Raises ServiceError kind_fixed."""
    if kind == dataset.kind:
        return dataset
    if Clip.objects.filter(dataset=dataset).exists():
        message = _(
            "This dataset holds {kind}, and has clips already. Import {other_kind} into a dataset of their own."
        ).format(kind=kind_in_words(dataset.kind), other_kind=kind_in_words(kind))
        raise ServiceError("kind_fixed", message, status=409)
    dataset.kind = _checked_kind(kind)
    dataset.save(update_fields=["kind", "updated_at"])
    return dataset


def dataset_prompts_set(*, dataset: Dataset, prompts: Iterable[str]) -> Dataset:
    """Set the words the record page asks for."""
    dataset.prompts = checked_prompts(prompts)
    dataset.save(update_fields=["prompts", "updated_at"])
    return dataset


def dataset_take_over(*, dataset: Dataset, about: About) -> Dataset:
    """Give a dataset what an upload says of itself, where nobody has said otherwise; what cannot be used is left."""
    dataset.language = dataset.language or storable(about.language).strip()[:LONGEST_LANGUAGE]
    if not dataset.prompts:
        with suppress(ServiceError):
            dataset.prompts = checked_prompts(map(storable, about.prompts))
    if not dataset.text_rules and dataset.kind == Kind.SENTENCES:
        dataset.text_rules = {
            name: value for name, value in about.text_rules.items() if value in RULE_CHOICES.get(name, ())
        }
    dataset.save(update_fields=["language", "prompts", "text_rules", "updated_at"])
    return dataset


def dataset_delete(*, dataset: Dataset) -> None:
    """Delete a dataset with its clips and their audio; snapshots and models made from it stay."""
    with transaction.atomic():
        files = list(Clip.objects.filter(dataset=dataset).values_list("audio", flat=True))
        exports = list(DatasetExport.objects.filter(dataset=dataset).values_list("file", flat=True))
        texts = list(LanguageText.objects.filter(dataset=dataset).values_list("file", flat=True))
        imports = list(DatasetImport.objects.filter(dataset=dataset))
        uploads = [row.source for row in imports if is_ours(row)]
        dataset.delete()
        transaction.on_commit(lambda: remove([*files, *exports, *texts, *uploads]))
        for row in imports:
            transaction.on_commit(partial(examples_clear, row))


def dataset_free_name(*, owner: User, wanted: str) -> str:
    """Return the wanted name, or the first of `wanted 2`, `wanted 3` … that this owner does not use yet."""
    base = wanted.strip()[: LONGEST_NAME - 5] or _("Dataset")
    taken = set(Dataset.objects.visible_to(owner).filter(name__startswith=base).values_list("name", flat=True))
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base} {number}"
    return name


def checked_prompts(prompts: Iterable[str]) -> list[str]:
    """Return the words without blanks and repeats, each normalised as a label. Raises ServiceError prompts."""
    words: dict[str, None] = {}
    for prompt in prompts:
        if prompt.strip():
            words[_checked_prompt(prompt)] = None
    if len(words) > MOST_PROMPTS:
        message = _("There are more than {most} words. Make two datasets of them.").format(most=MOST_PROMPTS)
        raise ServiceError("prompts", message)
    return list(words)


def _checked_prompt(prompt: str) -> str:
    try:
        word = normalise_label(prompt)
    except EngineError as failure:
        message = _("“{text}” is not a word anybody can say. Take it out; the others are fine.").format(
            text=prompt.strip()
        )
        raise ServiceError("prompts", message) from failure
    if len(word) > LONGEST_LABEL:
        message = _("“{beginning}…” is longer than {most} characters. Shorten it.").format(
            beginning=word[:30], most=LONGEST_LABEL
        )
        raise ServiceError("prompts", message)
    return word


def _checked_kind(kind: str) -> str:
    if kind not in Kind.values:
        message = _("There is no kind “{kind}”. There are: {known}.").format(kind=kind, known=", ".join(Kind.values))
        raise ServiceError("unknown_kind", message)
    return kind


def _checked_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        message = _("A dataset needs a name of at most {most} characters.").format(most=LONGEST_NAME)
        raise ServiceError("dataset_name", message)
    return plain


def _saved(dataset: Dataset) -> Dataset:
    try:
        with transaction.atomic():
            dataset.save()
    except IntegrityError as failure:
        message = _("You already have a dataset called “{name}”. Nothing was changed; choose another name.")
        raise ServiceError("dataset_name_taken", message.format(name=dataset.name), status=409) from failure
    return dataset
