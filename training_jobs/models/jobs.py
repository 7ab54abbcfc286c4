"""Training jobs: one run of a recipe on a snapshot, its append-only events, and what its test split gave."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from recognition.models import ModelVersion
from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.datasets import Dataset
from training_jobs.models.snapshots import Snapshot, SnapshotClip
from training_jobs.models.sweeps import Sweep


class TrainingJob(AskedWork):
    """queued -> running -> succeeded, failed or cancelled; a lost worker takes it back to queued, attempt + 1."""

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        SUCCEEDED = "succeeded", gettext_lazy("succeeded")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("cancelled")

    class Stage(models.TextChoices):
        PREPARING = "preparing", pgettext_lazy("stage", "preparing")
        TRAINING = "training", pgettext_lazy("stage", "training")
        EVALUATING = "evaluating", pgettext_lazy("stage", "evaluating")
        EXPORTING = "exporting", pgettext_lazy("stage", "exporting")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="training_jobs")
    dataset = models.ForeignKey(Dataset, on_delete=models.SET_NULL, null=True, related_name="training_jobs")
    dataset_name = models.CharField(max_length=120)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, null=True, related_name="training_jobs")
    recognizer_name = models.CharField(max_length=63)
    model_version = models.OneToOneField(
        ModelVersion, on_delete=models.SET_NULL, null=True, related_name="training_job"
    )
    start_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        related_name="continued_by",
        help_text="What it goes on from",
    )
    start_name = models.CharField(max_length=80, blank=True, help_text="Its name, which outlives it")
    other_words = models.ForeignKey(
        Dataset,
        on_delete=models.SET_NULL,
        null=True,
        related_name="taught_by",
        help_text="Its words are learned as what is turned away",
    )
    other_words_name = models.CharField(max_length=120, blank=True, help_text="Its name, which outlives it")
    sweep = models.ForeignKey(
        Sweep, on_delete=models.CASCADE, null=True, related_name="trials", help_text="A trial of it: registers nothing"
    )
    trial = models.PositiveIntegerField(null=True, help_text="Its number in the sweep, from 1 on")
    preset = models.CharField(max_length=32, blank=True)
    recipe = models.CharField(max_length=32)
    options = models.JSONField(default=dict, help_text="The values that differ from the recipe's")
    split_method = models.CharField(max_length=16, choices=Snapshot.SplitMethod)
    split_options = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=1)

    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=16, choices=Stage, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    progress = models.FloatField(default=0.0)
    epoch = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField(default=0)
    eta_seconds = models.FloatField(null=True)
    metrics = models.JSONField(default=dict, help_text="The newest epoch while running; the test's figures at the end")
    evaluation = models.JSONField(default=dict, help_text="per_label, per_speaker, confusion, baseline")
    cancel_requested_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When it was last put on the queue")
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_detail = models.TextField(blank=True, help_text="For staff only")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["TrainingJob"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-created_at")),
            models.Index(fields=("status", "created_at")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("succeeded", "failed", "cancelled"), finished_at__isnull=False)
                | Q(status__in=("queued", "running"), finished_at__isnull=True),
                name="trainingjob_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="trainingjob_failure_code_iff_failed",
            ),
            # One way only: a version may be deleted later, a job that did not succeed never has one.
            models.CheckConstraint(
                condition=Q(status="succeeded") | Q(model_version__isnull=True),
                name="trainingjob_version_only_if_succeeded",
            ),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name="trainingjob_progress_in_0_1"),
            models.CheckConstraint(
                condition=Q(sweep__isnull=True, trial__isnull=True)
                | Q(sweep__isnull=False, trial__isnull=False, model_version__isnull=True),
                name="trainingjob_trial_iff_of_a_sweep",
            ),
            models.UniqueConstraint(fields=("sweep", "trial"), name="trainingjob_trial_once"),
        )

    def __str__(self) -> str:
        return f"{self.recognizer_name} ({self.status})"


class JobEventQuerySet(OwnedQuerySet["JobEvent"]):
    owner_path = "job__owner"


class JobEvent(models.Model):
    """Append-only history of a job: stages, epochs with their metrics, what it hears, messages."""

    class Kind(models.TextChoices):
        STATUS = "status", pgettext_lazy("event", "status")
        STAGE = "stage", pgettext_lazy("event", "stage")
        EPOCH = "epoch", pgettext_lazy("event", "epoch")
        HEARS = "hears", pgettext_lazy("event", "hears")
        MESSAGE = "message", pgettext_lazy("event", "message")

    job = models.ForeignKey(TrainingJob, on_delete=models.CASCADE, related_name="events")
    attempt = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    stage = models.CharField(max_length=16, blank=True)
    message = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = JobEventQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("job", "kind")),)

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"


class TestResultQuerySet(OwnedQuerySet["TestResult"]):
    owner_path = "job__owner"


class TestResult(models.Model):
    """What the finished model heard in one clip of the locked test split."""

    __test__ = False  # its name begins as pytest's test classes do

    job = models.ForeignKey(TrainingJob, on_delete=models.CASCADE, related_name="test_results")
    snapshot_clip = models.ForeignKey(SnapshotClip, on_delete=models.CASCADE, related_name="+")
    said = models.TextField(help_text="The clip's label")
    heard = models.TextField(blank=True, help_text="The best label; empty where only silence was heard")
    answer = models.CharField(max_length=16, help_text="word, none_of_these or silence; words for sentences")
    confidence = models.FloatField()
    words = models.PositiveIntegerField(null=True, help_text="Words that were said, for sentences")
    word_errors = models.PositiveIntegerField(null=True, help_text="Words inserted, left out or replaced")

    objects = TestResultQuerySet.as_manager()

    class Meta:
        ordering = ("-confidence", "id")
        indexes = (models.Index(fields=("job", "said", "heard")),)
        constraints = (models.UniqueConstraint(fields=("job", "snapshot_clip"), name="testresult_once_per_clip"),)

    def __str__(self) -> str:
        return f"{self.said} heard as {self.heard}"
