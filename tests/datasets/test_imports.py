"""Reading an import: what is kept, what is named, and what a second or a broken-off attempt does."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soxr
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from recognition.engine.audio import decode, samples_sha256, wav_bytes
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from tests.conftest import REPOSITORY
from tests.datasets.sounds import (
    class_folders,
    clipped_wav,
    flac_of,
    folder_of,
    silent_wav,
    speech,
    spoken_wav,
    zip_of,
)
from training_jobs.models import Clip, DatasetImport, ImportProblem
from training_jobs.services.bandwidth import bandwidth_hz
from training_jobs.services.clips import clip_create
from training_jobs.services.composition import composition
from training_jobs.services.datasets import dataset_delete
from training_jobs.services.import_batches import BatchReader
from training_jobs.services.imports import import_create, import_run, imports_reap
from training_jobs.services.sample import sample_dataset_create

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from pytest_django.fixtures import SettingsWrapper

    from training_jobs.models import Dataset

Status = DatasetImport.Status


def received(dataset: Dataset, path: Path, **options: Any) -> DatasetImport:
    return import_create(dataset=dataset, owner=dataset.owner, file=path, source_name=path.name, **options)


def read(dataset: Dataset, path: Path, **options: Any) -> DatasetImport:
    row = import_run(import_id=received(dataset, path, **options).pk)
    assert row is not None
    return row


def codes(row: DatasetImport) -> dict[str, str]:
    return {problem.file: problem.code for problem in row.problems.all()}


def test_an_archive_of_class_folders_becomes_clips(dataset: Dataset, tmp_path: Path) -> None:
    row = read(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert (row.status, row.layout, row.clips_kept, row.clips_rejected) == (Status.DONE, "class_folders", 4, 0)
    assert (row.rows_done, row.rows_total, row.progress) == (4, 4, 1.0)
    assert row.started_at
    assert row.finished_at
    clip = dataset.clips.get(source_name="words/no/take1.wav")
    assert (clip.text, clip.origin, clip.status, clip.source_sample_rate_hz) == ("no", "upload", "ready", 16_000)
    assert clip.audio_path.read_bytes().startswith(b"fLaC")
    assert samples_sha256(decode(clip.audio_path).samples) == clip.sha256
    assert len(clip.peaks) == 72
    assert max(clip.peaks) == 100
    assert -60 < clip.rms_dbfs < clip.peak_dbfs <= 0
    assert 1000 < (clip.bandwidth_hz or 0) <= 8000


def test_a_bad_file_is_named_and_the_others_go_on(dataset: Dataset, tmp_path: Path) -> None:
    truncated = flac_of(5)
    files = {
        **class_folders(labels=("yes",), takes=1),
        "words/no/text.wav": b"this is no sound",
        "words/no/empty.wav": b"",
        "words/no/silent.wav": silent_wav(),
        "words/no/loud.wav": clipped_wav(3),
        "words/no/short.wav": wav_bytes(speech(4)[:800]),
        "words/no/lying.mp3": flac_of(6),
        "words/no/broken.flac": truncated[: len(truncated) // 2],
        "words/???/symbols.wav": spoken_wav(7),
    }
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    assert row.status == Status.DONE
    assert codes(row) == {
        "words/no/text.wav": "audio_undecodable",
        "words/no/empty.wav": "audio_empty",
        "words/no/silent.wav": "audio_silent",
        "words/no/loud.wav": "audio_clipped_throughout",
        "words/no/short.wav": "audio_too_short",
        "words/no/lying.mp3": "lying_extension",
        "words/no/broken.flac": "audio_truncated",
        "words/???/symbols.wav": "text_only_symbols",
    }
    kept = {problem.file: problem.is_kept for problem in row.problems.all()}
    assert kept["words/no/lying.mp3"]
    assert kept["words/no/broken.flac"]
    assert not kept["words/no/silent.wav"]
    assert (row.clips_kept, row.clips_rejected) == (3, 6)


def test_sound_that_cannot_be_used_is_kept_to_be_heard_as_a_rejected_clip(dataset: Dataset, tmp_path: Path) -> None:
    files = {**class_folders(labels=("yes",), takes=1), "words/no/silent.wav": silent_wav()}
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    clip = dataset.clips.get(status=Clip.Status.REJECTED)
    assert clip.rejection_code == "audio_silent"
    assert clip.audio_path.is_file()
    assert row.problems.get().clip == clip


def test_steady_noise_is_told_from_silence(dataset: Dataset, tmp_path: Path) -> None:
    hum = (0.2 * np.sin(2 * np.pi * 120 * np.arange(16_000) / 16_000)).astype(np.float32)
    files = {**class_folders(labels=("yes",), takes=1), "words/no/hum.wav": wav_bytes(hum)}
    assert codes(read(dataset, zip_of(tmp_path / "a.zip", files))) == {"words/no/hum.wav": "audio_no_speech"}


def test_recordings_of_noise_are_kept_though_nobody_speaks(
    dataset: Dataset, tmp_path: Path, settings: SettingsWrapper
) -> None:
    settings.MAX_CLIP_SECONDS = 2
    rush = np.random.default_rng(1).normal(0, 0.05, 48_000).astype(np.float32)
    noises = {"words/_background_noise_/rush.wav": wav_bytes(rush), "words/_background_noise_/off.wav": silent_wav()}
    row = read(dataset, zip_of(tmp_path / "a.zip", {**class_folders(), **noises}))
    assert codes(row) == {"words/_background_noise_/off.wav": "audio_silent"}
    noise = dataset.clips.get(text="_background_noise_", status=Clip.Status.READY)
    assert (noise.duration_seconds, noise.split) == (2.0, "train")  # as much as a clip may have
    assert composition(dataset).noises == 1


def test_the_same_samples_are_kept_once_and_the_copy_is_named(dataset: Dataset, tmp_path: Path) -> None:
    files = {"yes/a.wav": spoken_wav(0), "yes/b.wav": spoken_wav(0), "no/c.flac": flac_of(0), "no/d.wav": spoken_wav(1)}
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    assert (row.clips_kept, row.duplicates, row.clips_rejected) == (2, 2, 0)
    found = {problem.file: problem for problem in row.problems.all()}
    assert {file: problem.code for file, problem in found.items()} == {
        "yes/a.wav": "duplicate_other_label",
        "yes/b.wav": "duplicate_other_label",
    }
    assert "“no”" in found["yes/a.wav"].message


def test_the_same_archive_twice_keeps_nothing_twice(dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    read(dataset, path)
    again = read(dataset, path)
    assert (again.status, again.clips_kept, again.duplicates) == (Status.DONE, 0, 4)
    assert dataset.clips.count() == 4
    assert {problem.code for problem in again.problems.all()} == {"duplicate"}


def test_running_a_finished_import_again_changes_nothing(dataset: Dataset, tmp_path: Path) -> None:
    row = read(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    again = import_run(import_id=row.pk)
    assert again is not None
    assert (again.attempt, again.finished_at) == (1, row.finished_at)
    assert dataset.clips.count() == 4


def test_an_attempt_killed_in_the_middle_is_gone_on_with(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {**class_folders(takes=3), "words/yes/bad.wav": b"no sound"}
    row = received(dataset, zip_of(tmp_path / "a.zip", files))
    monkeypatch.setattr("training_jobs.services.import_batches.BATCH_ROWS", 2)
    with pytest.raises(KeyboardInterrupt):
        import_run(import_id=row.pk, on_progress=_kill_after(4))
    row.refresh_from_db()
    assert (row.status, row.rows_done) == (Status.READING, 4)

    DatasetImport.objects.filter(pk=row.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert imports_reap() == [row.pk]
    done = import_run(import_id=row.pk)
    assert done is not None
    assert (done.status, done.attempt, done.clips_kept, done.clips_rejected) == (Status.DONE, 2, 6, 1)
    assert dataset.clips.count() == 6
    assert done.problems.count() == 1
    stored = {path.name for path in (settings.PRIVATE_DIR / "clips").rglob("*.flac")}
    assert {clip.audio_path.name for clip in dataset.clips.all()} <= stored


def _kill_after(rows: int) -> Any:
    def watch(row: DatasetImport) -> None:
        if row.rows_done >= rows:
            raise KeyboardInterrupt

    return watch


def test_a_lost_attempt_cannot_write_over_its_successor(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    monkeypatch.setattr("training_jobs.services.import_batches.BATCH_ROWS", 1)

    def taken_over(_: DatasetImport) -> None:
        DatasetImport.objects.filter(pk=row.pk).update(attempt=7)

    left = import_run(import_id=row.pk, on_progress=taken_over)
    assert left is not None
    assert (left.status, left.attempt, left.rows_done) == (Status.READING, 7, 1)
    assert dataset.clips.count() == 1


@pytest.mark.parametrize("ends", [Status.READING, Status.DONE])
def test_a_lost_attempt_leaves_its_successor_the_files_of_the_clips(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    real = BatchReader._commit

    def stalled(self: BatchReader, batch: Any, *, total: int) -> None:
        """The successor stores the same rows, and its own end, before this attempt goes on."""
        real(self, batch, total=total)
        finished = {"finished_at": timezone.now()} if ends == Status.DONE else {}
        DatasetImport.objects.filter(pk=row.pk).update(attempt=7, status=ends, **finished)
        real(self, batch, total=total)

    monkeypatch.setattr(BatchReader, "_commit", stalled)
    import_run(import_id=row.pk)
    clips = list(dataset.clips.all())
    assert clips
    assert all(clip.audio_path.is_file() for clip in clips)


def test_files_of_a_batch_that_could_not_be_stored_are_removed(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    before = set((settings.PRIVATE_DIR / "clips").rglob("*.flac"))

    def full(self: BatchReader, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BatchReader, "_commit", full)
    failed = import_run(import_id=row.pk)
    assert failed is not None
    assert (failed.status, failed.failure_code) == (Status.FAILED, "disk_full")
    assert set((settings.PRIVATE_DIR / "clips").rglob("*.flac")) == before


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../yes/a.wav": b"x"}, "archive_unsafe_path"),
        ({"readme.txt": b"x"}, "nothing_usable"),
        ({"a.wav": b"x"}, "layout_unknown"),
        ({"yes/a.wav": b"x", "no/b.wav": b"y"}, "nothing_usable"),
    ],
)
def test_what_cannot_be_used_at_all_fails_with_a_sentence(
    files: dict[str, bytes], code: str, dataset: Dataset, tmp_path: Path
) -> None:
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    assert (row.status, row.failure_code) == (Status.FAILED, code)
    assert "Nothing was kept" in row.failure_message
    assert row.finished_at
    assert not dataset.clips.exists()


def test_a_source_that_went_away_is_said_as_such(dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    row = received(dataset, path)
    path.unlink()
    failed = import_run(import_id=row.pk)
    assert failed is not None
    assert failed.failure_code == "source_missing"


def test_an_upload_is_deleted_when_it_has_been_read_and_a_path_is_not(dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    upload = SimpleUploadedFile("a.zip", path.read_bytes())
    row = import_create(dataset=dataset, owner=dataset.owner, file=upload, source_name="a.zip")
    stored = absolute(row.source)
    assert stored.is_file()
    import_run(import_id=row.pk)
    assert not stored.exists()
    read(dataset, path)
    assert path.is_file()


def test_a_folder_is_read_like_an_archive(dataset: Dataset, tmp_path: Path) -> None:
    assert read(dataset, folder_of(tmp_path / "set", class_folders())).clips_kept == 4


def test_a_table_gives_labels_speakers_and_splits(dataset: Dataset, tmp_path: Path) -> None:
    table = b"file,label,speaker,split\nc/0.wav,  turn   on ,ana,train\nc/1.wav,off,theo,test\nc/9.wav,off,theo,test\n"
    files = {"c/0.wav": spoken_wav(0), "c/1.wav": spoken_wav(1), "words.csv": table}
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    assert row.layout == "table"
    assert set(dataset.clips.values_list("text", "speaker", "split")) == {
        ("turn on", "ana", "train"),
        ("off", "theo", "test"),
    }
    problem = row.problems.get()
    assert (problem.file, problem.line, problem.code) == ("words.csv", 4, "file_missing")


def test_a_lost_worker_is_given_up_after_three_attempts(dataset: Dataset, tmp_path: Path) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    long_ago = timezone.now() - timedelta(minutes=5)
    DatasetImport.objects.filter(pk=row.pk).update(
        status=Status.READING, attempt=settings.MAX_ATTEMPTS, heartbeat_at=long_ago
    )
    assert imports_reap() == []
    row.refresh_from_db()
    assert (row.status, row.failure_code) == (Status.FAILED, "worker_lost")


def test_an_import_the_queue_lost_is_sent_again_once(dataset: Dataset, tmp_path: Path) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert imports_reap() == []
    DatasetImport.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert imports_reap() == [row.pk]
    assert imports_reap() == []


def test_too_many_imports_at_once_are_refused(dataset: Dataset, tmp_path: Path, settings: Any) -> None:
    settings.MAX_ACTIVE_JOBS_PER_USER = 1
    path = zip_of(tmp_path / "a.zip", class_folders())
    received(dataset, path)
    with pytest.raises(ServiceError) as caught:
        received(dataset, path)
    assert (caught.value.code, caught.value.status) == ("too_many_imports", 429)


def test_the_sample_dataset_is_speech_by_twelve_speakers(owner: User) -> None:
    row = import_run(import_id=sample_dataset_create(owner=owner).pk)
    assert row is not None
    assert (row.status, row.clips_kept, row.problems.count()) == (Status.DONE, 480, 0)
    clips = Clip.objects.filter(dataset=row.dataset)
    assert clips.values("speaker").distinct().count() == 12
    assert clips.values("text").distinct().count() == 10
    assert row.dataset.is_sample


def test_a_second_sample_gets_a_name_of_its_own(owner: User) -> None:
    names = [sample_dataset_create(owner=owner).dataset.name for _ in range(2)]
    assert names == ["Sample words", "Sample words 2"]


def test_deleting_a_clip_leaves_the_report(dataset: Dataset, tmp_path: Path) -> None:
    files = {**class_folders(labels=("yes",), takes=1), "words/no/silent.wav": silent_wav()}
    row = read(dataset, zip_of(tmp_path / "a.zip", files))
    dataset.clips.all().delete()
    assert ImportProblem.objects.get(dataset_import=row).clip is None


@pytest.mark.corpus
def test_fsdd_imports_completely(dataset: Dataset, corpora: Path) -> None:
    row = read(dataset, corpora / "fsdd" / "fsdd.zip")
    assert (row.layout, row.clips_kept, row.clips_rejected, row.duplicates) == ("fsdd", 3000, 0, 0)
    assert dataset.clips.filter(split="test").count() == 300
    assert set(dataset.clips.values_list("source_sample_rate_hz", flat=True)) == {8000}


def test_a_raw_stream_is_taken_as_an_upload(dataset: Dataset, tmp_path: Path) -> None:
    content = io.BytesIO(zip_of(tmp_path / "a.zip", class_folders()).read_bytes())
    upload = SimpleUploadedFile("x" * 300 + ".zip", content.getvalue())
    row = import_create(dataset=dataset, owner=dataset.owner, file=upload, source_name=upload.name or "")
    assert row.source_name.endswith(".zip")
    assert len(row.source_name) <= 255


def test_a_dataset_deleted_while_it_is_read_ends_the_reading(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    monkeypatch.setattr("training_jobs.services.import_batches.BATCH_ROWS", 1)
    assert import_run(import_id=row.pk, on_progress=lambda _: dataset_delete(dataset=dataset)) is None
    assert not Clip.objects.exists()
    assert import_run(import_id=row.pk) is None


def test_bandwidth_is_where_the_sound_ends() -> None:
    time_axis = np.arange(16_000) / 16_000
    tone = np.sin(2 * np.pi * 3000 * time_axis).astype(np.float32)
    noise = np.random.default_rng(1).standard_normal(16_000).astype(np.float32)
    assert bandwidth_hz(tone) == pytest.approx(3000, abs=100)
    assert bandwidth_hz(noise) > 7700
    telephone = soxr.resample(soxr.resample(noise, 16_000, 8_000), 8_000, 16_000)
    assert 3300 < bandwidth_hz(telephone) < 4100


def test_neither_the_pages_nor_the_tasks_load_librosa() -> None:
    program = (
        "import django; django.setup(); import sys, speechsite.urls, training_jobs.tasks; "
        "print([name for name in ('librosa', 'numba', 'tensorflow') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert ended.stdout.strip() == "[]"


def test_samples_that_another_import_stores_in_the_same_moment_are_duplicates(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = received(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    real = BatchReader._sort_out
    others: list[Clip] = []

    def overtaken(self: BatchReader, batch: Any) -> None:
        real(self, batch)
        if not others:
            same = spoken_wav(0)
            others.append(clip_create(dataset=dataset, audio=same, text="yes", origin=Clip.Origin.RECORDING))

    monkeypatch.setattr(BatchReader, "_sort_out", overtaken)
    done = import_run(import_id=row.pk)
    assert done is not None
    assert (done.status, done.clips_kept, done.duplicates, done.rows_done) == (Status.DONE, 3, 1, 4)
    assert all(clip.audio_path.is_file() for clip in dataset.clips.all())
