"""The loop in words: six stations and the one next step, as the home page shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from speechsite.lib.numbers import duration_text, thousands_text
from training_jobs.models import TrainingJob
from training_jobs.services.overview import SECONDS_WORTH_TRAINING, TAKES_WORTH_TRAINING, next_step

if TYPE_CHECKING:
    from training_jobs.services.overview import DatasetFacts, LoopFacts

SECONDS_PER_REVIEW = 20
SECONDS_PER_TAKE = 6
USUAL_TRAINING_SECONDS = 180


@dataclass(frozen=True)
class Station:
    """One station of the loop; state is empty, done, live or next."""

    name: str
    url: str
    sentence: str
    state: str


@dataclass(frozen=True)
class Heart:
    """The one next step: what stands above it, its title, why, and the act. `station` counts from 0.

    `post` names what the act sends; `beside` is a smaller act next to it, which sends only the loop's name.
    """

    station: int
    above: str
    title: str
    text: str
    act: str
    url: str
    post: str = ""
    beside: str = ""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: 1 clip, 3,174 clips."""
    return f"{thousands_text(number)} {one if number == 1 else many or one + 's'}"


def about_minutes(seconds: float) -> str:
    """Write an estimate in whole minutes: about 4 minutes."""
    return f"about {counted(max(1, math.ceil(seconds / 60)), 'minute')}"


def stations_of(facts: LoopFacts, heart: Heart) -> list[Station]:
    """Return the six stations in order, each with this person's own numbers."""
    drafts = [_record(facts), _dataset(facts), _train(facts), _use(facts), _review(facts), _improve(facts)]
    return [
        Station(draft.name, draft.url, draft.sentence, "next")
        if number == heart.station and draft.state != "live"
        else draft
        for number, draft in enumerate(drafts)
    ]


def heart_of(facts: LoopFacts) -> Heart:
    """Return the next step of this loop in words."""
    makers = {
        "settle_failure": _settle_failure,
        "review_doubtful": _review_doubtful,
        "adopt_corrections": _adopt_corrections,
        "train_corrections": _train_corrections,
        "watch_training": _watch_training,
        "watch_import": _watch_import,
        "record_words": _record_words,
        "record_takes": _record_takes,
        "train": _train_now,
        "try_it": _try_it,
        "record_more": _record_more,
    }
    return makers[next_step(facts)](facts)


def next_version(facts: LoopFacts) -> str:
    """Return the name of the version the next training makes."""
    return f"v{facts.newest_version + 1}"


def hears_sentences(facts: LoopFacts) -> bool:
    """Say whether this loop is one of sentences."""
    return facts.dataset is not None and facts.dataset.is_of_sentences


def _dataset_url(data: DatasetFacts | None, page: str) -> str:
    if data is None:
        return reverse("training_jobs:dataset-new")
    return reverse(f"training_jobs:dataset-{page}", args=[data.dataset.pk])


def _train_url(data: DatasetFacts | None) -> str:
    address = reverse("training_jobs:job-new")
    return f"{address}?dataset={data.dataset.pk}" if data else address


def _record(facts: LoopFacts) -> Station:
    data = facts.dataset
    recorded = data.recorded if data else 0
    sentence = f"{counted(recorded, 'clip')} of yours" if recorded else "nothing of yours yet"
    return Station("Record", _dataset_url(data, "record"), sentence, "done" if recorded else "")


def _dataset(facts: LoopFacts) -> Station:
    data = facts.dataset
    if data is None or not data.clips:
        return Station("Dataset", _dataset_url(data, "detail"), "no clips yet", "")
    parts = [counted(data.clips, "clip"), duration_text(data.seconds)]
    if data.speakers:
        parts.append(counted(data.speakers, "speaker"))
    return Station("Dataset", _dataset_url(data, "detail"), ", ".join(parts), "done")


def _train(facts: LoopFacts) -> Station:
    if facts.job:
        return Station("Train", _job_url(facts.job), f"{next_version(facts)} {_job_state(facts.job)}", "live")
    if facts.failed:
        return Station("Train", _job_url(facts.failed), f"{next_version(facts)} failed", "")
    if facts.newest_version:
        sentence = f"v{facts.newest_version} trained"
        if facts.last_training_seconds:
            sentence += f" in {duration_text(facts.last_training_seconds)}"
        return Station("Train", reverse("training_jobs:job-list"), sentence, "done")
    return Station("Train", _train_url(facts.dataset), "not yet, one click", "")


