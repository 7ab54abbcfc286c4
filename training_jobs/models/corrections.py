"""What became of a correction in a dataset: the step that closes the loop."""

from __future__ import annotations

from django.db import models

from recognition.models import Correction
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.clips import Clip
from training_jobs.models.datasets import Dataset


class CorrectionUseQuerySet(OwnedQuerySet["CorrectionUse"]):
    owner_path = "dataset__owner"


class CorrectionUse(models.Model):
    """A correction that was taken into a dataset as a clip, or left out with a code."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="correction_uses")
    clip = models.ForeignKey(Clip, on_delete=models.SET_NULL, null=True, related_name="correction_uses")
    left_out_code = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CorrectionUseQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("correction", "dataset"), name="correctionuse_once_per_dataset"),
        )

    def __str__(self) -> str:
        return f"correction {self.correction_id} in {self.dataset_id}"
