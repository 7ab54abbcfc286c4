"""The Celery application: `celery -A speechsite worker -Q default`, `... -Q training -c 1`, `... beat`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.utils import translation

LANGUAGE_HEADER = "speechsite_language"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")

app = Celery("speechsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@before_task_publish.connect
def send_language(headers: dict[str, Any], **_: Any) -> None:
    """Send the language of whoever asks along with a task: what the task writes down is for them."""
    headers[LANGUAGE_HEADER] = translation.get_language() or settings.LANGUAGE_CODE


@task_prerun.connect
def speak(task: Any, **_: Any) -> None:
    """Do a task in the language that came with it."""
    translation.activate(getattr(task.request, LANGUAGE_HEADER, None) or settings.LANGUAGE_CODE)


@task_postrun.connect
def be_silent(**_: Any) -> None:
    """Leave no language behind for the next task."""
    translation.deactivate()