def _job_url(job: TrainingJob) -> str:
    return reverse("training_jobs:job-detail", args=[job.pk])


def _job_state(job: TrainingJob) -> str:
    if job.status == TrainingJob.Status.QUEUED:
        return "waits for its turn"
    return f"running, epoch {job.epoch} of {job.epochs}" if job.epochs else "running"


def _use(facts: LoopFacts) -> Station:
    url = reverse("recognition:transcribe")
    if not facts.newest_version:
        return Station("Use", url, "hold a button and speak", "")
    who = f"v{facts.production} in production" if facts.production else "none in production"
    return Station("Use", url, f"{who}, {counted(facts.answers.total, 'answer')}", "done" if facts.production else "")


def _review(facts: LoopFacts) -> Station:
    url, answers = reverse("recognition:transcription-list"), facts.answers
    if answers.waiting:
        tail = f", {answers.doubtful} of them doubtful" if answers.doubtful else ""
        return Station("Review", url, f"{answers.waiting} waiting{tail}", "")
    sentence = "every answer was sure or looked at" if answers.total else "correct what it misheard"
    return Station("Review", url, sentence, "done" if answers.total else "")


def _improve(facts: LoopFacts) -> Station:
    data = facts.dataset
    url = reverse("recognition:recognizer-detail", args=[facts.name]) if facts.newest_version else _train_url(data)
    if facts.corrections_waiting:
        return Station("Improve", url, f"{counted(facts.corrections_waiting, 'correction')} to take in", "")
    if data and data.new_corrections:
        return Station("Improve", url, f"{counted(data.new_corrections, 'correction')} for {next_version(facts)}", "")
    if data and data.corrections:
        return Station("Improve", url, f"{counted(data.corrections, 'correction')} learned", "done")
    return Station("Improve", url, f"corrections go into v{max(2, facts.newest_version + 1)}", "")


def _settle_failure(facts: LoopFacts) -> Heart:
    job = facts.failed
    assert job is not None  # noqa: S101 - next_step chose this because there is one
    return Heart(
        2, "Next step", f"{facts.name} could not be trained", job.failure_message, "See what to do", _job_url(job)
    )


def _review_doubtful(facts: LoopFacts) -> Heart:
    count = facts.answers.doubtful
    return Heart(
        station=4,
        above=f"Next step, {about_minutes(count * SECONDS_PER_REVIEW)}",
        title=f"Check the {count} doubtful answers" if count > 1 else "Check the doubtful answer",
        text=f"{facts.name} was unsure while you used it. What you correct can go into {next_version(facts)}.",
        act=f"Review {counted(count, 'transcription')}",
        url=f"{reverse('recognition:transcription-list')}?confidence=doubtful",
    )


def _adopt_corrections(facts: LoopFacts) -> Heart:
    data = facts.dataset
    assert data is not None  # noqa: S101 - corrections wait only where there is a dataset
    count = facts.corrections_waiting
    become = "clips of your voice with what you said" if data.is_of_sentences else "clips of your voice and its words"
    return Heart(
        station=5,
        above=f"Next step, one press and {about_minutes(facts.last_training_seconds or USUAL_TRAINING_SECONDS)}",
        title=f"Improve {facts.name} with your {counted(count, 'correction')}",
        text=f"They go into {data.dataset.name} as {become}, and {next_version(facts)} learns from them, going on from "
        "what is in production.",
        act="Improve with my corrections",
        url=reverse("training_jobs:dataset-corrections", args=[data.dataset.pk]),
        post="improve",
        beside="Only add them to the dataset",
    )


def _train_corrections(facts: LoopFacts) -> Heart:
    data = facts.dataset
    assert data is not None  # noqa: S101 - new corrections are counted in a dataset
    return Heart(
        station=5,
        above=f"Next step, {about_minutes(facts.last_training_seconds or USUAL_TRAINING_SECONDS)}",
        title=f"Teach it your {counted(data.new_corrections, 'correction')}",
        text=f"They are in the dataset and in no version yet. {next_version(facts)} will have learned from them, going "
        "on from what is in production.",
        act="Improve with my corrections",
        url=reverse("training_jobs:dataset-corrections", args=[data.dataset.pk]),
        post="improve",
    )


