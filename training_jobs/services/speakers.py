"""Speakers: made once, with what they agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.errors import ServiceError
from training_jobs.models import Speaker
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_SPEAKER: Final = 120
CONSENT_TEXT: Final = gettext_lazy(
    "This person knows that their voice is recorded and kept on this site, and that recognisers are trained with it, "
    "and agrees."
)


def speaker_create(*, owner: User, name: str) -> Speaker:
    """Note that somebody agreed to be recorded; whoever is known already stays as they are.

    Raises ServiceError speaker_name_empty.
    """
    known = speaker_name(name)
    if not known:
        raise ServiceError("speaker_name_empty", _("A speaker needs a name, or anything else to be told apart by."))
    agreed = {"consent_text": str(CONSENT_TEXT)}
    return Speaker.objects.get_or_create(owner=owner, name=known, defaults=agreed)[0]


def speaker_name(text: str) -> str:
    """Return a speaker's name as it is stored: one line, at most LONGEST_SPEAKER characters."""
    return " ".join(storable(text).split())[:LONGEST_SPEAKER]
