"""What waits for a look, the texts with the most words that are probably wrong first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from recognition.services.finding import WAITING, Search, transcriptions_found
from speechsite.lib.numbers import thousands_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from recognition.models import Transcription


def review_queue(*, owner: User) -> QuerySet[Transcription]:
    """Return the owner's texts that nobody stood by yet and that are worth a look, most expected errors first."""
    waiting = transcriptions_found(owner=owner, search=Search(answer=WAITING))
    return waiting.defer("segments", "peaks", "model_version__manifest")


def expected_text(errors: float) -> str:
    """Write how many errors are expected: about 4, under 1."""
    return _("about {count}").format(count=thousands_text(errors)) if errors >= 1 else _("under 1")


def expected_wrong_text(errors: float) -> str:
    """Write how many words are expected to be wrong: about 4 wrong, under 1 wrong."""
    return _("about {count} wrong").format(count=thousands_text(errors)) if errors >= 1 else _("under 1 wrong")
