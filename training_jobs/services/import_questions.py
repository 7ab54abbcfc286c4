"""The few questions of a dry run: those of the layout, the kind of the dataset, how texts are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.engine.writing import CHOICES, rules_of
from recognition.models.recognizers import Kind
from training_jobs.readers.options import COLUMN
from training_jobs.services.import_options import COLUMNS, KIND, READER_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognition.engine.writing import WritingRules
    from training_jobs.readers import Question

RULE: Final = "rule_"
KIND_CHOICES: Final = (
    (
        Kind.WORDS.value,
        gettext_lazy("Words"),
        gettext_lazy("Each clip says one of a few words. A model learns to tell them apart."),
    ),
    (
        Kind.SENTENCES.value,
        gettext_lazy("Sentences"),
        gettext_lazy("Each clip has a transcript. A model learns to write down any text."),
    ),
)
RULE_TITLES: Final = {
    "case": gettext_lazy("Capital letters"),
    "punctuation": gettext_lazy("Punctuation"),
    "digits": gettext_lazy("Digits"),
    "vowel_marks": gettext_lazy("Vowel marks"),
}
RULE_WORDS: Final = {
    ("case", "fold"): (gettext_lazy("Write all in small letters"), gettext_lazy("“Yes” and “yes” are one word")),
    ("case", "keep"): (gettext_lazy("Keep capital letters"), gettext_lazy("The model has to learn where they stand")),
    ("punctuation", "drop"): (
        gettext_lazy("Leave punctuation out"),
        gettext_lazy("It cannot be heard; apostrophes inside words stay"),
    ),
    ("punctuation", "keep"): (
        gettext_lazy("Keep punctuation"),
        gettext_lazy("The model has to guess it from the words"),
    ),
    ("digits", "keep"): (gettext_lazy("Keep digits"), gettext_lazy("For texts in which each digit is said in one way")),
    ("digits", "refuse"): (
        gettext_lazy("Leave out texts with digits"),
        gettext_lazy("“12” is said in many ways; write numbers out to keep them"),
    ),
    ("vowel_marks", "keep"): (gettext_lazy("Keep vowel marks"), gettext_lazy("For texts that are pointed throughout")),
    ("vowel_marks", "drop"): (
        gettext_lazy("Leave vowel marks out"),
        gettext_lazy("For texts in which only some words have them"),
    ),
}


def layout_questions(questions: Iterable[Question], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the reader's questions; another answer reads the rows again."""
    columns = options.get(COLUMNS) or {}
    answers = {key: options[key] for key in READER_KEYS if key != COLUMNS and options.get(key)}
    answers |= {f"{COLUMN}{meaning}": name for meaning, name in columns.items()}
    return [
        {
            "name": one.name,
            "title": one.title,
            "explanation": one.explanation,
            "choices": [choice._asdict() for choice in one.choices],
            "default": one.default,
            "answer": answers.get(one.name, one.default),
            "is_read_again": True,
        }
        for one in questions
    ]


def kind_question(*, guess: str, answer: str) -> dict[str, Any]:
    """Ask for the kind of a dataset that is empty yet."""
    return {
        "name": KIND,
        "title": _("Words or sentences?"),
        "explanation": _("The dataset is empty, so this decides what it will hold."),
        "choices": [{"value": value, "label": str(label), "example": str(text)} for value, label, text in KIND_CHOICES],
        "default": guess,
        "answer": answer or guess,
        "is_read_again": True,
    }


def rule_questions(
    suggested: WritingRules, answers: Mapping[str, str], *, has_vowel_marks: bool
) -> list[dict[str, Any]]:
    """Ask how texts are written down for learning and scoring; the defaults suit the texts. Nothing is read again."""
    chosen = rules_of({**suggested.as_dict(), **answers}).as_dict()
    defaults = suggested.as_dict()
    return [
        {
            "name": RULE + name,
            "title": str(RULE_TITLES[name]),
            "explanation": "",
            "choices": [_rule_choice(name, value) for value in values],
            "default": defaults[name],
            "answer": chosen[name],
            "is_read_again": False,
        }
        for name, values in CHOICES.items()
        if name != "vowel_marks" or has_vowel_marks
    ]


def _rule_choice(name: str, value: str) -> dict[str, str]:
    label, example = RULE_WORDS[name, value]
    return {"value": value, "label": str(label), "example": str(example)}
