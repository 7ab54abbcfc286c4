"""Write a dataset out, into a folder or a zip, in a layout other people's tools read: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Count, Sum
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.errors import ServiceError
from training_jobs.exporters import (
    CannotHold,
    ExportClip,
    ExportDataset,
    Tally,
    Written,
    layout_named,
    layouts_for,
)
from training_jobs.exporters.sinks import FolderSink, ZipSink
from training_jobs.exporters.sound import sound_of
from training_jobs.models import Clip
from training_jobs.readers.splits import split_in
from training_jobs.services.wording import kind_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from training_jobs.exporters import Layout
    from training_jobs.exporters.sinks import Sink
    from training_jobs.models import Dataset

ZIP_ENDING: Final = ".zip"
ITERATOR_CHUNK: Final = 2_000
CLIPS_AT_ONCE: Final = 100
# 16 bit at 16 kHz: the most a clip takes, and with it enough room for its lines of text.
BYTES_PER_SECOND: Final = 32_000
BYTES_PER_CLIP: Final = 2_000
LONGEST_TEXT_SHOWN: Final = 200
DISK_FULL: Final = gettext_lazy(
    "The disk has no room for this export. Nothing was written; make room and export it again."
)


@dataclass(frozen=True)
class LeftOut:
    """One clip that is not in the export, and why."""

    clip: str
    text: str
    code: str
    message: str


@dataclass
class Exported:
    """What an export came to. `path` is where it lies, `size_bytes` what it holds."""

    dataset: str
    layout: str
    path: Path
    clips: int = 0
    size_bytes: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return it in the shape that scripts read."""
        return {
            "dataset": self.dataset,
            "layout": self.layout,
            "clips": self.clips,
            "left_out": [asdict(one) for one in self.left_out],
            "bytes": self.size_bytes,
            "path": str(self.path),
        }


class Planned(NamedTuple):
    """One clip to write; plans are sorted by the name the clip has in the layout, as bytes."""

    name: bytes
    clip_id: UUID


def layout_for(dataset: Dataset, name: str) -> Layout:
    """Return the layout with this name. Raises ServiceError unknown_layout, layout_for_other_kind."""
    layout = layout_named(name)
    known = ", ".join(one.name for one in layouts_for(dataset.kind))
    if layout is None:
        message = _("There is no layout “{name}”. There are: {known}.").format(name=name, known=known)
        raise ServiceError("unknown_layout", message)
    if dataset.kind not in layout.kinds:
        message = _("{layout} hold words, and this dataset holds {kind}. There are: {known}.").format(
            layout=_(layout.title), kind=kind_in_words(dataset.kind), known=known
        )
        raise ServiceError("layout_for_other_kind", message)
    return layout


