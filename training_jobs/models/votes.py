"""Votes: what other people say of a recorded clip when they listen to it."""

from __future__ import annotations

from django.db import models

from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.clips import Clip


class ClipVoteQuerySet(OwnedQuerySet["ClipVote"]):
    owner_path = "clip__dataset__owner"


class ClipVote(models.Model):
    """One listener's word on one clip; who votes again changes their mind."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="votes")
    listener = models.CharField(max_length=120)
    is_good = models.BooleanField()
    made_at = models.DateTimeField(auto_now=True)

    objects = ClipVoteQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = (models.UniqueConstraint(fields=("clip", "listener"), name="clipvote_once_per_listener"),)

    def __str__(self) -> str:
        return f"{self.listener}: {'good' if self.is_good else 'bad'}"
