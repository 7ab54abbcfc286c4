"""What was heard, by which model version, and what people made of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from recognition.models.recognizers import ModelVersion
from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet


class LiveStream(models.Model):
    """What one person says in one go, sent while it is said. Its id is made by the sender, who goes on by it.

    `settled` is the first sample that is not answered yet, `attempt` the number of the connection that may answer.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_streams")
    settled = models.PositiveBigIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["LiveStream"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("created_at",)),)

    def __str__(self) -> str:
        return f"live stream {self.pk}"


class Transcription(AskedWork):
    """Audio -> text by one model version. queued -> running -> done or failed."""

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")

    class Answer(models.TextChoices):
        WORDS = "words", gettext_lazy("words")
        NONE_OF_THESE = "none_of_these", gettext_lazy("none of these words")
        SILENCE = "silence", gettext_lazy("silence")

    class Origin(models.TextChoices):
        MICROPHONE = "microphone", gettext_lazy("microphone")
        UPLOAD = "upload", gettext_lazy("upload")
        API = "api", gettext_lazy("API")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FINAL = (Status.DONE, Status.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="transcriptions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="transcriptions")
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    origin = models.CharField(max_length=16, choices=Origin)
    source_name = models.CharField(max_length=255, blank=True)
    upload_id = models.UUIDField(null=True, unique=True, help_text="The resumable upload it was")
    audio = models.CharField(
        max_length=255, blank=True, help_text="16 kHz FLAC below the private folder; what was sent until it is decoded"
    )
    peaks = models.JSONField(default=list)
    duration_seconds = models.FloatField(default=0.0)
    source_sample_rate_hz = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=16, choices=Answer, blank=True)
    text = models.TextField(blank=True, help_text="What the person sees: the newest correction, else what was heard")
    heard_text = models.TextField(blank=True, help_text="What the model heard; never changed afterwards")
    confidence = models.FloatField(null=True)
    segments = models.JSONField(default=list)
    alternatives = models.JSONField(default=list, help_text='[{"text": ..., "confidence": ...}], best first')
    revision = models.PositiveIntegerField(default=0, help_text="Number of the newest revision; 0 is what was heard")
    expected_errors = models.FloatField(null=True, help_text="How many words of the newest text are probably wrong")
    processing_seconds = models.FloatField(null=True)
    hotwords = models.JSONField(default=list, help_text="Words the sender expects, for models of sentences")
    warnings = models.JSONField(default=list, help_text="Codes of what was odd about the audio")
    live_stream = models.ForeignKey(
        LiveStream, on_delete=models.SET_NULL, null=True, blank=True, related_name="transcriptions"
    )
    stream_start = models.PositiveBigIntegerField(null=True, help_text="Its first sample, in the stream it was part of")
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, help_text="While queued: when it was last put on the queue")
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["Transcription"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-created_at")),
            models.Index(fields=("status", "heartbeat_at")),
            models.Index(fields=("owner", "-expected_errors"), name="transcription_queue"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("done", "failed"), finished_at__isnull=False)
                | Q(status__in=("queued", "running"), finished_at__isnull=True),
                name="transcription_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="transcription_failure_code_iff_failed",
            ),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name="transcription_progress_in_0_1"),
            models.CheckConstraint(condition=Q(duration_seconds__gte=0), name="transcription_duration_positive"),
            models.UniqueConstraint(fields=("live_stream", "stream_start"), name="transcription_once_per_place"),
        )

    def __str__(self) -> str:
        return f"transcription {self.pk}"


class CorrectionQuerySet(OwnedQuerySet["Correction"]):
    owner_path = "transcription__owner"

    def in_force(self) -> CorrectionQuerySet:
        """Return the revisions that follow one upon the other, without those that were set aside."""
        return self.exclude(kind=Correction.Kind.ASIDE)

    def approving(self) -> CorrectionQuerySet:
        """Return the revisions in which somebody stood by the whole text."""
        return self.filter(kind__in=Correction.APPROVING)


class Correction(models.Model):
    """An immutable revision of a transcription by a person: its text, and which segments it changed."""

    class Kind(models.TextChoices):
        WRITTEN = "written", pgettext_lazy("revision", "written whole")
        EDITED = "edited", pgettext_lazy("revision", "edited")
        MERGED = "merged", pgettext_lazy("revision", "put together with another's")
        UNDONE = "undone", pgettext_lazy("revision", "undone")
        RESTORED = "restored", pgettext_lazy("revision", "brought back")
        APPROVED = "approved", pgettext_lazy("revision", "approved")
        ASIDE = "aside", pgettext_lazy("revision", "set aside")

    APPROVING = (Kind.WRITTEN, Kind.APPROVED)

    transcription = models.ForeignKey(Transcription, on_delete=models.CASCADE, related_name="corrections")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.WRITTEN)
    began_from = models.PositiveIntegerField(default=0, help_text="The revision the person saw; 0 is what was heard")
    text = models.TextField(blank=True)
    change = models.JSONField(
        null=True,
        help_text='{"at", "count", "segments"} against the revision before, of one set aside against the one it began '
        "from; empty: all of the text, timed by alignment",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("transcription", "number"), name="correction_number_once"),)

    def __str__(self) -> str:
        return f"correction {self.number} of {self.transcription_id}"
