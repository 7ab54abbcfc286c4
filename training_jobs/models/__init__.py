from __future__ import annotations

from training_jobs.models.clips import Clip
from training_jobs.models.corrections import CorrectionUse
from training_jobs.models.datasets import Dataset
from training_jobs.models.evaluations import EvaluatedClip, Evaluation
from training_jobs.models.exports import DatasetExport
from training_jobs.models.imports import DatasetImport, ImportProblem
from training_jobs.models.jobs import JobEvent, TestResult, TrainingJob
from training_jobs.models.language_texts import LanguageText
from training_jobs.models.snapshots import Snapshot, SnapshotClip
from training_jobs.models.speakers import Speaker
from training_jobs.models.sweeps import Sweep
from training_jobs.models.votes import ClipVote

__all__ = [
    "Clip",
    "ClipVote",
    "CorrectionUse",
    "Dataset",
    "DatasetExport",
    "DatasetImport",
    "EvaluatedClip",
    "Evaluation",
    "ImportProblem",
    "JobEvent",
    "LanguageText",
    "Snapshot",
    "SnapshotClip",
    "Speaker",
    "Sweep",
    "TestResult",
    "TrainingJob",
]
