"""The Celery application: `celery -A speechsite worker -Q default`, `... -Q training -c 1`, `... beat`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speechsite.settings")

app = Celery("speechsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
