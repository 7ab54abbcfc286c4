from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import get_language

from recognition.engine import language


class RecognitionConfig(AppConfig):
    name = "recognition"
    verbose_name = "Recognition"

    def ready(self) -> None:
        """Let what knows no Django speak the language of the request or task it works for."""
        language.follow(get_language)
