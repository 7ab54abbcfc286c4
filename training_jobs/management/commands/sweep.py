from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import percent_text
from training_jobs.management.commands.train import FAILED, dataset_named, key_and_value
from training_jobs.services.jobs import training_job_claim
from training_jobs.services.sweep_space import wrong_share
from training_jobs.services.sweeps import USUAL_TRIALS, best_trial, sweep_advance, sweep_cancel, sweep_create, trials_of
from training_jobs.services.training_run import training_job_run

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from training_jobs.models import Sweep, TrainingJob


class Command(BaseCommand):
    help = (
        "Search a recipe's values by a bounded number of trainings, here and now, chosen on validation. Nothing is "
        "registered and the test stays locked. Exit status: 0 done, 1 failed, 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="Name or id of the dataset")
        parser.add_argument("--recipe", default="", metavar="NAME", help="conv or lstm; ctc-conv or ctc-lstm")
        parser.add_argument("--trials", type=int, default=USUAL_TRIALS, metavar="N", help="How many tries")
        parser.add_argument(
            "--search", action="append", default=[], metavar="KEY=LOW:HIGH", help="Search a value; repeatable"
        )
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="Fix a value; repeatable")
        parser.add_argument("--split", default="", metavar="METHOD", help="column, speaker or random; else what suits")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="Seed of every try, 1 by default")
        parser.add_argument("--owner", metavar="USERNAME", help="Whose dataset; else the only user or administrator")
        parser.add_argument("--json", action="store_true", help="Print one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = owner_named(options["owner"])
        dataset = dataset_named(owner, options["dataset"])
        try:
            sweep = sweep_create(
                owner=owner,
                dataset=dataset,
                recipe=options["recipe"],
                space=dict(_range(text) for text in options["search"]),
                options=dict(key_and_value(pair) for pair in options["set"]),
                trials=options["trials"],
                split_method=options["split"],
                seed=options["seed"],
            )
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=USAGE) from None
        self._run(sweep)
        self._report(sweep, as_json=options["json"])

    def _run(self, sweep: Sweep) -> None:
        bar = ProgressBar(self.stderr)
        try:
            while trial := sweep_advance(sweep_id=sweep.pk):
                claimed = training_job_claim(job_id=trial.pk)
                if claimed is None:
                    message = "A worker of this site took the search. Watch it on its page."
                    raise CommandError(message, returncode=FAILED)
                training_job_run(job=claimed, watch=lambda job: bar.show(_share(sweep, job), f"Try {job.trial}"))
        except KeyboardInterrupt:
            sweep_cancel(sweep=sweep)
            raise CommandError("Stopped. What was tried stays on the page.", returncode=FAILED) from None
        finally:
            bar.end()

    def _report(self, sweep: Sweep, *, as_json: bool) -> None:
        sweep.refresh_from_db()
        trials = list(trials_of(sweep))
        best = best_trial(trials)
        if best is None:
            message = sweep.failure_message or "No try gave a score."
            raise CommandError(message, returncode=FAILED)
        document = {"sweep": str(sweep.pk), "best": _row(best), "trials": [_row(job) for job in trials]}
        self.stdout.write(json.dumps(document, ensure_ascii=False) if as_json else _sentence(best, len(trials)))


def _share(sweep: Sweep, job: TrainingJob) -> float:
    return ((job.trial or 1) - 1 + job.progress) / sweep.trials_total


def _row(job: TrainingJob) -> dict[str, Any]:
    return {"trial": job.trial, "status": job.status, "options": job.options, "metrics": job.metrics}


def _sentence(best: TrainingJob, count: int) -> str:
    values = " ".join(f"--set {name}={value:g}" for name, value in best.options.items()) or "the recipe as it is"
    return f"Try {best.trial} of {count} did best on validation, {percent_text(wrong_share(best))} wrong: {values}."


def _range(text: str) -> tuple[str, list[str]]:
    key, sign, bounds = text.partition("=")
    low, colon, high = bounds.partition(":")
    if not sign or not colon:
        raise CommandError(f"--search wants KEY=LOW:HIGH. Received: {text}.", returncode=USAGE)
    return key.strip(), [low.strip(), high.strip()]
