from __future__ import annotations

from training_jobs.admin import jobs

__all__ = ["jobs"]
