"""The loop in words: six stations and the one next step, as the home page shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from speechsite.lib.numbers import duration_text, thousands_text
from training_jobs.models import TrainingJob
from training_jobs.services.overview import SECONDS_WORTH_TRAINING, TAKES_WORTH_TRAINING, next_step

if TYPE_CHECKING:
    from training_jobs.services.overview import DatasetFacts, LoopFacts

SECONDS_PER_REVIEW = 20
SECONDS_PER_TAKE = 6
USUAL_TRAINING_SECONDS = 180
NAMED = 4


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


def about_minutes(seconds: float) -> str:
    """Write an estimate in whole minutes: about 4 minutes."""
    minutes = max(1, math.ceil(seconds / 60))
    return ngettext("about {count} minute", "about {count} minutes", minutes).format(count=thousands_text(minutes))


def next_step_in(seconds: float) -> str:
    """Say what stands above a next step that takes about so long."""
    return _("Next step, {length}").format(length=about_minutes(seconds))


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
    name, url, recorded = pgettext("station", "Record"), _dataset_url(data, "record"), data.recorded if data else 0
    if not recorded:
        return Station(name, url, _("nothing of yours yet"), "")
    sentence = ngettext("{count} clip of yours", "{count} clips of yours", recorded)
    return Station(name, url, sentence.format(count=thousands_text(recorded)), "done")


def _dataset(facts: LoopFacts) -> Station:
    data = facts.dataset
    name, url = pgettext("station", "Dataset"), _dataset_url(data, "detail")
    if data is None or not data.clips:
        return Station(name, url, _("no clips yet"), "")
    clips = ngettext("{count} clip", "{count} clips", data.clips).format(count=thousands_text(data.clips))
    parts = [clips, duration_text(data.seconds)]
    if data.speakers:
        speakers = ngettext("{count} speaker", "{count} speakers", data.speakers)
        parts.append(speakers.format(count=thousands_text(data.speakers)))
    return Station(name, url, ", ".join(parts), "done")


def _train(facts: LoopFacts) -> Station:
    name = pgettext("station", "Train")
    if facts.job:
        return Station(name, _job_url(facts.job), _job_state(facts.job, next_version(facts)), "live")
    if facts.failed:
        return Station(name, _job_url(facts.failed), _("{version} failed").format(version=next_version(facts)), "")
    if facts.newest_version:
        sentence = _("{version} trained in {length}") if facts.last_training_seconds else _("{version} trained")
        length = duration_text(facts.last_training_seconds)
        told = sentence.format(version=f"v{facts.newest_version}", length=length)
        return Station(name, reverse("training_jobs:job-list"), told, "done")
    return Station(name, _train_url(facts.dataset), _("not yet, one click"), "")


def _job_url(job: TrainingJob) -> str:
    return reverse("training_jobs:job-detail", args=[job.pk])


def _job_state(job: TrainingJob, version: str) -> str:
    if job.status == TrainingJob.Status.QUEUED:
        return _("{version} waits for its turn").format(version=version)
    sentence = _("{version} running, epoch {epoch} of {epochs}") if job.epochs else _("{version} running")
    return sentence.format(version=version, epoch=job.epoch, epochs=job.epochs)


def _use(facts: LoopFacts) -> Station:
    name, url, answers = pgettext("station", "Use"), reverse("recognition:transcribe"), facts.answers.total
    if not facts.newest_version:
        return Station(name, url, _("hold a button and speak"), "")
    sentence = (
        ngettext("{version} in production, {count} answer", "{version} in production, {count} answers", answers)
        if facts.production
        else ngettext("none in production, {count} answer", "none in production, {count} answers", answers)
    )
    told = sentence.format(version=f"v{facts.production}", count=thousands_text(answers))
    return Station(name, url, told, "done" if facts.production else "")


def _review(facts: LoopFacts) -> Station:
    name, url, answers = pgettext("station", "Review"), reverse("recognition:transcription-list"), facts.answers
    if answers.waiting:
        waiting = ngettext("{count} waiting", "{count} waiting", answers.waiting)
        doubtful = ngettext(
            "{count} waiting, {doubtful} of them doubtful",
            "{count} waiting, {doubtful} of them doubtful",
            answers.waiting,
        )
        sentence = doubtful if answers.doubtful else waiting
        return Station(name, url, sentence.format(count=answers.waiting, doubtful=answers.doubtful), "")
    if answers.total:
        return Station(name, url, _("every answer was sure or looked at"), "done")
    return Station(name, url, _("correct what it misheard"), "")


def _improve(facts: LoopFacts) -> Station:
    data, name = facts.dataset, pgettext("station", "Improve")
    url = reverse("recognition:recognizer-detail", args=[facts.name]) if facts.newest_version else _train_url(data)
    if facts.corrections_waiting:
        count = facts.corrections_waiting
        sentence = ngettext("{count} correction to take in", "{count} corrections to take in", count)
        return Station(name, url, sentence.format(count=thousands_text(count)), "")
    if data and data.new_corrections:
        count = data.new_corrections
        sentence = ngettext("{count} correction for {version}", "{count} corrections for {version}", count)
        return Station(name, url, sentence.format(count=thousands_text(count), version=next_version(facts)), "")
    if data and data.corrections:
        sentence = ngettext("{count} correction learned", "{count} corrections learned", data.corrections)
        return Station(name, url, sentence.format(count=thousands_text(data.corrections)), "done")
    version = f"v{max(2, facts.newest_version + 1)}"
    return Station(name, url, _("corrections go into {version}").format(version=version), "")


def _settle_failure(facts: LoopFacts) -> Heart:
    job = facts.failed
    assert job is not None  # noqa: S101 - next_step chose this because there is one
    return Heart(
        station=2,
        above=_("Next step"),
        title=_("{name} could not be trained").format(name=facts.name),
        text=job.failure_message,
        act=_("See what to do"),
        url=_job_url(job),
    )


def _review_doubtful(facts: LoopFacts) -> Heart:
    count = facts.answers.doubtful
    return Heart(
        station=4,
        above=next_step_in(count * SECONDS_PER_REVIEW),
        title=ngettext("Check the doubtful answer", "Check the {count} doubtful answers", count).format(count=count),
        text=_("{name} was unsure while you used it. What you correct can go into {version}.").format(
            name=facts.name, version=next_version(facts)
        ),
        act=ngettext("Review {count} transcription", "Review {count} transcriptions", count).format(
            count=thousands_text(count)
        ),
        url=f"{reverse('recognition:transcription-list')}?confidence=doubtful",
    )


def _adopt_corrections(facts: LoopFacts) -> Heart:
    data = facts.dataset
    assert data is not None  # noqa: S101 - corrections wait only where there is a dataset
    count = facts.corrections_waiting
    minutes = about_minutes(facts.last_training_seconds or USUAL_TRAINING_SECONDS)
    title = ngettext(
        "Improve {name} with your {count} correction", "Improve {name} with your {count} corrections", count
    )
    text = (
        _(
            "They go into {dataset} as clips of your voice with what you said, and {version} learns from them, going "
            "on from what is in production."
        )
        if data.is_of_sentences
        else _(
            "They go into {dataset} as clips of your voice and its words, and {version} learns from them, going on "
            "from what is in production."
        )
    )
    return Heart(
        station=5,
        above=_("Next step, one press and {length}").format(length=minutes),
        title=title.format(name=facts.name, count=thousands_text(count)),
        text=text.format(dataset=data.dataset.name, version=next_version(facts)),
        act=_("Improve with my corrections"),
        url=reverse("training_jobs:dataset-corrections", args=[data.dataset.pk]),
        post="improve",
        beside=_("Only add them to the dataset"),
    )


def _train_corrections(facts: LoopFacts) -> Heart:
    data = facts.dataset
    assert data is not None  # noqa: S101 - new corrections are counted in a dataset
    return Heart(
        station=5,
        above=next_step_in(facts.last_training_seconds or USUAL_TRAINING_SECONDS),
        title=ngettext(
            "Teach it your {count} correction", "Teach it your {count} corrections", data.new_corrections
        ).format(count=thousands_text(data.new_corrections)),
        text=_(
            "They are in the dataset and in no version yet. {version} will have learned from them, going on from what "
            "is in production."
        ).format(version=next_version(facts)),
        act=_("Improve with my corrections"),
        url=reverse("training_jobs:dataset-corrections", args=[data.dataset.pk]),
        post="improve",
    )


def _watch_training(facts: LoopFacts) -> Heart:
    job = facts.job
    assert job is not None  # noqa: S101 - next_step chose this because there is one
    above = _("Under way, about {length} left") if job.eta_seconds else _("Under way")
    title = _("{name} {version} is training") if job.epochs else _("{name} is about to train")
    return Heart(
        station=2,
        above=above.format(length=duration_text(job.eta_seconds)),
        title=title.format(name=facts.name, version=next_version(facts)),
        text=_("You can leave this page; it goes on by itself. Then you speak to it."),
        act=_("Watch it learn"),
        url=_job_url(job),
    )


def _watch_import(facts: LoopFacts) -> Heart:
    reading = facts.importing
    assert reading is not None  # noqa: S101 - next_step chose this because there is one
    return Heart(
        station=1,
        above=_("Under way"),
        title=_("{name} is being read").format(name=reading.source_name),
        text=_("You can leave this page; it goes on by itself. Then one click trains a recogniser."),
        act=_("Watch it come in"),
        url=reverse("training_jobs:import-detail", args=[reading.pk]),
    )


def _record_words(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if data and data.is_of_sentences:
        return _bring_sentences(data)
    name = data.dataset.name if data else ""
    return Heart(
        station=0,
        above=_("Next step, about 4 minutes"),
        title=_("Record the first words of {name}").format(name=name) if name else _("Record your first words"),
        text=_("Five words, eight times each, are enough for a first recogniser. Uploading recordings does as well."),
        act=_("Record five words"),
        url=_dataset_url(data, "record"),
    )


def _bring_sentences(data: DatasetFacts) -> Heart:
    missing = max(60.0, SECONDS_WORTH_TRAINING - data.seconds)
    title = _("Record {length} more of speech") if data.clips else _("Bring your speech")
    return Heart(
        station=0,
        above=_("Next step, {length}, less with an upload").format(length=about_minutes(2 * missing)),
        title=title.format(length=duration_text(math.ceil(missing / 60) * 60)),
        text=_("A recogniser of sentences learns from ten minutes of speech on; an hour and more make it useful."),
        act=_("Record sentences"),
        url=_dataset_url(data, "record"),
    )


def _record_takes(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if data and data.is_of_sentences:
        return _bring_sentences(data)
    scarce = data.scarce if data else ()
    missing = sum(TAKES_WORTH_TRAINING - takes for word, takes in scarce)
    if not scarce:
        return _record_words(facts)
    names = ", ".join(_("“{word}”").format(word=text) for text, takes in scarce[:NAMED])
    text = (
        _("Too few clips say {names} and more. With {takes} of each word, training is worth it.")
        if len(scarce) > NAMED
        else _("Too few clips say {names}. With {takes} of each word, training is worth it.")
    )
    return Heart(
        station=0,
        above=next_step_in(missing * SECONDS_PER_TAKE),
        title=ngettext("Record {count} more take", "Record {count} more takes", missing).format(
            count=thousands_text(missing)
        ),
        text=text.format(names=names, takes=TAKES_WORTH_TRAINING),
        act=ngettext("Record {count} take", "Record {count} takes", missing).format(count=thousands_text(missing)),
        url=_dataset_url(data, "record"),
    )


def _train_now(facts: LoopFacts) -> Heart:
    data = facts.dataset
    if not facts.newest_version or data is None:
        name = data.dataset.name if data else _("your words")
        title = _("Train your recogniser")
        text = _("{name} has enough clips. One click, then it answers you.").format(name=name)
    else:
        title = _("Train {version}").format(version=next_version(facts))
        text = ngettext(
            "{count} clip came since {version} was trained.",
            "{count} clips came since {version} was trained.",
            data.new_clips,
        ).format(count=thousands_text(data.new_clips), version=f"{facts.name} v{facts.newest_version}")
    return Heart(
        station=2,
        above=next_step_in(facts.last_training_seconds or USUAL_TRAINING_SECONDS),
        title=title,
        text=text,
        act=_("Choose how to train"),
        url=_train_url(data),
    )


def _try_it(facts: LoopFacts) -> Heart:
    text = (
        _("{version} is ready. Hold the button and say a sentence.")
        if hears_sentences(facts)
        else _("{version} is ready. Hold the button and say one of its words.")
    )
    return Heart(
        station=3,
        above=_("Next step, half a minute"),
        title=_("Speak to {name}").format(name=facts.name),
        text=text.format(version=f"v{facts.production or facts.newest_version}"),
        act=_("Transcribe your voice"),
        url=reverse("recognition:transcribe"),
    )


def _record_more(facts: LoopFacts) -> Heart:
    return Heart(
        station=0,
        above=_("Nothing is pressing. Next step, about 5 minutes"),
        title=_("Record more of your voice"),
        text=_("Every take makes the next version surer, above all takes by people it has not heard."),
        act=_("Record more takes"),
        url=_dataset_url(facts.dataset, "record"),
    )
