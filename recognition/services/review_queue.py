"""What waits for a look, the texts with the most words that are probably wrong first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from recognition.models import Correction, Transcription
from speechsite.lib.numbers import SURE_FROM, thousands_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

WORTH_A_LOOK = round(1 - SURE_FROM, 2)
"""As many words as are wrong, on average, of one that is just not sure."""


def review_queue(*, owner: User) -> QuerySet[Transcription]:
    """Return the owner's texts that nobody stood by yet and that are worth a look, most expected errors first."""
    approved = Correction.objects.approving().filter(transcription=OuterRef("pk"))
    waiting = Transcription.objects.visible_to(owner).filter(
        ~Exists(approved), status=Transcription.Status.DONE, expected_errors__gt=WORTH_A_LOOK
    )
    rows = waiting.select_related("model_version__recognizer").defer("segments", "peaks", "model_version__manifest")
    return rows.order_by("-expected_errors", "-created_at", "-id")


def expected_text(errors: float) -> str:
    """Write how many errors are expected: about 4, under 1."""
    return f"about {thousands_text(errors)}" if errors >= 1 else "under 1"
