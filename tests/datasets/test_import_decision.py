"""What becomes of a checked upload: answers, a yes, a no, and the broom."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from recognition.engine.writing import graphemes, rules_of, written_or_empty
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from speechsite.lib.transitions import TransitionRefused
from tests.datasets.sounds import class_folders, common_voice, spoken_wav, zip_of
from tests.datasets.test_import_check import READ_ALOUD, checked
from training_jobs.dispatch.imports import submit_accept, submit_answers
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.clips import clip_create
from training_jobs.services.datasets import dataset_delete
from training_jobs.services.import_decision import (
    checked_imports_purge,
    import_accept,
    import_answer,
    import_discard,
    import_discard_whole,
    options_from_answers,
    report_now,
)
from training_jobs.services.import_uploads import example_path
from training_jobs.services.imports import import_step, imports_reap

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoCaptureOnCommitCallbacks

Status = DatasetImport.Status


def answered(row: DatasetImport, **answers: str) -> bool:
    return import_answer(row=row, options=options_from_answers(row, answers))


def kept(row: DatasetImport) -> DatasetImport:
    import_accept(row=row)
    done = import_step(import_id=row.pk)
    assert done is not None
    return done


def test_a_yes_reads_the_upload_and_its_problems_are_those_of_the_reading(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", {**class_folders(), "words/no/bad.wav": b"no sound"}))
    before = set(row.problems.values_list("pk", flat=True))
    done = kept(row)
    assert (done.status, done.clips_kept, done.clips_rejected, done.is_check_wanted) == (Status.DONE, 4, 1, False)
    assert [problem.code for problem in done.problems.all()] == ["audio_undecodable"]
    assert before.isdisjoint(done.problems.values_list("pk", flat=True))
    assert done.report["clips"] == 4, "what was said beforehand can still be read"
    assert not absolute(done.source).exists()
    assert not example_path(done, 0).parent.exists()


def test_a_yes_makes_an_empty_dataset_one_of_sentences(dataset: Dataset, tmp_path: Path) -> None:
    done = kept(checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD))))
    dataset.refresh_from_db()
    assert (done.status, done.clips_kept, dataset.kind, dataset.text_rules) == (Status.DONE, 5, "sentences", {})
    assert dataset.clips.filter(text="The cat sat.", speaker="ana", split="train").exists()


def test_another_kind_has_the_upload_looked_at_again(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    assert answered(row, kind="words")
    assert (row.status, row.progress) == (Status.RECEIVED, 0.0)
    again = import_step(import_id=row.pk)
    assert again is not None
    assert (again.status, again.report["kind"], again.report["kind_guess"]) == (Status.CHECKED, "words", "sentences")
    kept(again)
    dataset.refresh_from_db()
    assert dataset.kind == "words"


def test_the_kind_of_a_dataset_with_clips_is_not_asked_and_not_changed(dataset: Dataset, tmp_path: Path) -> None:
    clip_create(dataset=dataset, audio=spoken_wav(40), text="yes", origin=Clip.Origin.RECORDING)
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    assert row.report["kind"] == "words"
    kept(row)
    dataset.refresh_from_db()
    assert dataset.kind == "words"


def test_writing_rules_are_chosen_without_looking_again_and_kept_with_a_yes(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    assert not answered(row, rule_case="keep", rule_punctuation="keep")
    assert row.status == Status.CHECKED
    report = report_now(row)
    characters = {one["character"]: one["count"] for one in report["writing"]["characters"]}
    assert (characters["T"], characters["."], characters["!"]) == (3, 4, 1)
    assert report["writing"]["in_words"] == "capitals kept, punctuation kept, digits kept"
    assert {one["name"]: one["answer"] for one in report["questions"]}["rule_case"] == "keep"
    as_written = {one["name"]: one["answer"] for one in row.report["questions"]}
    assert as_written["rule_case"] == "fold", "the report itself stays as it was written"
    kept(row)
    dataset.refresh_from_db()
    assert (dataset.text_rules["case"], dataset.text_rules["punctuation"]) == ("keep", "keep")


def test_characters_under_other_rules_are_those_the_engine_would_leave(dataset: Dataset, tmp_path: Path) -> None:
    texts = ["Don't stop, ‘Ann’!", "İstanbul’da 12 kedi", "नमस्ते दुनिया", "مَرْحَبًا"]
    sentences = {f"a{place}.wav": ("train", "ana", text) for place, text in enumerate(texts)}
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(sentences)))
    for case in ("fold", "keep"):
        for punctuation in ("drop", "keep"):
            for marks in ("keep", "drop"):
                chosen = {"case": case, "punctuation": punctuation, "digits": "keep", "vowel_marks": marks}
                row.options = {"rules": chosen}
                shown = {one["character"]: one["count"] for one in report_now(row)["writing"]["characters"]}
                real = Counter(char for text in texts for char in graphemes(written_or_empty(text, rules_of(chosen))))
                assert shown == dict(real), chosen


def test_another_layout_has_the_upload_looked_at_again_by_that_one(dataset: Dataset, tmp_path: Path) -> None:
    files = {**class_folders(), "words/list.csv": b"file,label\nyes/take0.wav,on\nno/take0.wav,off\n"}
    row = checked(dataset, zip_of(tmp_path / "a.zip", files))
    assert row.report["layout"] == "table"
    assert import_answer(row=row, options=row.options, layout="class_folders")
    again = import_step(import_id=row.pk)
    assert again is not None
    assert (again.report["layout"], again.report["clips"], again.attempt) == ("class_folders", 4, 2)
    assert {label["label"] for label in again.report["labels"]} == {"yes", "no"}


def test_the_same_layout_chosen_by_hand_changes_nothing(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert not import_answer(row=row, options=row.options, layout="class_folders")
    assert row.status == Status.CHECKED


def test_other_columns_have_the_table_read_again(dataset: Dataset, tmp_path: Path) -> None:
    table = b"file,label,spoken\nyes/a.wav,one,yes\nyes/b.wav,two,no\nno/a.wav,one,no\n"
    files = {name: spoken_wav(place) for place, name in enumerate(("yes/a.wav", "yes/b.wav", "no/a.wav"))}
    row = checked(dataset, zip_of(tmp_path / "a.zip", {**files, "list.csv": table}))
    assert row.report["layout"] == "table"
    assert import_answer(row=row, options={"columns": {"audio": "file", "text": "spoken"}})
    again = import_step(import_id=row.pk)
    assert again is not None
    assert again.options["columns"] == {"audio": "file", "text": "spoken"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"colour": "red"}, "option_unknown"),
        ({"columns": {"smell": "file"}}, "option_unknown"),
        ({"columns": "file"}, "option_unknown"),
        ({"kind": "songs"}, "unknown_kind"),
        ({"rules": {"case": "shout"}}, "rule_unknown"),
        ({"rules": {"smell": "keep"}}, "option_unknown"),
    ],
)
def test_options_there_are_none_of_are_refused(
    options: dict[str, Any], code: str, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    with pytest.raises(ServiceError) as caught:
        import_answer(row=row, options=options)
    assert caught.value.code == code
    row.refresh_from_db()
    assert row.status == Status.CHECKED


def test_an_answer_that_was_not_offered_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    with pytest.raises(ServiceError) as caught:
        answered(row, kind="songs")
    assert caught.value.code == "answer_unknown"


def test_nothing_usable_cannot_be_kept(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", {"yes/a.wav": b"x", "no/b.wav": b"y"}))
    with pytest.raises(ServiceError) as caught:
        import_accept(row=row)
    assert (caught.value.code, caught.value.status) == ("nothing_usable", 409)


def test_a_yes_comes_once(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    import_accept(row=row)
    with pytest.raises(TransitionRefused):
        import_accept(row=row)
    with pytest.raises(ServiceError):
        import_discard(row=row)


def test_a_no_leaves_nothing_behind(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    import_discard(row=row)
    assert (row.status, row.finished_at is not None) == (Status.DISCARDED, True)
    assert not absolute(row.source).exists()
    assert not example_path(row, 0).parent.exists()
    assert not Clip.objects.exists()
    assert Dataset.objects.filter(pk=dataset.pk).exists()


def test_a_dataset_made_for_an_upload_goes_with_it_while_it_is_empty(dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    first = checked(dataset, path, is_dataset_made_for_it=True)
    second = checked(dataset, path)
    assert import_discard_whole(row=first) == dataset, "another upload waits for it"
    assert import_discard_whole(row=second) == dataset, "that one was made into a dataset that was there"
    third = checked(dataset, path, is_dataset_made_for_it=True)
    DatasetImport.objects.exclude(pk=third.pk).delete()
    assert import_discard_whole(row=third) is None
    assert not Dataset.objects.exists()


def test_a_deleted_dataset_takes_the_waiting_upload_with_it(
    dataset: Dataset, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    with django_capture_on_commit_callbacks(execute=True):
        dataset_delete(dataset=dataset)
    assert not absolute(row.source).exists()
    assert not example_path(row, 0).parent.exists()


def test_what_nobody_decides_about_is_thrown_away_after_days(dataset: Dataset, tmp_path: Path, settings: Any) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    assert imports_reap() == [], "a checked upload waits for a person, not for a worker"
    assert checked_imports_purge() == 0
    settings.CHECKED_IMPORTS_KEPT_DAYS = 3
    DatasetImport.objects.filter(pk=row.pk).update(heartbeat_at=timezone.now() - timedelta(days=4))
    assert checked_imports_purge() == 1
    row.refresh_from_db()
    assert row.status == Status.DISCARDED
    assert not absolute(row.source).exists()


def test_attempts_are_counted_anew_after_each_dry_run(dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    for kind in ("sentences", "words", "sentences"):
        assert answered(row, kind=kind)
        again = import_step(import_id=row.pk)
        assert again is not None
        row = again
    import_accept(row=row)
    long_ago = timezone.now() - timedelta(minutes=5)
    DatasetImport.objects.filter(pk=row.pk).update(status=Status.READING, attempt=5, heartbeat_at=long_ago)
    assert imports_reap() == [row.pk], "four dry runs that ended well are no lost workers"


def test_a_yes_and_other_answers_are_put_on_the_queue_once_they_are_stored(
    dataset: Dataset, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    with django_capture_on_commit_callbacks() as calls:
        assert not submit_answers(row=row, options={}, layout="class_folders")
    assert calls == []
    with django_capture_on_commit_callbacks() as calls:
        submit_accept(row=row)
    assert len(calls) == 1
