"""`/healthz`: the process answers. `/readyz`: database, broker and data folder are there too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that this process is alive."""
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the site can do its work, else 503 with what is missing."""
    checks = {"database": _database(), "broker": _broker(), "data_folder": os.access(settings.DATA_DIR, os.W_OK)}
    return JsonResponse({"ready": all(checks.values()), "checks": checks}, status=200 if all(checks.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is the same
        return False
    return True


def _broker() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True
