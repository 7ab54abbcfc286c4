"""The job folder: what the trainer's process is given. The test split is never in it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from django.utils.translation import gettext as _

from recognition.engine.audio import decode
from recognition.engine.errors import EngineError
from recognition.engine.segments import speech_extent
from recognition.engine.writing import rules_of, written_or_empty
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path
from speechsite.lib.numbers import thousands_text
from speechsite.lib.rows import rows_of
from training_jobs.labels import NOISE, OTHER
from training_jobs.models import Clip, SnapshotClip
from training_jobs.services.language_texts import language_text_lines
from training_jobs.services.snapshots import ENGINE_SAMPLE_RATE_HZ, window_seconds
from training_jobs.services.splits import names_text
from training_jobs.services.warm_start import start_request, start_write
from training_jobs.trainer.checkpoints import CHECKPOINTS
from training_jobs.trainer.job_files import TENSORBOARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from recognition.models import ModelVersion
    from training_jobs.models import Snapshot, TrainingJob

REQUEST_FORMAT: Final = 1
LOG_NAME: Final = "train.log"
SPLIT_NUMBERS: Final = {Clip.Split.TRAIN.value: 0, Clip.Split.VALIDATION.value: 1}
NOISE_NUMBER: Final = 2  # in the place of a split: recordings of noise, for words
UNKNOWN_SPEAKER: Final = -1
FULL_SCALE: Final = 32768.0


@dataclass
class CorpusSummary:
    """What went into a job folder: `rows` are the snapshot clips in the order of clips.npy."""

    rows: list[SnapshotClip] = field(default_factory=list)
    without_speech: int = 0
    gone: int = 0
    window_seconds: float = 1.0

    @property
    def left_out(self) -> int:
        """Return how many clips were not used."""
        return self.without_speech + self.gone

    def sentence(self) -> str:
        """Say how many clips were read and how many were left out, and why."""
        sentence = _("{count} clips read.")
        if self.without_speech and self.gone:
            sentence = _(
                "{count} clips read, {left_out} left out: {silent} hold no speech and the audio of {gone} is gone."
            )
        elif self.without_speech:
            sentence = _("{count} clips read, {left_out} left out: {silent} hold no speech.")
        elif self.gone:
            sentence = _("{count} clips read, {left_out} left out: the audio of {gone} is gone.")
        return sentence.format(
            count=thousands_text(len(self.rows)),
            left_out=thousands_text(self.left_out),
            silent=thousands_text(self.without_speech),
            gone=thousands_text(self.gone),
        )


def job_folder(job: TrainingJob) -> Path:
    """Return the folder of a job's files."""
    return private_path("jobs", job.pk, "")


def corpus_folder_create(folder: Path) -> None:
    """Make the folder, empty of what an earlier attempt left; logs stay, and what training goes on from."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_all_but({LOG_NAME, TENSORBOARD, CHECKPOINTS}, folder)


def corpus_folder_clear(folder: Path) -> int:
    """Remove all but the logs, above all the copy of people's voices; return how many things that were."""
    return _remove_all_but({LOG_NAME, TENSORBOARD}, folder)


def _remove_all_but(kept: set[str], folder: Path) -> int:
    left = [entry for entry in folder.iterdir() if entry.name not in kept] if folder.is_dir() else []
    for entry in left:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return len(left)


def corpus_folder_write(
    *,
    snapshot: Snapshot,
    folder: Path,
    recipe: str,
    values: Mapping[str, Any],
    seed: int,
    beat: Callable[[], None],
    start: ModelVersion | None = None,
    is_trial: bool = False,
) -> CorpusSummary:
    """Write request.json, audio.npy and clips.npy: the speech of the train and validation clips, end to end.

    For sentences also texts.json and, where the dataset has text without sound, language_texts.txt; with a version to
    `start` from, its weights. A trial ends without an export. `beat` is called
    after each clip. Raises ServiceError: clips_gone where no audio is left, too_few_clips where a word has no speech
    to learn from.
    """
    summary, places = _speech_write(snapshot, folder, beat)
    is_sentences = snapshot.kind == Kind.SENTENCES
    columns = _sentence_columns(summary, folder) if is_sentences else _label_columns(snapshot, summary)
    clips = np.asarray([[*place, *column] for place, column in zip(places, columns, strict=True)], dtype=np.int64)
    np.save(folder / "clips.npy", clips)
    spoken = clips if is_sentences else clips[clips[:, 2] < len(snapshot.labels)]
    summary.window_seconds = window_seconds((spoken[:, 1] / ENGINE_SAMPLE_RATE_HZ).tolist())
    request = {
        "format": REQUEST_FORMAT,
        "kind": snapshot.kind,
        "recipe": recipe,
        "values": dict(values),
        "labels": snapshot.labels,
        "band_limit_hz": snapshot.band_limit_hz,
        "window_seconds": summary.window_seconds,
        "seed": seed,
        "start": start_request(start) if start else None,
        "is_trial": is_trial,
    }
    if start:
        start_write(start, folder)
    (folder / "request.json").write_text(json.dumps(request, indent=1, ensure_ascii=False), encoding="utf-8")
    if is_sentences:
        _language_texts_write(snapshot, folder)
    return summary


