from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from recognition.models import Correction, ModelAlias, ModelVersion, Recognizer, Transcription
from training_jobs.models import Clip, Dataset, DatasetImport, TrainingJob
from training_jobs.services.overview import AnswerFacts, DatasetFacts, LoopFacts, loop_overview, next_step

if TYPE_CHECKING:
    from django.contrib.auth.models import User

numbers = count()


def dataset_of(user: User, *, takes: dict[str, int], name: str = "Digits", **fields: Any) -> Dataset:
    dataset = Dataset.objects.create(owner=user, name=name, language="en")
    for text, amount in takes.items():
        add_clips(dataset, text=text, amount=amount, **fields)
    return dataset


def add_clips(dataset: Dataset, *, text: str, amount: int, **fields: Any) -> None:
    defaults = {
        "origin": Clip.Origin.UPLOAD, "source_sample_rate_hz": 8000, "audio": "x.flac", "duration_seconds": 0.5,
        "rms_dbfs": -24.0, "peak_dbfs": -9.0, "speaker": "amina",
    }  # fmt: skip
    for _ in range(amount):
        Clip.objects.create(dataset=dataset, text=text, sha256=f"{next(numbers):064d}", **{**defaults, **fields})


def job_of(user: User, dataset: Dataset, status: str, *, name: str = "digits", **fields: Any) -> TrainingJob:
    finished = timezone.now() if status in TrainingJob.FINAL else None
    if status == "failed":
        fields.setdefault("failure_code", "too_few_clips")
    return TrainingJob.objects.create(
        owner=user, dataset=dataset, dataset_name=dataset.name, recognizer_name=name, recipe="conv",
        split_method="random", status=status, finished_at=finished, **fields,
    )  # fmt: skip


def version_of(user: User, *, number: int = 1, name: str = "digits", accuracy: float = 0.9) -> ModelVersion:
    recognizer, _ = Recognizer.objects.get_or_create(owner=user, name=name, kind="words")
    metrics = {"accuracy": accuracy, "interval": [accuracy - 0.03, accuracy + 0.02], "baseline": 0.1, "clips": 300}
    version = ModelVersion.objects.create(
        recognizer=recognizer, number=number, bundle="b", bundle_sha256="0" * 64, size_bytes=1, metrics=metrics
    )
    ModelAlias.objects.update_or_create(recognizer=recognizer, name="production", defaults={"version": version})
    return version


def answer_of(version: ModelVersion, confidence: float | None, answer: str = "words") -> Transcription:
    text = "nine" if answer == "words" else ""
    return Transcription.objects.create(
        owner=version.recognizer.owner, model_version=version, status="done", finished_at=timezone.now(),
        origin="microphone", answer=answer, text=text, heard_text=text, confidence=confidence,
    )  # fmt: skip


def made_earlier(row: Any, **ago: float) -> None:
    type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(**ago))


def test_a_person_with_nothing_is_at_the_first_run(owner: User) -> None:
    facts = loop_overview(user=owner)
    assert facts.is_first_run
    assert next_step(facts) == "record_words"


def test_the_stations_carry_the_persons_own_numbers(owner: User) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 9})
    add_clips(dataset, text="two", amount=2, origin=Clip.Origin.RECORDING, speaker="jonas")
    add_clips(dataset, text="six", amount=1, status="rejected", rejection_code="audio_silent")
    version = version_of(owner)
    answer_of(version, 0.97)
    answer_of(version, 0.7)
    answer_of(version, 0.4)
    facts = loop_overview(user=owner)
    data = facts.dataset
    assert data is not None
    assert (data.clips, data.seconds, data.speakers, data.recorded, data.labels) == (19, 9.5, 2, 2, 2)
    assert (facts.name, facts.newest_version, facts.production) == ("digits", 1, 1)
    assert facts.answers == AnswerFacts(total=3, waiting=2, doubtful=1)


def test_nothing_of_a_stranger_is_counted(owner: User, stranger: User) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    job_of(owner, dataset, "running")
    answer_of(version_of(owner), 0.4)
    assert loop_overview(user=stranger).is_first_run
    assert loop_overview(user=stranger, name="digits").is_first_run


def test_the_number_of_queries_does_not_grow_with_the_rows(owner: User, django_assert_max_num_queries: Any) -> None:
    for size in (1, 6):
        for number in range(size):
            dataset = dataset_of(owner, takes={"one": 2}, name=f"Set {size} {number}")
            job_of(owner, dataset, "queued", name=f"loop{number}")
            answer_of(version_of(owner, number=size * 10 + number, name=f"loop{number}"), 0.4)
        with django_assert_max_num_queries(10):
            loop_overview(user=owner)


def test_the_loop_last_worked_on_comes_first_and_any_can_be_chosen(owner: User) -> None:
    dataset = dataset_of(owner, takes={"one": 8})
    made_earlier(version_of(owner, name="older"), days=3)
    Recognizer.objects.update(created_at=timezone.now() - timedelta(days=4))
    job_of(owner, dataset, "queued", name="newer")
    assert loop_overview(user=owner).names == ("newer", "older")
    assert loop_overview(user=owner, name="older").name == "older"
    assert loop_overview(user=owner, name="no such loop").name == "newer"


