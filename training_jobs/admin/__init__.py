from __future__ import annotations

from training_jobs.admin import datasets, jobs

__all__ = ["datasets", "jobs"]
