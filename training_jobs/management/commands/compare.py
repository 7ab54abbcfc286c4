from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from recognition.services.models import model_resolve
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError
from training_jobs.management.commands.train import FAILED, dataset_named
from training_jobs.models import Evaluation
from training_jobs.services.evaluation_run import evaluation_run
from training_jobs.services.evaluations import evaluation_create
from training_jobs.services.version_evaluation import SPLITS

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Let two model versions hear the same clips and say which one is better, with a 95 % interval. The comparison "
        "is kept and stands on the page of evaluations. "
        "Exit status: 0 done, 1 failed, 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="NAME (its production version), NAME@ALIAS or NAME@v3")
        parser.add_argument("against", help="The version to compare it with, named alike")
        parser.add_argument("dataset", help="Name or id of the dataset whose clips both hear")
        parser.add_argument(
            "--split", choices=SPLITS, default="test", help="Clips neither has learned (the default), or all clips"
        )
        parser.add_argument("--owner", metavar="USERNAME", help="Whose things; else the only user or the administrator")
        parser.add_argument("--json", action="store_true", help="Print one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = owner_named(options["owner"])
        dataset = dataset_named(owner, options["dataset"])
        try:
            version, against = (model_resolve(owner=owner, model=options[name]) for name in ("model", "against"))
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=USAGE) from None
        try:
            row = evaluation_create(
                owner=owner, version=version, against=against, dataset=dataset, split=options["split"]
            )
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=FAILED) from None
        self._report(self._heard(row), as_json=options["json"])

    def _heard(self, row: Evaluation) -> Evaluation:
        bar = ProgressBar(self.stderr)
        try:
            done = evaluation_run(evaluation_id=row.pk, watch=lambda share: bar.show(share, "Hearing with both"))
        finally:
            bar.end()
        if done is None or done.status != Evaluation.Status.DONE:
            sentence = done.failure_message if done else "The comparison was deleted while it ran."
            raise CommandError(
                sentence or "A worker took this comparison first. Watch it on the page.", returncode=FAILED
            )
        return done

    def _report(self, row: Evaluation, *, as_json: bool) -> None:
        document = {"evaluation": str(row.pk), "dataset": row.dataset.name, "split": row.split, **row.document}
        comparison = row.document["comparison"]
        changed = f"{comparison['better_clips']:,} clips better now, {comparison['worse_clips']:,} worse"
        self.stdout.write(
            json.dumps(document, ensure_ascii=False) if as_json else f"{comparison['sentence']} {changed}."
        )
