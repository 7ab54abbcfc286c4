from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from recognition.engine.errors import EngineError
from recognition.services.models import model_resolve
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import percent_text
from training_jobs.management.commands.train import FAILED, dataset_named
from training_jobs.services.version_evaluation import SPLITS, version_evaluate

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Let a model version hear a dataset and say how much of it was right. "
        "Exit status: 0 done, 1 failed, 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="NAME (its production version), NAME@ALIAS or NAME@v3")
        parser.add_argument("dataset", help="Name or id of the dataset")
        parser.add_argument("--split", choices=SPLITS, default="test", help="The locked test clips, or all clips")
        parser.add_argument("--owner", metavar="USERNAME", help="Whose things; else the only user or the administrator")
        parser.add_argument("--json", action="store_true", help="Print one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = owner_named(options["owner"])
        dataset = dataset_named(owner, options["dataset"])
        try:
            version = model_resolve(owner=owner, model=options["model"])
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=USAGE) from None
        bar = ProgressBar(self.stderr)
        try:
            document = version_evaluate(
                version=version,
                dataset=dataset,
                split=options["split"],
                progress=lambda done, total: bar.show(done / max(1, total), f"Hearing {total:,} clips"),
            )
        except (ServiceError, EngineError) as refused:
            raise CommandError(refused.message, returncode=FAILED) from None
        finally:
            bar.end()
        self.stdout.write(json.dumps(document, ensure_ascii=False) if options["json"] else _sentence(document))


def _sentence(document: dict[str, Any]) -> str:
    low, high = (percent_text(bound) for bound in document["interval"])
    if "wer" in document:
        cer = percent_text(document["cer"])
        score = f"{percent_text(document['wer'])} of {document['words']} words wrong ({low} to {high}), CER {cer}"
    else:
        score = f"{percent_text(document['accuracy'])} of {document['clips']} clips right ({low} to {high})"
    return f"{document['model']} on {document['dataset']} ({document['split']}): {score}.{_refused(document)}"


def _refused(document: dict[str, Any]) -> str:
    count = document.get("refused_texts", 0)
    if not count:
        return ""
    clips = "1 clip was" if count == 1 else f"{count:,} clips were"
    return f" {clips} not compared: the writing rules refuse the text."
