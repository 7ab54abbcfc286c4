"""Clips cut out of longer recordings: right to the sample, each recording decoded once, bad times named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.db import IntegrityError

from recognition.engine.audio import decode, samples_sha256, wav_bytes
from recognition.engine.errors import EngineError
from tests.datasets.readers.sources import source_of
from tests.datasets.sounds import long_recording, speech, spoken_wav, zip_of
from training_jobs.archives.errors import MemberError
from training_jobs.readers import Row
from training_jobs.services import cutting
from training_jobs.services.cutting import Sounds, in_reading_order
from training_jobs.services.import_batches import Batch, BatchReader
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.models import Dataset, DatasetImport


def row(start: float | None, end: float | None, member: str = "talk.flac") -> Row:
    return Row(member, "said", start_seconds=start, end_seconds=end)


def stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return f"00:00:{milliseconds // 1000:02},{milliseconds % 1000:03}"


def subtitles(*cues: tuple[float, float, str]) -> bytes:
    blocks = [
        f"{number}\n{stamp(start)} --> {stamp(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, start=1)
    ]
    return "\n".join(blocks).encode()


def read(dataset: Dataset, path: Path) -> DatasetImport:
    done = import_run(
        import_id=import_create(dataset=dataset, owner=dataset.owner, file=path, source_name=path.name).pk
    )
    assert done is not None
    return done


@pytest.fixture
def sentences(dataset: Dataset) -> Dataset:
    dataset.kind = "sentences"
    dataset.save()
    return dataset


def test_a_piece_is_what_was_said_between_the_times(tmp_path: Path) -> None:
    content, times = long_recording((0, 1, 2))
    with Sounds(source_of({"talk.flac": content}), scratch=tmp_path, tick=lambda: None) as sounds:
        pieces = [sounds.of(row(*time)) for time in times]
    assert [piece.sha256 for piece in pieces] == [samples_sha256(speech(number)) for number in range(3)]
    assert not list(tmp_path.iterdir()), "the decoded recording goes when it has been cut"


def test_a_recording_is_decoded_once_for_all_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, times = long_recording((0, 1, 2))
    decoded: list[Any] = []
    real = cutting.decode_blocks
    monkeypatch.setattr(
        cutting, "decode_blocks", lambda *given, **named: (decoded.append(named), real(*given, **named))[1]
    )
    files = {"a.flac": content, "b.flac": content}
    rows = [row(*time, member) for time in times for member in ("a.flac", "b.flac")]
    with Sounds(source_of(files), scratch=tmp_path, tick=lambda: None) as sounds:
        for one in in_reading_order(rows):
            assert isinstance(one, Row)
            sounds.of(one)
    assert [named["name"] for named in decoded] == ["a.flac", "b.flac"]


def test_rows_of_one_recording_come_together_and_all_else_keeps_its_place() -> None:
    whole = Row("word.wav", "x")
    rows = [row(0, 1, "a"), whole, row(0, 1, "b"), row(1, 2, "a"), row(1, 2, "b")]
    assert in_reading_order(rows) == [rows[0], rows[3], whole, rows[2], rows[4]]


def test_a_large_recording_is_not_held_in_memory_but_copied_beside_the_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "IN_MEMORY_BYTES", 10)
    content, times = long_recording((3,))
    with Sounds(source_of({"talk.flac": content}), scratch=tmp_path, tick=lambda: None) as sounds:
        assert sounds.of(row(*times[0])).sha256 == samples_sha256(speech(3))
        assert not list(tmp_path.iterdir()), "the copy has no name any more once it is decoded"


def test_a_recording_may_be_longer_than_a_clip_may(tmp_path: Path, settings: Any) -> None:
    settings.MAX_CLIP_SECONDS = 1
    content, times = long_recording((0, 1, 2), pause_seconds=2)
    with Sounds(source_of({"talk.flac": content}), scratch=tmp_path, tick=lambda: None) as sounds:
        assert sounds.of(row(*times[1])).sha256 == samples_sha256(speech(1))
        with pytest.raises(MemberError) as caught:
            sounds.of(row(0, 3))
    assert caught.value.code == "audio_too_long"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (0.6, 0.6, "times_reversed"),
        (0.9, 0.6, "times_reversed"),
        (-1.0, 0.6, "times_negative"),
        (float("nan"), 0.6, "times_reversed"),
        (500.0, 501.0, "time_past_end"),
        (500.0, None, "time_past_end"),
        (0.6, 0.65, "audio_too_short"),
    ],
)
def test_times_that_cannot_be_cut_are_named(start: float, end: float | None, code: str, tmp_path: Path) -> None:
    content, _ = long_recording((0,))
    with (
        Sounds(source_of({"talk.flac": content}), scratch=tmp_path, tick=lambda: None) as sounds,
        pytest.raises(MemberError) as caught,
    ):
        sounds.of(row(start, end))
    assert caught.value.code == code


def test_a_piece_over_the_end_is_cut_there_and_marked(tmp_path: Path) -> None:
    content, times = long_recording((0,), pause_seconds=0.2)
    total = times[0][1] + 0.2
    with Sounds(source_of({"talk.flac": content}), scratch=tmp_path, tick=lambda: None) as sounds:
        over, rounded = sounds.of(row(times[0][0], total + 3)), sounds.of(row(times[0][0], total + 0.01))
    assert over.duration_seconds == pytest.approx(total - times[0][0], abs=0.001)
    assert (over.warnings, rounded.warnings) == (("time_past_end",), ())


def test_a_recording_that_is_no_sound_fails_for_each_of_its_rows_and_is_opened_once(tmp_path: Path) -> None:
    reads: list[str] = []
    source = source_of({"talk.flac": b"no sound at all"})
    monitored = source.read
    source.read = lambda name, **limits: (reads.append(name), monitored(name, **limits))[1]  # type: ignore[method-assign]
    with Sounds(source, scratch=tmp_path, tick=lambda: None) as sounds:
        for start in (0, 1, 2):
            with pytest.raises(EngineError):
                sounds.of(row(start, start + 1))
    assert reads == ["talk.flac"]


def test_headerless_sound_is_read_by_what_the_layout_says_of_it(tmp_path: Path) -> None:
    content = (speech(0) * 32767).astype(">i2").tobytes()
    whole = Row("an4.raw", "said", encoding="pcm16_16000")
    piece = Row("an4.raw", "said", encoding="pcm16_16000", start_seconds=0.0, end_seconds=0.2)
    with Sounds(source_of({"an4.raw": content}), scratch=tmp_path, tick=lambda: None) as sounds:
        assert sounds.of(whole).duration_seconds == pytest.approx(len(speech(0)) / 16_000)
        assert sounds.of(piece).duration_seconds == pytest.approx(0.2)
    assert sounds.of(whole).warnings == ()


def test_subtitles_become_clips_that_know_where_they_were_cut(sentences: Dataset, tmp_path: Path) -> None:
    content, times = long_recording((0, 1, 2))
    cues = [(*time, f"sentence number {place}") for place, time in enumerate(times)]
    done = read(sentences, zip_of(tmp_path / "a.zip", {"talk.flac": content, "talk.srt": subtitles(*cues)}))
    assert (done.status, done.layout, done.clips_kept) == ("done", "srt", 3)
    clips = list(sentences.clips.order_by("source_start_seconds"))
    assert [clip.text for clip in clips] == [cue[2] for cue in cues]
    assert {clip.source_name for clip in clips} == {"talk.flac"}
    for clip, (start, end) in zip(clips, times, strict=True):
        assert clip.source_start_seconds == pytest.approx(start, abs=0.001)
        assert clip.source_end_seconds == pytest.approx(end, abs=0.001)
        heard = decode(clip.audio_path).samples
        assert len(heard) / 16_000 == pytest.approx(end - start, abs=0.002)
        assert float(np.abs(heard).max()) > 0.01


def test_every_bad_time_of_subtitles_is_named_with_its_line_and_the_rest_is_kept(
    sentences: Dataset, tmp_path: Path
) -> None:
    content, times = long_recording((0, 1), pause_seconds=0.3)
    total = times[1][1] + 0.3
    cues = [
        (*times[0], "this one is fine"),
        (2.0, 1.0, "this one is reversed"),
        (times[1][0], total + 2, "this one reaches over the end"),
        (40.0, 41.0, "this one lies behind the end"),
        (0.31, 0.36, "this one is too short"),
        (0.0, 0.25, "this one is silent"),
        (*times[0], "..."),
    ]
    done = read(sentences, zip_of(tmp_path / "a.zip", {"talk.flac": content, "talk.srt": subtitles(*cues)}))
    named = {(problem.file, problem.line, problem.code, problem.is_kept) for problem in done.problems.all()}
    assert done.clips_kept == 2
    assert {
        ("talk.srt", 6, "times_reversed", False),
        ("talk.srt", 10, "time_past_end", True),
        ("talk.srt", 14, "time_past_end", False),
        ("talk.srt", 18, "audio_too_short", False),
        ("talk.srt", 22, "audio_silent", False),
        ("talk.srt", 26, "text_only_symbols", False),
    } <= named
    assert "“talk.flac”: " in done.problems.get(code="audio_silent").message


def test_a_reading_killed_in_the_middle_of_a_recording_goes_on_behind_what_was_stored(
    sentences: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, times = long_recording((0, 1, 2, 3))
    cues = [(*time, f"sentence number {place}") for place, time in enumerate(times)]
    path = zip_of(tmp_path / "a.zip", {"talk.flac": content, "talk.srt": subtitles(*cues)})
    waiting = import_create(dataset=sentences, owner=sentences.owner, file=path, source_name="a.zip")
    monkeypatch.setattr("training_jobs.services.import_batches.BATCH_ROWS", 1)

    def killed(seen: DatasetImport) -> None:
        if seen.rows_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_run(import_id=waiting.pk, on_progress=killed)
    type(waiting).objects.filter(pk=waiting.pk).update(status="received")
    done = import_run(import_id=waiting.pk)
    assert done is not None
    assert (done.status, done.clips_kept, done.attempt) == ("done", 4, 2)
    assert sorted(clip.text for clip in sentences.clips.all()) == sorted(cue[2] for cue in cues)


def test_a_transcript_of_2000_characters_is_kept_and_a_longer_one_is_named(sentences: Dataset, tmp_path: Path) -> None:
    fits, over = "ab " * 666 + "ab", "ab " * 700
    table = f"file,text\n0.wav,{fits}\n1.wav,{over}\n2.wav,a b\n"
    files = {f"{number}.wav": spoken_wav(number) for number in range(3)}
    done = read(sentences, zip_of(tmp_path / "a.zip", {**files, "all.csv": table.encode()}))
    assert sentences.clips.filter(text=fits).exists()
    assert [(one.file, one.line, one.code) for one in done.problems.all()] == [("all.csv", 3, "text_too_long")]
    assert "2,000" in done.problems.get().message


def test_a_label_stays_a_label(dataset: Dataset, tmp_path: Path) -> None:
    table = f"file,label\n0.wav,{'ab ' * 80}\n1.wav,ab\n"
    files = {"0.wav": spoken_wav(0), "1.wav": spoken_wav(1), "all.csv": table.encode()}
    done = read(dataset, zip_of(tmp_path / "a.zip", files))
    assert [(one.line, one.code) for one in done.problems.all()] == [(2, "text_too_long")]


def test_a_wav_that_breaks_off_keeps_the_pieces_before_the_break(sentences: Dataset, tmp_path: Path) -> None:
    _, times = long_recording((0, 1))
    samples = np.concatenate([np.zeros(8000, np.float32), speech(0), np.zeros(8000, np.float32), speech(1)])
    whole = wav_bytes(samples)
    cues = [(*times[0], "before the break"), (*times[1], "behind the break")]
    broken = whole[: 44 + 2 * (8000 + len(speech(0)) + 2000)]
    done = read(sentences, zip_of(tmp_path / "a.zip", {"talk.wav": broken, "talk.srt": subtitles(*cues)}))
    assert [clip.text for clip in sentences.clips.all()] == ["before the break"]
    codes = {(one.file, one.code, one.is_kept) for one in done.problems.all()}
    assert codes == {("talk.wav", "audio_truncated", True), ("talk.srt", "time_past_end", False)}


def test_what_is_odd_about_a_recording_is_said_though_another_import_came_between(
    sentences: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, times = long_recording((0, 1))
    samples = np.concatenate([np.zeros(8000, np.float32), speech(0), np.zeros(8000, np.float32), speech(1)])
    broken = wav_bytes(samples)[: 44 + 2 * (8000 + len(speech(0)) + 2000)]
    real, tries = BatchReader._store, []

    def overtaken(self: BatchReader, batch: Batch, *, total: int) -> None:
        tries.append(batch)
        if len(tries) == 1:
            raise IntegrityError
        real(self, batch, total=total)

    monkeypatch.setattr(BatchReader, "_store", overtaken)
    cue = (*times[0], "before the break")
    done = read(sentences, zip_of(tmp_path / "a.zip", {"talk.wav": broken, "talk.srt": subtitles(cue)}))
    assert len(tries) == 2
    assert [(one.file, one.code) for one in done.problems.all()] == [("talk.wav", "audio_truncated")]
    assert sentences.clips.count() == 1
