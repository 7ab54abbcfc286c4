from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechsite.lib.errors import ServiceError
from tests.training.rows import make_clip
from training_jobs.models import Clip, Dataset
from training_jobs.services.text_rules import dataset_text_rules_set, text_rules_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def transcribed(owner: User, *texts: str, language: str = "") -> Dataset:
    dataset = Dataset.objects.create(owner=owner, name="Read aloud", kind="sentences", language=language)
    for number, text in enumerate(texts):
        make_clip(dataset, number, text=text)
    return dataset


def test_the_text_decides_until_somebody_does(owner: User) -> None:
    dataset = transcribed(owner, *["the cat sat"] * 30, "about 12 cats", language="en")
    rules = text_rules_of(dataset)
    assert (rules.digits, rules.case, rules.language) == ("refuse", "fold", "en")

    dataset_text_rules_set(dataset=dataset, values={"case": "keep"})
    dataset.refresh_from_db()
    assert text_rules_of(dataset).case == "keep"
    assert text_rules_of(dataset).digits == "refuse", "what was not chosen stays as the text had it"


def test_rejected_clips_and_clips_without_text_have_no_say(owner: User) -> None:
    dataset = transcribed(owner, *["the cat sat"] * 30, "")
    make_clip(dataset, 99, text="12", status=Clip.Status.REJECTED, rejection_code="by_hand")
    assert text_rules_of(dataset).digits == "keep"


def test_choosing_what_suits_anyway_follows_the_text_again(owner: User) -> None:
    dataset = transcribed(owner, "the cat sat")
    dataset_text_rules_set(dataset=dataset, values={"case": "keep"})
    dataset_text_rules_set(dataset=dataset, values={"case": "fold"})
    assert dataset.text_rules == {}


def test_a_later_change_of_language_reaches_rules_chosen_by_hand(owner: User) -> None:
    dataset = transcribed(owner, "Işık")
    dataset_text_rules_set(dataset=dataset, values={"punctuation": "keep"})
    dataset.language = "tr"
    assert text_rules_of(dataset).language == "tr"


@pytest.mark.parametrize("values", [{"case": "shout"}, {"commas": "drop"}])
def test_a_rule_there_is_not_is_refused_and_changes_nothing(owner: User, values: dict[str, str]) -> None:
    dataset = transcribed(owner, "the cat sat")
    with pytest.raises(ServiceError) as refused:
        dataset_text_rules_set(dataset=dataset, values=values)
    assert refused.value.code == "rule_unknown"
    dataset.refresh_from_db()
    assert dataset.text_rules == {}
