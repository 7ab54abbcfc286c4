"""The dry run of an upload: what its report says, and that nothing is kept before somebody says so."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from recognition.engine.audio import decode
from speechsite.lib.files import absolute
from tests.conftest import REPOSITORY
from tests.datasets.sounds import class_folders, common_voice, long_recording, silent_wav, spoken_wav, zip_of
from tests.datasets.test_cutting import subtitles
from training_jobs.models import Clip, DatasetImport
from training_jobs.services.clips import clip_create
from training_jobs.services.import_advice import ADVICE
from training_jobs.services.import_check import import_check
from training_jobs.services.import_decision import import_discard
from training_jobs.services.import_uploads import example_path
from training_jobs.services.imports import import_create, import_run, import_step, imports_reap
from training_jobs.services.storable import storable_json

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.models import Dataset

Status = DatasetImport.Status

READ_ALOUD = {
    "a0.wav": ("train", "ana", "The cat sat."),
    "a1.wav": ("train", "ana", "The dog ran."),
    "a2.wav": ("train", "bo", "A bird flew away."),
    "a3.wav": ("test", "cy", "Nobody was at home."),
    "a4.wav": ("test", "ana", "The cat sat!"),
}


def uploaded(dataset: Dataset, path: Path, **options: Any) -> DatasetImport:
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    return import_create(
        dataset=dataset, owner=dataset.owner, file=upload, source_name=path.name, is_check_wanted=True, **options
    )


def checked(dataset: Dataset, path: Path, **options: Any) -> DatasetImport:
    row = import_step(import_id=uploaded(dataset, path, **options).pk)
    assert row is not None
    return row


def found(row: DatasetImport) -> dict[str, tuple[int, str, int | None]]:
    return {one["code"]: (one["count"], one["file"], one["line"]) for one in row.report["findings"]}


def test_a_checked_upload_waits_and_nothing_of_it_is_kept(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert (row.status, row.layout, row.attempt, row.finished_at) == (Status.CHECKED, "class_folders", 1, None)
    assert (row.rows_done, row.rows_total, row.progress) == (4, 4, 1.0)
    assert not Clip.objects.exists()
    assert not list((settings.PRIVATE_DIR / "clips").rglob(f"{row.pk.hex}*"))
    assert absolute(row.source).is_file(), "the upload waits too"
    assert import_run(import_id=row.pk).status == Status.CHECKED, "it is not read without a yes"  # type: ignore[union-attr]


def test_the_report_of_words(dataset: Dataset, tmp_path: Path) -> None:
    report = checked(dataset, zip_of(tmp_path / "a.zip", class_folders(takes=3))).report
    assert (report["layout"], report["layout_title"], report["kind"]) == ("class_folders", "Class folders", "words")
    assert 0 < report["confidence"] <= 1
    assert (report["rows"], report["clips"], report["missing_files"], report["unreadable_files"]) == (6, 6, 0, 0)
    assert report["labels"] == [{"label": "no", "clips": 3}, {"label": "yes", "clips": 3}]
    assert report["hours"] == pytest.approx(report["duration_seconds"] / 3600, abs=1e-3)
    assert report["sample_rates"] == [{"hz": 16000, "clips": 6}]
    assert report["writing"] == {}
    assert [question["name"] for question in report["questions"]][-1] == "kind"


def test_the_report_of_sentences(dataset: Dataset, tmp_path: Path) -> None:
    report = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD))).report
    assert (report["layout"], report["kind"], report["kind_guess"]) == ("common_voice", "sentences", "sentences")
    assert [(one["split"], one["clips"]) for one in report["splits"]] == [("train", 3), ("test", 2)]
    assert report["speakers"]["count"] == 3
    assert {one["speaker"]: one["clips"] for one in report["speakers"]["most"]} == {"ana": 3, "bo": 1, "cy": 1}
    characters = {one["character"]: one for one in report["writing"]["characters"]}
    assert (characters["t"]["count"], characters["t"]["is_rare"]) == (8, False)
    assert characters["f"]["is_rare"]
    assert "." not in characters
    assert report["writing"]["in_words"] == "small letters, no punctuation, digits kept"
    assert report["labels"] == []


def test_leaks_between_the_splits_are_named(dataset: Dataset, tmp_path: Path) -> None:
    files = common_voice({**READ_ALOUD, "a5.wav": ("test", "dee", "Something else.")})
    files["en/clips/a5.wav"] = files["en/clips/a0.wav"]
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    leaks = row.report["leaks"]
    assert (leaks["speakers"], leaks["speaker_count"], leaks["sounds"]) == (["ana"], 1, 1)
    assert (leaks["texts"], leaks["texts_share"]) == (1, 0.5)
    assert found(row)["speaker_in_two_splits"] == (1, "en/test.tsv", 3)
    assert found(row)["audio_in_two_splits"] == (1, "en/test.tsv", 4)
    assert found(row)["text_in_two_splits"] == (1, "en/test.tsv", 3)
    assert row.problems.filter(code="speaker_in_two_splits", line=3).count() == 1


def test_a_speaker_of_the_datasets_other_split_is_a_leak_too(dataset: Dataset, tmp_path: Path) -> None:
    clip_create(
        dataset=dataset, audio=spoken_wav(40), text="yes", speaker="cy", split="train", origin=Clip.Origin.UPLOAD
    )
    report = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD))).report
    assert sorted(report["leaks"]["speakers"]) == ["ana", "cy"]


def test_every_malformed_row_of_a_table_is_named_with_its_line_and_the_rest_goes_on(
    dataset: Dataset, tmp_path: Path
) -> None:
    files = common_voice(
        {
            **READ_ALOUD,
            "bad.wav": ("train", "ana", "No sound at all."),
            "gone.wav": ("train", "ana", "Nowhere to be found."),
            "silent.wav": ("train", "ana", "Nothing is said."),
            "a8.wav": ("train", "ana", "..."),
            "a9.wav": ("train", "ana", ""),
            "a10.wav": ("train", "ana", "x" * 2001),
            "a11.wav": ("train", "ana", "The same sound."),
        }
    )
    files["en/clips/a11.wav"] = files["en/clips/a0.wav"]
    files["en/train.tsv"] += b"only one cell\n\xff\xfe\tx.wav\tnot UTF-8\t2\n"
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    named = {one.line: one.code for one in row.problems.filter(file="en/train.tsv", is_kept=False)}
    assert {line: named[line] for line in range(5, 14) if line in named} == {
        5: "audio_undecodable",
        6: "file_missing",
        7: "audio_silent",
        8: "text_only_symbols",
        9: "text_empty",
        10: "text_too_long",
        11: "duplicate_other_label",
        12: "row_too_short",
        13: "text_not_utf8",
    }
    report = row.report
    assert (report["clips"], report["missing_files"], report["unreadable_files"]) == (5, 1, 1)
    assert report["duplicates"] == {"in_upload": 1, "in_dataset": 0}
    assert all(finding["to_do"] and finding["message"] for finding in report["findings"])


def test_sounds_that_the_dataset_has_already_are_told_from_those_twice_in_the_upload(
    dataset: Dataset, tmp_path: Path
) -> None:
    clip_create(dataset=dataset, audio=spoken_wav(0), text="yes", origin=Clip.Origin.RECORDING)
    files = {"yes/a.wav": spoken_wav(0), "yes/b.wav": spoken_wav(1), "yes/c.wav": spoken_wav(1)}
    report = checked(dataset, zip_of(tmp_path / "a.zip", files)).report
    assert report["duplicates"] == {"in_upload": 1, "in_dataset": 1}
    assert report["clips"] == 1
    assert "kind" not in [question["name"] for question in report["questions"]], "its kind is settled"


def test_lengths_that_training_cannot_use_are_named(dataset: Dataset, tmp_path: Path) -> None:
    long_one, _ = long_recording(tuple(range(8)), pause_seconds=5.5)
    sentences = {**READ_ALOUD, "a5.wav": ("train", "ana", "A" + " very" * 60), "a6.flac": ("train", "ana", "Long.")}
    files = common_voice(sentences)
    files["en/clips/a6.flac"] = long_one
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    assert (row.report["lengths"]["long_for_training"], row.report["lengths"]["short_for_text"]) == (1, 1)
    assert found(row)["long_for_training"] == (1, "en/train.tsv", 6)
    assert found(row)["short_for_text"] == (1, "en/train.tsv", 5)
    assert row.report["clips"] == 7, "they are kept; the user may cut them"


def test_time_aligned_text_is_checked_piece_by_piece(dataset: Dataset, tmp_path: Path) -> None:
    content, times = long_recording((0, 1, 2))
    cues = [(*time, f"sentence number {place}") for place, time in enumerate(times)]
    files = {"talk.flac": content, "talk.srt": subtitles(*cues, (40.0, 41.0, "behind the end"))}
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    assert (row.report["layout"], row.report["clips"]) == ("srt", 3)
    assert found(row)["time_past_end"] == (1, "talk.srt", 14)
    assert row.report["first_rows"][0]["start"] == pytest.approx(times[0][0], abs=0.001)


def test_clips_to_listen_to_wait_beside_the_upload(dataset: Dataset, tmp_path: Path) -> None:
    files = {**class_folders(), "words/no/silent.wav": silent_wav()}
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    examples = {example["member"]: example for example in row.report["examples"]}
    one = examples["words/no/take0.wav"]
    assert len(decode(example_path(row, one["number"])).samples) / 16_000 == pytest.approx(one["seconds"], abs=0.001)
    assert len(one["peaks"]) == 72
    (silent,) = (finding for finding in row.report["findings"] if finding["code"] == "audio_silent")
    assert examples["words/no/silent.wav"]["number"] == silent["example"]


def test_digits_in_few_texts_lead_to_leaving_those_out(dataset: Dataset, tmp_path: Path) -> None:
    sentences = {
        f"a{number}.wav": ("train", "ana", f"Text {'abcdefghijklmnopqrstuvwxyz'[number]}") for number in range(24)
    }
    sentences["a24.wav"] = ("train", "ana", "Room 12")
    report = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(sentences))).report
    assert report["writing"]["rules"]["digits"] == "refuse"
    assert report["writing"]["texts_left_out"] == 1
    assert "1" not in [one["character"] for one in report["writing"]["characters"]]


def test_right_to_left_text_is_known_as_such(dataset: Dataset, tmp_path: Path) -> None:
    sentences = {"a0.wav": ("train", "ana", "مرحبا بالعالم"), "a1.wav": ("train", "ana", "شكرا جزيلا")}
    assert checked(dataset, zip_of(tmp_path / "a.zip", common_voice(sentences))).report["is_right_to_left"]


def test_an_upload_of_which_nothing_can_be_used_is_checked_and_says_so(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", {"yes/a.wav": b"x", "no/b.wav": b"y"}))
    assert (row.status, row.report["clips"], row.report["unreadable_files"]) == (Status.CHECKED, 0, 2)


@pytest.mark.parametrize(
    ("files", "code"), [({"../yes/a.wav": b"x"}, "archive_unsafe_path"), ({"readme.txt": b"x"}, "nothing_usable")]
)
def test_an_upload_that_cannot_be_looked_at_fails_as_before(
    files: dict[str, bytes], code: str, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    assert (row.status, row.failure_code) == (Status.FAILED, code)
    assert not absolute(row.source).exists()


def test_progress_is_told_file_by_file(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training_jobs.services.import_check.BATCH_ROWS", 1)
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    seen: list[tuple[int, int, str]] = []
    import_check(import_id=row.pk, on_progress=lambda now: seen.append((now.rows_done, now.rows_total, now.status)))
    assert seen == [(1, 4, "checking"), (2, 4, "checking"), (3, 4, "checking"), (4, 4, "checking"), (4, 4, "checked")]


def _killed_after(rows: int) -> Any:
    def watch(row: DatasetImport) -> None:
        if row.rows_done >= rows and row.status == Status.CHECKING:
            raise KeyboardInterrupt

    return watch


def test_a_dry_run_killed_in_the_middle_is_taken_back_and_done_anew(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_jobs.services.import_check.BATCH_ROWS", 1)
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", {"words/yes/0.wav": b"no sound", **class_folders()}))
    with pytest.raises(KeyboardInterrupt):
        import_check(import_id=row.pk, on_progress=_killed_after(3))
    row.refresh_from_db()
    assert (row.status, row.rows_done) == (Status.CHECKING, 3)
    assert imports_reap() == [], "its heart has beaten a moment ago"

    DatasetImport.objects.filter(pk=row.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert imports_reap() == [row.pk]
    row.refresh_from_db()
    assert row.status == Status.RECEIVED
    done = import_step(import_id=row.pk)
    assert done is not None
    assert (done.status, done.attempt, done.report["rows"], done.problems.count()) == (Status.CHECKED, 2, 5, 1)
    assert not Clip.objects.exists()


def test_a_dry_run_that_loses_three_workers_is_given_up(dataset: Dataset, tmp_path: Path) -> None:
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    long_ago = timezone.now() - timedelta(minutes=5)
    DatasetImport.objects.filter(pk=row.pk).update(status=Status.CHECKING, attempt=3, heartbeat_at=long_ago)
    assert imports_reap() == []
    row.refresh_from_db()
    assert (row.status, row.failure_code) == (Status.FAILED, "worker_lost")
    assert "Nothing was kept" in row.failure_message
    assert not absolute(row.source).exists()


def test_a_lost_attempt_cannot_write_over_its_successor(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_jobs.services.import_check.BATCH_ROWS", 1)
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))

    def taken_over(_: DatasetImport) -> None:
        DatasetImport.objects.filter(pk=row.pk).update(attempt=7)

    left = import_check(import_id=row.pk, on_progress=taken_over)
    assert left is not None
    assert (left.status, left.attempt, left.report) == (Status.CHECKING, 7, {})


def test_thrown_away_while_it_is_looked_at_the_looking_ends(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_jobs.services.import_check.BATCH_ROWS", 1)
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))

    def thrown_away(now: DatasetImport) -> None:
        if now.rows_done == 2:
            import_discard(row=DatasetImport.objects.get(pk=row.pk))

    left = import_check(import_id=row.pk, on_progress=thrown_away)
    assert left is not None
    assert (left.status, left.report) == (Status.DISCARDED, {})
    assert not absolute(row.source).exists()
    assert not example_path(row, 0).parent.exists()


def test_a_message_that_comes_twice_does_nothing(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    again = import_step(import_id=row.pk)
    assert again is not None
    assert (again.status, again.attempt) == (Status.CHECKED, 1)


def test_every_documented_code_of_a_file_or_line_says_what_to_do() -> None:
    text = (REPOSITORY / "docs" / "datasets.md").read_text(encoding="utf-8")
    table = text.split("One file or line; the others go on.")[1].split("An export, and one clip")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = {code for cell in first_cells for code in re.findall(r"`([a-z0-9_]+)`", cell)}
    assert documented - {"by_hand", "clip_duplicate"} == set(ADVICE)


def test_null_characters_and_half_characters_are_stored_as_something_a_database_takes(
    dataset: Dataset, tmp_path: Path
) -> None:
    lines = [
        r'{"file": "a.wav", "text": "one\u0000 two", "speaker": "an\u0000a \ud800"}',
        r'{"file": "gone\u0000\ud800.wav", "text": "three", "speaker": "bo"}',
    ]
    path = zip_of(tmp_path / "a.zip", {"a.wav": spoken_wav(0), "list.jsonl": "\n".join(lines).encode()})
    row = checked(dataset, path)
    assert (row.status, row.report["clips"]) == (Status.CHECKED, 1)
    written = json.dumps(row.report, ensure_ascii=False) + "".join(one.message for one in row.problems.all())
    assert "\0" not in written
    assert written.encode()
    done = import_run(import_id=import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a").pk)
    assert done is not None
    assert (done.status, dataset.clips.get().text, dataset.clips.get().speaker) == (Status.DONE, "one two", "ana ?")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\0b", "ab"),
        ("\ud800", "?"),
        (float("nan"), None),
        (float("inf"), None),
        (1.5, 1.5),
        ([{"a\0": (1,)}], [{"a": [1]}]),
    ],
)
def test_what_no_database_takes_is_made_storable(value: Any, stored: Any) -> None:
    assert storable_json(value) == stored