def test_a_failure_is_to_settle_until_a_later_job_came(owner: User) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    made_earlier(job_of(owner, dataset, "failed"), minutes=5)
    assert next_step(loop_overview(user=owner)) == "settle_failure"
    job_of(owner, dataset, "queued")
    facts = loop_overview(user=owner)
    assert facts.failed is None
    assert next_step(facts) == "watch_training"


def test_a_doubtful_answer_waits_until_it_was_looked_at(owner: User) -> None:
    answer = answer_of(version_of(owner), 0.4)
    assert next_step(loop_overview(user=owner)) == "review_doubtful"
    Correction.objects.create(transcription=answer, number=1, text="five", by=owner)
    assert loop_overview(user=owner).answers == AnswerFacts(total=1)


def test_silence_and_none_of_these_do_not_wait(owner: User) -> None:
    version = version_of(owner)
    answer_of(version, None, "silence")
    answer_of(version, 0.3, "none_of_these")
    assert loop_overview(user=owner).answers == AnswerFacts(total=2)


def test_corrections_are_new_until_a_job_learned_from_them(owner: User) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    answer_of(version_of(owner), 0.97)
    add_clips(dataset, text="one", amount=5, origin=Clip.Origin.CORRECTION)
    assert next_step(loop_overview(user=owner)) == "train_corrections"
    job_of(owner, dataset, "succeeded", started_at=timezone.now())
    data = loop_overview(user=owner).dataset
    assert data is not None
    assert (data.corrections, data.new_corrections, data.new_clips) == (5, 0, 0)


def data_facts(**fields: Any) -> DatasetFacts:
    enough = {"clips": 40, "seconds": 20.0, "speakers": 2, "recorded": 40, "corrections": 0, "new_clips": 0}
    return DatasetFacts(dataset=Dataset(), new_corrections=0, labels=5, scarce=(), **{**enough, **fields})


SETTLED = LoopFacts(
    name="digits", names=("digits",), dataset=data_facts(), newest_version=1, answers=AnswerFacts(total=3)
)


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({}, "record_more"),
        ({"answers": AnswerFacts()}, "try_it"),
        ({"dataset": data_facts(new_clips=20)}, "train"),
        ({"dataset": data_facts(new_clips=19)}, "record_more"),
        ({"newest_version": 0}, "train"),
        ({"newest_version": 0, "dataset": replace(data_facts(), scarce=(("oh", 3),))}, "record_takes"),
        ({"newest_version": 0, "dataset": replace(data_facts(), labels=1)}, "record_takes"),
        ({"dataset": data_facts(clips=0)}, "record_words"),
        ({"dataset": None}, "record_words"),
        ({"job": TrainingJob(), "dataset": data_facts(clips=0)}, "watch_training"),
        ({"dataset": replace(data_facts(), new_corrections=5)}, "train_corrections"),
        ({"dataset": replace(data_facts(), new_corrections=5), "job": TrainingJob()}, "watch_training"),
        ({"answers": AnswerFacts(3, 2, 1), "dataset": replace(data_facts(), new_corrections=5)}, "review_doubtful"),
        ({"corrections_waiting": 1, "dataset": replace(data_facts(), new_corrections=5)}, "adopt_corrections"),
        ({"dataset": data_facts(clips=0), "importing": DatasetImport()}, "watch_import"),
        ({"answers": AnswerFacts(3, 2, 1), "corrections_waiting": 1}, "review_doubtful"),
        ({"answers": AnswerFacts(3, 2, 1), "failed": TrainingJob()}, "settle_failure"),
    ],
)
def test_the_most_pressing_thing_is_the_next_step(change: dict[str, Any], step: str) -> None:
    assert next_step(replace(SETTLED, **change)) == step


def sentences_of(user: User, *, seconds: float, clips: int = 40, **fields: Any) -> Dataset:
    dataset = Dataset.objects.create(owner=user, name="Read aloud", kind="sentences", language="en")
    for number in range(clips):
        add_clips(dataset, text=f"sentence {number}", amount=1, duration_seconds=seconds / clips, **fields)
    return dataset


def test_sentences_are_counted_in_speech_and_not_in_takes(owner: User) -> None:
    dataset = sentences_of(owner, seconds=599)
    facts = loop_overview(user=owner)
    assert facts.dataset is not None
    assert facts.dataset.scarce == ()
    assert next_step(facts) == "record_takes"
    add_clips(dataset, text="one more", amount=1, duration_seconds=2.0)
    assert next_step(loop_overview(user=owner)) == "train"


def test_a_version_of_sentences_counts_wrong_words(owner: User) -> None:
    recognizer = Recognizer.objects.create(owner=owner, name="dictation", kind="sentences")
    ModelVersion.objects.create(
        recognizer=recognizer, number=1, bundle="b", bundle_sha256="0" * 64, size_bytes=1,
        metrics={"wer": 0.06, "interval": [0.04, 0.08], "unseen_speakers": True},
    )  # fmt: skip
    (version,) = loop_overview(user=owner).versions
    assert version.score.is_error
    assert version.score.value == 0.06
