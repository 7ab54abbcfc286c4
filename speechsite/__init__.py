"""Speechsite: the project package (settings, URLs, Celery application, the `serve` command)."""

from __future__ import annotations

from speechsite.celery import app as celery_app

__all__ = ["celery_app"]
