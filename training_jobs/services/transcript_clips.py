"""Clips taken out of a transcript at the review desk: the whole of it, or a line, with the text as it stands now."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import soundfile as sf
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.errors import EngineError
from recognition.models import Transcription
from recognition.models.recognizers import Kind
from recognition.services.revisions import segments_of
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from training_jobs.models import Clip, CorrectionUse
from training_jobs.services.clips import clip_create, clip_delete, clip_relabel

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from training_jobs.models import Dataset

MARGIN_SECONDS = 0.1
"""A line ends where its last word does; a little of the room around it makes it a recording."""
SAME_PLACE_SECONDS = 0.5
THERE_ALREADY = "clip_duplicate"


@dataclass(frozen=True)
class Piece:
    """A text and where it is said, in seconds; the whole recording where there is no place."""

    text: str
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Taken:
    """How many clips came in or were mended, how many were there as they are, and why others stayed out."""

    added: int = 0
    unchanged: int = 0
    left_out: tuple[str, ...] = ()


def pieces_of(transcription: Transcription, *, kind: str, line: int | None = None) -> list[Piece]:
    """Return what becomes a clip each: words for a dataset of words, lines for one of sentences.

    A recording that fits into one clip, and is one word where words are wanted, is taken whole. Raises ServiceError
    line_unknown.
    """
    segments = segments_of(transcription)
    if line is not None and not 0 <= line < len(segments):
        raise ServiceError("line_unknown", _("There is no such line any more. Nothing was added; reload the page."))
    chosen = segments if line is None else [segments[line]]
    words = [word for segment in chosen for word in segment["words"] if word["word"]]
    is_one = len(words) == 1 if kind == Kind.WORDS else transcription.duration_seconds <= settings.MAX_CLIP_SECONDS
    if line is None and is_one and transcription.text:
        return [Piece(transcription.text)]
    said: list[dict[str, Any]] = words if kind == Kind.WORDS else [segment for segment in chosen if segment["text"]]
    texts = [item["word"] if kind == Kind.WORDS else item["text"] for item in said]
    return [
        Piece(text, _with_margin(item, transcription.duration_seconds)) for text, item in zip(texts, said, strict=True)
    ]


def _with_margin(item: dict[str, Any], duration: float) -> tuple[float, float]:
    start, end = max(0.0, item["start"] - MARGIN_SECONDS), min(duration, item["end"] + MARGIN_SECONDS)
    return round(start, 3), round(end, 3)


def transcript_take(*, transcription: Transcription, dataset: Dataset, by: User, line: int | None = None) -> Taken:
    """Make clips of a transcript, or of one of its lines. What was taken before gets its new text or its new bounds.

    Raises ServiceError not_done, nothing_said or line_unknown.
    """
    if transcription.status != Transcription.Status.DONE:
        message = _("This recording has no text yet. Nothing was added; wait until it is done.")
        raise ServiceError("not_done", message, status=409)
    pieces = pieces_of(transcription, kind=dataset.kind, line=line)
    if not pieces:
        raise ServiceError("nothing_said", _("There is no word in it to learn from. Nothing was added."))
    taken = Taken()
    for piece in pieces:
        taken = _counted(taken, transcription, dataset, by, piece)
    if pieces == [Piece(transcription.text)]:
        _note_use(transcription, dataset)
    return taken


def _counted(taken: Taken, transcription: Transcription, dataset: Dataset, by: User, piece: Piece) -> Taken:
    try:
        is_new = _take(transcription, dataset, by, piece)
    except (ServiceError, EngineError) as refused:
        if refused.code == THERE_ALREADY:
            return replace(taken, unchanged=taken.unchanged + 1)
        return replace(taken, left_out=(*taken.left_out, refused.message))
    return replace(taken, added=taken.added + is_new, unchanged=taken.unchanged + (not is_new))


def _take(transcription: Transcription, dataset: Dataset, by: User, piece: Piece) -> bool:
    """Make or mend one clip; False where it is there as it should be."""
    earlier = _earlier(transcription, dataset, piece)
    if earlier and (piece.place is None or _place(earlier) == piece.place):
        if earlier.text == piece.text:
            return False
        clip_relabel(clip=earlier, text=piece.text)
        return True
    start, end = piece.place or (None, None)
    clip_create(
        dataset=dataset,
        audio=_cut(transcription, piece.place),
        text=piece.text,
        speaker=by.get_full_name() or by.username,
        origin=Clip.Origin.CORRECTION,
        source_name=transcription.source_name,
        transcription=transcription,
        source_start_seconds=start,
        source_end_seconds=end,
    )
    if earlier:
        clip_delete(clip=earlier)
    return True


def _place(clip: Clip) -> tuple[float | None, float | None]:
    return clip.source_start_seconds, clip.source_end_seconds


def _earlier(transcription: Transcription, dataset: Dataset, piece: Piece) -> Clip | None:
    """Return the clip that was taken from the same place before: nudging an edge does not make it another."""
    clips = clips_of(transcription).filter(dataset=dataset).select_related("dataset")
    if piece.place is None:
        return clips.filter(source_start_seconds=None).first()
    start, end = piece.place
    near = clips.filter(
        source_start_seconds__range=(start - SAME_PLACE_SECONDS, start + SAME_PLACE_SECONDS),
        source_end_seconds__range=(end - SAME_PLACE_SECONDS, end + SAME_PLACE_SECONDS),
    )
    found = [clip for clip in near if _overlaps(clip, start, end)]
    return next((clip for clip in found if _place(clip) == piece.place), found[0] if found else None)


def _overlaps(clip: Clip, start: float, end: float) -> bool:
    """Say whether most of the shorter of the two is the other one too: short words beside each other are two."""
    first, last = clip.source_start_seconds or 0.0, clip.source_end_seconds or 0.0
    shared = min(end, last) - max(start, first)
    return shared > min(end - start, last - first) / 2


def _cut(transcription: Transcription, place: tuple[float, float] | None) -> bytes:
    """Return the sound of a piece as FLAC. Raises ServiceError audio_missing or clip_too_long."""
    path = absolute(transcription.audio)
    if not path.is_file():
        raise ServiceError("audio_missing", _("The audio of this recording is gone from the disk. Upload it again."))
    if place is None:
        return path.read_bytes()
    if place[1] - place[0] > settings.MAX_CLIP_SECONDS:
        message = _("A line lasts longer than the {most} s a clip may have. Cut it in two.")
        raise ServiceError("clip_too_long", message.format(most=number_format(f"{settings.MAX_CLIP_SECONDS:g}")))
    first, last = (round(seconds * SAMPLE_RATE_HZ) for seconds in place)
    samples, _rate = sf.read(path, start=first, stop=last, dtype="int16")
    sound = io.BytesIO()
    sf.write(sound, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="FLAC")
    return sound.getvalue()


def clips_of(transcription: Transcription) -> QuerySet[Clip]:
    """Return the clips that were taken out of a recording, in all datasets."""
    return Clip.objects.filter(transcription=transcription)


def _note_use(transcription: Transcription, dataset: Dataset) -> None:
    """Write down that the newest correction is in the dataset, so that it does not wait to be taken in."""
    newest = transcription.corrections.in_force().first()
    clip = clips_of(transcription).filter(dataset=dataset, source_start_seconds=None).first()
    if newest and clip:
        CorrectionUse.objects.get_or_create(correction=newest, dataset=dataset, defaults={"clip": clip})
