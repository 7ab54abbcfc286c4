"""Clips: the one way a clip comes to be, and what may be changed about it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from recognition.engine.audio import write_flac
from recognition.engine.text import normalise_label
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative, remove
from speechsite.lib.numbers import bytes_text
from speechsite.lib.transitions import move
from training_jobs.models import Clip
from training_jobs.services.analysis import analyse, labelled
from training_jobs.services.listening import WAITS, is_waiting_first
from training_jobs.services.remembered import dataset_changed
from training_jobs.services.sentences import (
    duplicate_sentence,
    rejection_sentence,
    text_limit,
    too_long_sentence,
)
from training_jobs.services.speakers import speaker_name
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from django.core.files.uploadedfile import UploadedFile

    from recognition.models import Transcription
    from training_jobs.models import Dataset, DatasetImport
    from training_jobs.services.analysis import Analysis

LONGEST_RECORDING_BYTES: Final = 50 * 1000**2
LONGEST_SOURCE_NAME: Final = 500
BY_HAND: Final = "by_hand"
Status = Clip.Status


def clip_create(
    *,
    dataset: Dataset,
    audio: bytes | Path,
    text: str,
    speaker: str = "",
    origin: str,
    split: str = "",
    source_name: str = "",
    source_import: DatasetImport | None = None,
    identity: uuid.UUID | None = None,
    transcription: Transcription | None = None,
    source_start_seconds: float | None = None,
    source_end_seconds: float | None = None,
) -> Clip:
    """Store one clip of a dataset; where `identity` is that of a clip which is there already, that one is the answer.

    So a sender that never got its answer may ask again. `transcription` is the recording it came from, with its place
    in it. Sound that can be decoded but not used (silent, clipped throughout) becomes a rejected clip, so that it can
    be heard. Raises ServiceError text_too_long, clip_duplicate, clip_id_taken (409); EngineError where there is no
    label or no usable sound.
    """
    earlier = Clip.objects.filter(pk=identity).first() if identity else None
    if earlier is not None:
        return _same(earlier, dataset)
    label = checked_label(text, kind=dataset.kind)
    analysis = labelled(analyse(audio, name=source_name), label)
    clip = clip_built(
        analysis,
        dataset=dataset,
        text=label,
        speaker=speaker,
        origin=origin,
        split=split,
        source_name=source_name,
        source_import=source_import,
        identity=identity,
        transcription=transcription,
        source_start_seconds=source_start_seconds,
        source_end_seconds=source_end_seconds,
    )
    if clip.status == Status.READY and is_waiting_first(dataset, origin):
        clip.status, clip.rejection_code = Status.REJECTED, WAITS
    return _known(clip) or _stored(clip, analysis)


def clip_built(analysis: Analysis, *, identity: uuid.UUID | None = None, **fields: Any) -> Clip:
    """Return the row of a clip, unsaved; its file belongs at `clip.audio_path` and has to be there first."""
    pk = identity or uuid.uuid4()
    fields["speaker"] = speaker_name(fields.get("speaker", ""))
    fields["source_name"] = storable(fields.get("source_name", ""))[:LONGEST_SOURCE_NAME]
    return Clip(
        id=pk,
        audio=relative(private_path("clips", pk, ".flac")),
        status=Status.REJECTED if analysis.rejection_code else Status.READY,
        rejection_code=analysis.rejection_code,
        warnings=list(analysis.warnings),
        sha256=analysis.sha256,
        duration_seconds=analysis.duration_seconds,
        source_sample_rate_hz=analysis.source_sample_rate_hz,
        rms_dbfs=analysis.rms_dbfs,
        peak_dbfs=analysis.peak_dbfs,
        clipped_fraction=analysis.clipped_fraction,
        silence_fraction=analysis.silence_fraction,
        bandwidth_hz=analysis.bandwidth_hz,
        peaks=analysis.peaks,
        **fields,
    )


def clip_write(clip: Clip, analysis: Analysis) -> None:
    """Write the clip's FLAC file: whole or not at all."""
    path = clip.audio_path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_flac(path, analysis.samples)


def checked_label(text: str, *, kind: str = Kind.WORDS) -> str:
    """Return the label, or the transcript, as it is stored. Raises text_empty, text_only_symbols, text_too_long."""
    label = normalise_label(text)
    if len(label) > text_limit(kind):
        raise ServiceError("text_too_long", too_long_sentence(kind))
    return label


