from __future__ import annotations

from training_jobs.tasks.imports import read_import

__all__ = ["read_import"]
