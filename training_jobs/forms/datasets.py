"""Forms of datasets and clips."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models.recognizers import Kind
from training_jobs.services.datasets import LONGEST_LANGUAGE, LONGEST_NAME, LONGEST_TRANSCRIPT
from training_jobs.services.imports import layouts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

LARGEST_PROMPT_FILE = 10 * 1000**2
BETWEEN_WORDS = re.compile(r"[\n,;]+")
LANGUAGE_NOTE = gettext_lazy("A short code, such as en, hi or pt-BR. It helps browsers and screen readers.")


class WordsField(forms.CharField):
    """Words typed one per line, or with commas between them."""

    widget = forms.Textarea

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), **settings)

    def clean(self, value: Any) -> list[str]:
        """Return the words as a list."""
        return [word.strip() for word in BETWEEN_WORDS.split(super().clean(value)) if word.strip()]


class LinesField(forms.CharField):
    """Texts typed one per line; commas belong to them."""

    widget = forms.Textarea

    def __init__(self, **settings: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}), **settings)

    def clean(self, value: Any) -> list[str]:
        """Return the lines as a list."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class NewDatasetForm(forms.Form):
    """A dataset to record: words with commas or lines between them, or sentences one on each line."""

    name = forms.CharField(
        max_length=LONGEST_NAME, label=gettext_lazy("Name"), help_text=gettext_lazy("Such as Kitchen commands.")
    )
    kind = forms.ChoiceField(choices=Kind.choices, required=False, label=gettext_lazy("What is said in a clip?"))
    words = LinesField(
        label=gettext_lazy("What to record"),
        help_text=gettext_lazy("One word, or one sentence, on each line. Five are a start."),
    )
    language = forms.CharField(
        max_length=LONGEST_LANGUAGE, required=False, label=gettext_lazy("Language"), help_text=LANGUAGE_NOTE
    )

    def clean_kind(self) -> str:
        """Return the kind asked for; nothing means words."""
        return self.cleaned_data["kind"] or Kind.WORDS

    def clean(self) -> dict[str, Any]:
        """Part words at commas as well; in a sentence a comma stays."""
        values = super().clean() or {}
        if values.get("kind") == Kind.WORDS:
            lines = values.get("words") or []
            values["words"] = [word.strip() for line in lines for word in BETWEEN_WORDS.split(line) if word.strip()]
        return values


class UploadForm(forms.Form):
    """An archive, or a resumable upload that has arrived."""

    file = forms.FileField(label=gettext_lazy("Archive"), help_text=gettext_lazy("zip, tar or tar.gz"), required=False)
    upload = forms.UUIDField(required=False)
    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", required=False)
    layout = forms.ChoiceField(label=gettext_lazy("Layout"), required=False)

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        chosen = self.fields["layout"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = list(layouts().items())

    def clean(self) -> dict[str, Any]:
        """Ask for one of both."""
        values = super().clean() or {}
        if not values.get("file") and not values.get("upload"):
            raise forms.ValidationError(_("There was no file."))
        return values

    def clean_layout(self) -> str:
        """Return the layout asked for; nothing means by content."""
        return self.cleaned_data["layout"] or "auto"


class RenameForm(forms.Form):
    """A dataset's other name and its language."""

    name = forms.CharField(max_length=LONGEST_NAME, label=gettext_lazy("Name"))
    language = forms.CharField(
        max_length=LONGEST_LANGUAGE, required=False, label=gettext_lazy("Language"), help_text=LANGUAGE_NOTE
    )


class WordsForm(forms.Form):
    """The words the record page asks for."""

    words = WordsField(
        label=gettext_lazy("Words to record"), help_text=gettext_lazy("One on each line."), required=False
    )


class SentencesForm(forms.Form):
    """The sentences the record page asks for."""

    words = LinesField(
        label=gettext_lazy("Sentences to read"), help_text=gettext_lazy("One on each line."), required=False
    )


class PromptTextForm(forms.Form):
    """Running text, typed or in a file, that words or sentences are taken from."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}), label=gettext_lazy("Text"), required=False, strip=False
    )
    file = forms.FileField(
        label=gettext_lazy("Text file"), required=False, help_text=gettext_lazy("Plain text in UTF-8.")
    )

    def clean(self) -> dict[str, Any]:
        """Join both; complain where there is neither, or where the file is no text."""
        values = super().clean() or {}
        parts = [values.get("text") or "", self._in_file(values.get("file"))]
        values["all"] = "\n".join(part for part in parts if part.strip())
        if not values["all"] and not self.errors:
            raise forms.ValidationError(_("There was no text. Paste some, or choose a file."))
        return values

    def _in_file(self, file: UploadedFile[Any] | None) -> str:
        if file is None:
            return ""
        if (file.size or 0) > LARGEST_PROMPT_FILE:
            self.add_error("file", _("This file is larger than 10 MB. Take a part of it."))
            return ""
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            message = _("This file is not text in UTF-8. Save it as plain text in UTF-8, then choose it.")
            self.add_error("file", message)
            return ""
        return text


class ClipForm(forms.Form):
    """What a clip says, and who says it."""

    text = forms.CharField(max_length=LONGEST_TRANSCRIPT, label=gettext_lazy("Text"))
    speaker = forms.CharField(max_length=120, required=False, label=gettext_lazy("Speaker"))


def first_problem(form: forms.Form) -> str:
    """Return the first thing a form found wrong, with the field's name."""
    for name, problems in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        problem = _first(problems)
        return _("{field}: {problem}").format(field=label, problem=problem) if label else problem
    return ""


def _first(problems: Sequence[Any]) -> str:
    return str(problems[0])