def request_change(folder: Path, **changes: Any) -> None:
    """Put values over a written request: which attempt at it this is, how often its batch was halved."""
    path = folder / "request.json"
    request = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(request | changes, indent=1, ensure_ascii=False), encoding="utf-8")


def _speech_write(
    snapshot: Snapshot, folder: Path, beat: Callable[[], None]
) -> tuple[CorpusSummary, list[tuple[int, int]]]:
    """Write audio.npy; return what is in it and where each clip lies: first sample, length."""
    summary = CorpusSummary()
    places: list[tuple[int, int]] = []
    with _AudioFile(folder / "audio.npy") as audio:
        for row in _learned_clips(snapshot):
            beat()
            speech = _speech_of(row, summary)
            if speech is not None:
                places.append((audio.length, len(speech)))
                summary.rows.append(row)
                audio.append(speech)
    if summary.gone and not summary.rows:
        message = _("The audio of all clips is gone from the disk. Import the dataset again, then train.")
        raise ServiceError("clips_gone", message)
    return summary, places


def _label_columns(snapshot: Snapshot, summary: CorpusSummary) -> list[tuple[int, int]]:
    """Return label and split of each clip of words; what is no word has the number behind the last label."""
    _check_labels(snapshot, summary)
    labels = {label: index for index, label in enumerate([*snapshot.labels, OTHER])}
    return [
        (labels[OTHER], NOISE_NUMBER) if row.text == NOISE else (labels[row.text], SPLIT_NUMBERS[row.split])
        for row in summary.rows
    ]


def _sentence_columns(summary: CorpusSummary, folder: Path) -> list[tuple[int, int, int]]:
    """Write texts.json; return text, split and speaker of each clip of sentences, -1 where nobody knows who speaks."""
    if not any(row.split == Clip.Split.TRAIN for row in summary.rows):
        message = _("No speech was found in the training clips. Listen to them, and record or upload others.")
        raise ServiceError("too_few_clips", message)
    texts = list(dict.fromkeys(row.text for row in summary.rows))
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    text_numbers = {text: number for number, text in enumerate(texts)}
    speakers = {
        name: number for number, name in enumerate(sorted({row.speaker for row in summary.rows if row.speaker}))
    }
    return [
        (text_numbers[row.text], SPLIT_NUMBERS[row.split], speakers.get(row.speaker, UNKNOWN_SPEAKER))
        for row in summary.rows
    ]


def _language_texts_write(snapshot: Snapshot, folder: Path) -> None:
    """Write the text without sound by the rules of the transcripts; lines that are nothing by them are left out."""
    if snapshot.dataset is None:
        return
    rules = rules_of(snapshot.text_rules)
    lines = (written_or_empty(line, rules) for line in language_text_lines(snapshot.dataset))
    with (folder / "language_texts.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines if line)


def _learned_clips(snapshot: Snapshot) -> Iterator[SnapshotClip]:
    rows = SnapshotClip.objects.filter(snapshot=snapshot, split__in=SPLIT_NUMBERS)
    return rows_of(rows.select_related("clip").order_by("sha256"))


def clip_samples(clip: Clip | None) -> NDArray[np.float32] | None:
    """Return a clip's samples, shape (n,), 16 kHz, -1..1; None where its audio is gone or cannot be read."""
    if clip is None:
        return None
    try:
        return decode(clip.audio_path).samples
    except (EngineError, FileNotFoundError):
        return None


def _speech_of(row: SnapshotClip, summary: CorpusSummary) -> NDArray[np.int16] | None:
    samples = clip_samples(row.clip)
    if samples is None:
        summary.gone += 1
        return None
    extent = (0, len(samples)) if row.text == NOISE else speech_extent(samples)
    if extent is None:
        summary.without_speech += 1
        return None
    start, end = extent
    scaled = np.clip(np.rint(samples[start:end] * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
    return np.asarray(scaled, dtype=np.int16)


def _check_labels(snapshot: Snapshot, summary: CorpusSummary) -> None:
    trained = Counter(row.text for row in summary.rows if row.split == Clip.Split.TRAIN)
    silent = [label for label in snapshot.labels if not trained[label]]
    if silent:
        message = _("No speech was found in the training clips of {words}. Listen to them, record them anew.")
        raise ServiceError("too_few_clips", message.format(words=names_text(silent)))


class _AudioFile:
    """An int16 .npy file written piece by piece, so that a corpus of any size takes no memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = 0

    def __enter__(self) -> _AudioFile:
        self.file: IO[bytes] = self.path.open("wb")
        self._write_header()
        self.header_bytes = self.file.tell()
        return self

    def append(self, samples: NDArray[np.int16]) -> None:
        """Add samples, shape (n,)."""
        self.file.write(samples.tobytes())
        self.length += len(samples)

    def __exit__(self, *failure: object) -> None:
        try:
            # NumPy leaves room in the header for a longer shape, so that it can be written again in place.
            self.file.seek(0)
            self._write_header()
        finally:
            self.file.close()

    def _write_header(self) -> None:
        header = {"descr": "<i2", "fortran_order": False, "shape": (self.length,)}
        np.lib.format.write_array_header_1_0(self.file, header)