def _watch_training(facts: LoopFacts) -> Heart:
    job = facts.job
    assert job is not None  # noqa: S101 - next_step chose this because there is one
    left = f", about {duration_text(job.eta_seconds)} left" if job.eta_seconds else ""
    return Heart(
        station=2,
        above=f"Under way{left}",
        title=f"{facts.name} {next_version(facts)} is training" if job.epochs else f"{facts.name} is about to train",
        text="You can leave this page; it goes on by itself. Then you speak to it.",
        act="Watch it learn",
        url=_job_url(job),
    )


def _watch_import(facts: LoopFacts) -> Heart:
    reading = facts.importing
    assert reading is not None  # noqa: S101 - next_step chose this because there is one
    return Heart(
        station=1,
        above="Under way",
        title=f"{reading.source_name} is being read",
        text="You can leave this page; it goes on by itself. Then one click trains a recogniser.",
        act="Watch it come in",
        url=reverse("training_jobs:import-detail", args=[reading.pk]),
    )


def _record_words(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if data and data.is_of_sentences:
        return _bring_sentences(data)
    name = data.dataset.name if data else ""
    return Heart(
        station=0,
        above="Next step, about 4 minutes",
        title=f"Record the first words of {name}" if name else "Record your first words",
        text="Five words, eight times each, are enough for a first recogniser. Uploading recordings does as well.",
        act="Record five words",
        url=_dataset_url(data, "record"),
    )


def _bring_sentences(data: DatasetFacts) -> Heart:
    missing = max(60.0, SECONDS_WORTH_TRAINING - data.seconds)
    title = (
        f"Record {duration_text(math.ceil(missing / 60) * 60)} more of speech" if data.clips else "Bring your speech"
    )
    return Heart(
        station=0,
        above=f"Next step, {about_minutes(2 * missing)}, less with an upload",
        title=title,
        text="A recogniser of sentences learns from ten minutes of speech on; an hour and more make it useful.",
        act="Record sentences",
        url=_dataset_url(data, "record"),
    )


def _record_takes(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if data and data.is_of_sentences:
        return _bring_sentences(data)
    scarce = data.scarce if data else ()
    missing = sum(TAKES_WORTH_TRAINING - takes for _, takes in scarce)
    if not scarce:
        return _record_words(facts)
    names = ", ".join(f"“{text}”" for text, _ in scarce[:4]) + (" and more" if len(scarce) > 4 else "")  # noqa: PLR2004
    return Heart(
        station=0,
        above=f"Next step, {about_minutes(missing * SECONDS_PER_TAKE)}",
        title=f"Record {counted(missing, 'more take', 'more takes')}",
        text=f"Too few clips say {names}. With {TAKES_WORTH_TRAINING} of each word, training is worth it.",
        act=f"Record {counted(missing, 'take')}",
        url=_dataset_url(data, "record"),
    )


def _train_now(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if not facts.newest_version or data is None:
        name = data.dataset.name if data else "your words"
        title, text = "Train your recogniser", f"{name} has enough clips. One click, then it answers you."
    else:
        title = f"Train {next_version(facts)}"
        text = f"{counted(data.new_clips, 'clip')} came since {facts.name} v{facts.newest_version} was trained."
    return Heart(
        station=2,
        above=f"Next step, {about_minutes(facts.last_training_seconds or USUAL_TRAINING_SECONDS)}",
        title=title,
        text=text,
        act="Choose how to train",
        url=_train_url(data),
    )


def _try_it(facts: LoopFacts) -> Heart:
    return Heart(
        station=3,
        above="Next step, half a minute",
        title=f"Speak to {facts.name}",
        text=f"v{facts.production or facts.newest_version} is ready. Hold the button and say "
        + ("a sentence." if hears_sentences(facts) else "one of its words."),
        act="Transcribe your voice",
        url=reverse("recognition:transcribe"),
    )


def _record_more(facts: LoopFacts) -> Heart:
    return Heart(
        station=0,
        above="Nothing is pressing. Next step, about 5 minutes",
        title="Record more of your voice",
        text="Every take makes the next version surer, above all takes by people it has not heard.",
        act="Record more takes",
        url=_dataset_url(facts.dataset, "record"),
    )
