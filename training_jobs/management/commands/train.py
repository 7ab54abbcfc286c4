from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand, CommandError

from recognition.services.models import model_resolve
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import duration_text, percent_text
from training_jobs.models import Dataset, TrainingJob
from training_jobs.services.jobs import training_job_cancelled, training_job_claim, training_job_create
from training_jobs.services.training_run import training_job_run

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.contrib.auth.models import User

FAILED: Final = 1
MISUSE: Final = (
    "model_not_found",
    "start_of_",
    "other_words_of_",
    "unknown_",
    "value_out_of_range",
    "recognizer_name",
    "speakers_need_speaker_split",
)


class Command(BaseCommand):
    help = (
        "Train a recogniser on a dataset, here and now, and register it as the next version of its name. "
        "Exit status: 0 registered, 1 the training failed, 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="Name or id of the dataset")
        parser.add_argument(
            "--recognizer", default="", metavar="NAME", help="What it is called; else after the dataset"
        )
        parser.add_argument("--recipe", default="", metavar="NAME", help="conv2d, conv or lstm; ctc-conv or ctc-lstm")
        parser.add_argument(
            "--from", dest="start", default="", metavar="MODEL", help="Go on from a version, e.g. digits@v2; else anew"
        )
        parser.add_argument(
            "--other-words", default="", metavar="DATASET", help="Learn to turn the words of another dataset away"
        )
        parser.add_argument("--preset", default="", metavar="NAME", help="fast, balanced or accurate")
        parser.add_argument("--split", default="", metavar="METHOD", help="column, speaker or random; else what suits")
        parser.add_argument(
            "--test-speaker",
            action="append",
            default=[],
            metavar="NAME",
            help="Keep this voice for the test; repeatable",
        )
        parser.add_argument(
            "--validation-speaker", action="append", default=[], metavar="NAME", help="Choose by this voice; repeatable"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="Set a value of the recipe; repeatable"
        )
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="Seed of the training, 1 by default")
        parser.add_argument(
            "--owner", metavar="USERNAME", help="Whose dataset; else the only user or the administrator"
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = owner_named(options["owner"])
        job = self._claimed(owner, options)
        bar = ProgressBar(self.stderr)
        try:
            training_job_run(job=job, watch=lambda changed: _show(bar, changed))
        except KeyboardInterrupt:
            training_job_cancelled(job=job, attempt=job.attempt)
            raise CommandError("Cancelled. Nothing was registered.", returncode=FAILED) from None
        finally:
            bar.end()
        self._report(job, as_json=options["json"])

    def _claimed(self, owner: User, options: dict[str, Any]) -> TrainingJob:
        dataset = dataset_named(owner, options["dataset"])
        speakers = {"test_speakers": options["test_speaker"], "validation_speakers": options["validation_speaker"]}
        try:
            job = training_job_create(
                owner=owner,
                dataset=dataset,
                recognizer=options["recognizer"],
                preset=options["preset"],
                recipe=options["recipe"],
                options=dict(key_and_value(pair) for pair in options["set"]),
                split_method=options["split"] or ("speaker" if any(speakers.values()) else ""),
                split_options={key: names for key, names in speakers.items() if names},
                seed=options["seed"],
                start=model_resolve(owner=owner, model=options["start"]) if options["start"] else None,
                other_words=dataset_named(owner, options["other_words"]) if options["other_words"] else None,
            )
        except ServiceError as refused:
            status = USAGE if refused.code.startswith(MISUSE) else FAILED
            raise CommandError(refused.message, returncode=status) from None
        claimed = training_job_claim(job_id=job.pk)
        if claimed is None:
            raise CommandError("A worker took this training first. Watch it on the page.", returncode=FAILED)
        return claimed

    def _report(self, job: TrainingJob, *, as_json: bool) -> None:
        if job.status != TrainingJob.Status.SUCCEEDED:
            sentence = job.failure_message or f"The training ended as {job.status}."
            raise CommandError(f"{sentence} ({job.failure_code or job.status})", returncode=FAILED)
        document = {"model": str(job.model_version), "job": str(job.pk), "metrics": job.metrics}
        self.stdout.write(json.dumps(document, ensure_ascii=False) if as_json else _sentence(job))


def _show(bar: ProgressBar, job: TrainingJob) -> None:
    words = str(job.get_stage_display())
    notes = [f"epoch {job.epoch} of {job.epochs}"] if job.epochs and job.stage == TrainingJob.Stage.TRAINING else []
    if job.metrics.get("val_accuracy") is not None:
        notes.append(f"{percent_text(job.metrics['val_accuracy'])} right")
    if job.metrics.get("val_wer") is not None:
        notes.append(f"{percent_text(job.metrics['val_wer'])} of words wrong")
    if job.eta_seconds:
        notes.append(f"about {duration_text(job.eta_seconds)} left")
    bar.show(job.progress, words, note=", ".join(notes))


def _sentence(job: TrainingJob) -> str:
    metrics = job.metrics
    low, high = (percent_text(bound) for bound in metrics["interval"])
    voices = "voices it had never heard" if metrics["unseen_speakers"] else "new clips of voices it knows"
    if "wer" in metrics:
        wrong = f"{percent_text(metrics['wer'])} of {metrics['words']:,} words wrong ({low} to {high})"
        return f"{job.model_version}: {wrong}, CER {percent_text(metrics['cer'])}, on {voices}."
    score = f"{percent_text(metrics['accuracy'])} of {metrics['clips']} test clips right ({low} to {high}), on {voices}"
    return f"{job.model_version}: {score}."


def dataset_named(owner: User, name: str) -> Dataset:
    """Return the owner's dataset of that name or id; raises CommandError with exit status 2."""
    mine = Dataset.objects.visible_to(owner)
    found = mine.filter(name=name).first() or next((row for row in mine if str(row.pk) == name), None)
    if found is None:
        known = ", ".join(mine.values_list("name", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no dataset called {name}. There are: {known}.", returncode=USAGE)
    return found


def key_and_value(pair: str) -> tuple[str, str]:
    """Split KEY=VALUE; raises CommandError with exit status 2."""
    key, sign, value = pair.partition("=")
    if not sign:
        raise CommandError(f"--set wants KEY=VALUE. Received: {pair}.", returncode=USAGE)
    return key.strip(), value.strip()
