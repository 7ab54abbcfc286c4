"""The form of a text for the language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training_jobs.services.language_texts import LONGEST_NAME, name_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable


class LanguageTextForm(forms.Form):
    """A text, pasted or as a file; a file is taken before what was pasted."""

    name = forms.CharField(max_length=LONGEST_NAME, required=False, label=gettext_lazy("Name"))
    text = forms.CharField(
        required=False,
        label=gettext_lazy("Paste words or sentences"),
        help_text=gettext_lazy("One on each line. They are read, never recorded."),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
    file = forms.FileField(
        required=False, label=gettext_lazy("Or choose a file"), help_text=gettext_lazy("Plain text in UTF-8.")
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        values = super().clean() or {}
        if not self.errors and not values.get("file") and not (values.get("text") or "").strip():
            self.add_error("text", _("Paste a text or choose a file."))
        return values

    def given_name(self) -> str:
        """Return the name typed, else the file's."""
        values = self.cleaned_data
        return values["name"] or (name_of_file(values["file"].name) if values["file"] else "")

    def content(self) -> str | Iterable[bytes]:
        """Return what was pasted, or the lines of the file."""
        values = self.cleaned_data
        content: str | Iterable[bytes] = values["file"].file if values["file"] else values["text"]
        return content