def dataset_export(
    *,
    dataset: Dataset,
    layout: Layout,
    target: Path,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exported:
    """Write the clips that are ready to `target`: a zip where its name ends so, else a new folder.

    `on_progress` is told of clips done and in all. What the layout cannot hold and what has lost its sound is left
    out and listed; memory does not grow with the sound. Raises ServiceError target_exists, nothing_to_export,
    disk_full; then nothing is left behind.
    """
    described = describe(dataset, layout)
    result = Exported(dataset.name, layout.name, target)
    plan = _planned(dataset, layout, described, result)
    _check_target(target)
    _check_room(dataset, target.parent)
    with _whole(target) as partial:
        with _sink(partial, layout, root=export_stem(dataset), is_zip=target.suffix.lower() == ZIP_ENDING) as sink:
            _Writing(layout, described, sink, result).write(plan, on_progress)
            sink.finish()
        result.size_bytes = _bytes_in(partial)
    return result


def describe(dataset: Dataset, layout: Layout) -> ExportDataset:
    """Return what is said of a dataset as a whole."""
    ready = ready_clips(dataset)
    said = ready.values_list("text", "speaker").iterator(chunk_size=ITERATOR_CHUNK)
    return ExportDataset(
        name=dataset.name,
        kind=dataset.kind,
        language=dataset.language,
        prompts=tuple(dataset.prompts),
        text_rules=dataset.text_rules,
        has_splits=ready.exclude(split="").exists(),
        has_speaker_column=layout.has_speaker_column(said),
    )


def ready_clips(dataset: Dataset) -> Any:
    """Return the clips an export holds."""
    return Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by()


def export_stem(dataset: Dataset) -> str:
    """Return the name of an export's folder; a name that speaks of a split would give it to every clip in it."""
    stem = slugify(dataset.name, allow_unicode=True)
    return stem if stem and not split_in(stem) else "dataset"


def _planned(dataset: Dataset, layout: Layout, described: ExportDataset, result: Exported) -> list[Planned]:
    """Place every clip without its sound, so that they can be written in the order the layout wants."""
    plan = []
    rows = ready_clips(dataset).values_list("pk", "text", "speaker", "split", "sha256")
    for pk, text, speaker, split, sha256 in rows.iterator(chunk_size=ITERATOR_CHUNK):
        try:
            place = layout.place(ExportClip(text, speaker, split, sha256), described)
        except CannotHold as reason:
            result.left_out.append(_left_out(pk, text, reason))
        else:
            plan.append(Planned(place.name.encode(), pk))
    if not plan:
        raise _nothing(dataset, result)
    return sorted(plan)


def _nothing(dataset: Dataset, result: Exported) -> ServiceError:
    if not result.left_out:
        return nothing_ready(dataset)
    message = _("{reason} The same goes for all other clips, so nothing was written.").format(
        reason=result.left_out[0].message
    )
    return ServiceError("nothing_to_export", message, status=409)


def nothing_ready(dataset: Dataset) -> ServiceError:
    """Return the refusal of a dataset without clips."""
    message = _("“{name}” has no clips that are ready. Nothing was written; record or import some first.").format(
        name=dataset.name
    )
    return ServiceError("nothing_to_export", message, status=409)


class _Writing:
    """Writes the clips of a plan one after the other."""

    def __init__(self, layout: Layout, dataset: ExportDataset, sink: Sink, result: Exported) -> None:
        self._layout = layout
        self._dataset = dataset
        self._sink = sink
        self._result = result
        self._tally = Tally()

    def write(self, plan: Sequence[Planned], on_progress: Callable[[int, int], None]) -> None:
        for start in range(0, len(plan), CLIPS_AT_ONCE):
            on_progress(start, len(plan))
            for clip_id, clip in _fetched(plan[start : start + CLIPS_AT_ONCE]):
                self._try(clip_id, clip)
        if not self._tally.clips:
            message = _("The sound of all clips is gone from the disk. Nothing was written; import the dataset again.")
            raise ServiceError("nothing_to_export", message, status=409)
        self._layout.finish(self._sink.texts, self._dataset, self._tally)
        self._result.clips = self._tally.clips
        on_progress(len(plan), len(plan))

    def _try(self, clip_id: UUID, clip: Clip | None) -> None:
        if clip is None:
            reason = CannotHold("clip_gone", _("It was deleted while the others were written."))
            self._result.left_out.append(_left_out(clip_id, "", reason))
            return
        try:
            self._one(clip)
        except CannotHold as reason:
            self._result.left_out.append(_left_out(clip_id, clip.text, reason))

    def _one(self, clip: Clip) -> None:
        said = exported(clip)
        place = self._layout.place(said, self._dataset)
        content = sound_of(clip.audio_path, audio=self._layout.audio)
        self._sink.add(place.path, content)
        written = Written(said, place, len(content), hashlib.sha256(content).hexdigest())
        for file, line in self._layout.lines(written, self._dataset):
            self._sink.texts.append(file, line)
        self._tally.add(said)


def exported(clip: Clip) -> ExportClip:
    """Return what an exporter is told of a clip."""
    return ExportClip(
        text=clip.text,
        speaker=clip.speaker,
        split=clip.split,
        sha256=clip.sha256,
        origin=clip.origin,
        duration_seconds=clip.duration_seconds,
        source_sample_rate_hz=clip.source_sample_rate_hz,
        source_name=clip.source_name,
        source_start_seconds=clip.source_start_seconds,
        source_end_seconds=clip.source_end_seconds,
    )


def _fetched(planned: Sequence[Planned]) -> Iterator[tuple[UUID, Clip | None]]:
    found = Clip.objects.defer("peaks", "warnings").in_bulk([one.clip_id for one in planned])
    for one in planned:
        yield one.clip_id, found.get(one.clip_id)


def _left_out(clip_id: UUID, text: str, reason: CannotHold) -> LeftOut:
    return LeftOut(str(clip_id), text[:LONGEST_TEXT_SHOWN], reason.code, reason.message)


def _sink(partial: Path, layout: Layout, *, root: str, is_zip: bool) -> Sink:
    return ZipSink(partial, root=root, header=layout.header) if is_zip else FolderSink(partial, header=layout.header)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a place beside the target; at the end it becomes the target, or is gone."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    _removed(partial)
    try:
        yield partial
        _check_target(target)
        partial.rename(target)
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ServiceError("disk_full", str(DISK_FULL), detail=str(failure), status=507) from failure
        raise
    finally:
        _removed(partial)


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _check_target(target: Path) -> None:
    if target.exists() or target.is_symlink():
        message = _(
            "There is something at {name} already. Nothing was written; choose a name that is not taken."
        ).format(name=target.name)
        raise ServiceError("target_exists", message, status=409)


def _check_room(dataset: Dataset, folder: Path) -> None:
    made_of = ready_clips(dataset).aggregate(clips=Count("pk"), seconds=Sum("duration_seconds"))
    needed = (made_of["seconds"] or 0.0) * BYTES_PER_SECOND + made_of["clips"] * BYTES_PER_CLIP
    if shutil.disk_usage(folder).free < needed:
        raise ServiceError("disk_full", str(DISK_FULL), status=507)


def _bytes_in(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