def recording_bytes(file: UploadedFile[Any]) -> bytes:
    """Return what was sent as one recording. Raises ServiceError too_large (413)."""
    if (file.size or 0) > LONGEST_RECORDING_BYTES:
        limit = bytes_text(LONGEST_RECORDING_BYTES)
        message = _(
            "One recording may have {limit} at most. Nothing was kept; upload longer ones as an archive."
        ).format(limit=limit)
        raise ServiceError("too_large", message, status=413)
    content: bytes = file.read()
    return content


def clip_relabel(*, clip: Clip, text: str | None = None, speaker: str | None = None) -> Clip:
    """Correct what a clip says or who says it. Snapshots already taken keep what they were trained on."""
    if text is not None:
        clip.text = checked_label(text, kind=clip.dataset.kind)
    if speaker is not None:
        clip.speaker = speaker_name(speaker)
    with transaction.atomic():
        clip.save(update_fields=["text", "speaker"])
        dataset_changed(clip.dataset_id)
    return clip


def clip_reject(*, clip: Clip, code: str = BY_HAND) -> Clip:
    """Leave a clip out of training without deleting it."""
    return _moved(clip, Status.READY, Status.REJECTED, code=code)


def clip_restore(*, clip: Clip) -> Clip:
    """Take a rejected clip back in."""
    return _moved(clip, Status.REJECTED, Status.READY, code="")


def _moved(clip: Clip, before: Clip.Status, after: Clip.Status, *, code: str) -> Clip:
    with transaction.atomic():
        moved = move(clip, allowed_from=[before], to=after, rejection_code=code)
        dataset_changed(clip.dataset_id)
    return moved


def clip_delete(*, clip: Clip) -> None:
    """Delete a clip with its audio. Snapshots keep its hash and label, not its sound."""
    stored = clip.audio
    with transaction.atomic():
        clip.delete()
        dataset_changed(clip.dataset_id)
        transaction.on_commit(lambda: remove([stored]))


def verdict_of(clip: Clip) -> str:
    """Return the sentence about a clip just stored; empty where nothing is wrong."""
    return rejection_sentence(clip.rejection_code) if clip.rejection_code else ""


def clips_here(dataset: Dataset, hashes: Collection[str]) -> dict[str, Clip]:
    """Return the dataset's clips that have these samples, by hash."""
    same = Clip.objects.filter(dataset=dataset, sha256__in=list(hashes))
    return {clip.sha256: clip for clip in same.only("id", "sha256", "text", "source_name", "split")}


def _same(clip: Clip, dataset: Dataset) -> Clip:
    if clip.dataset_id != dataset.pk:
        message = _("Another clip has this id. Nothing was kept; choose a new one.")
        raise ServiceError("clip_id_taken", message, status=409)
    return clip


def _known(clip: Clip) -> Clip | None:
    """Return the row of this very clip where it was sent before. Raises clip_duplicate where another one is alike."""
    other = clips_here(clip.dataset, [clip.sha256]).get(clip.sha256)
    if other is None:
        return None
    if other.pk != clip.pk:
        raise _duplicate(clip, other)
    return Clip.objects.get(pk=clip.pk)


def _duplicate(clip: Clip, other: Clip) -> ServiceError:
    message = duplicate_sentence(other_text=other.text, other_name=other.source_name, text=clip.text)
    return ServiceError("clip_duplicate", message, status=409)


def _stored(clip: Clip, analysis: Analysis) -> Clip:
    clip_write(clip, analysis)
    try:
        with transaction.atomic():
            clip.save(force_insert=True)
            dataset_changed(clip.dataset_id)
    except IntegrityError:
        if Clip.objects.filter(pk=clip.pk).exists():  # sent twice at once: the file is that row's, too
            return _same(Clip.objects.get(pk=clip.pk), clip.dataset)
        remove([clip.audio])
        _known(clip)
        raise
    except BaseException:
        remove([clip.audio])
        raise
    return clip


def labels_of(dataset: Dataset) -> list[str]:
    """Return the labels of the clips in use, sorted."""
    ready = Clip.objects.filter(dataset=dataset, status=Status.READY).labelled()
    return list(ready.order_by("text").values_list("text", flat=True).distinct())


def speakers_of(dataset: Dataset) -> list[str]:
    """Return the speakers of the clips in use, sorted."""
    ready = Clip.objects.filter(dataset=dataset, status=Status.READY).exclude(speaker="")
    return list(ready.order_by("speaker").values_list("speaker", flat=True).distinct())
