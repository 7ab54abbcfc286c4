"""Import an archive or a folder into a dataset, in the foreground."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from recognition.models.recognizers import Kind
from speechsite.lib.commands.owners import owner_named
from speechsite.lib.errors import ServiceError, envelope
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.datasets import dataset_create
from training_jobs.services.imports import import_abandon, import_create, import_run, layouts

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

BAR_CELLS: Final = 30
PROBLEMS_SHOWN: Final = 20
BAD_USAGE: Final = 2


class Command(BaseCommand):
    help = (
        "Import clips from a zip, tar or tar.gz archive or from a folder into a dataset, which is made where it does "
        "not exist yet. The upload is read where it lies and left untouched. "
        "Exit status: 0 done, 1 nothing could be imported, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="an archive or a folder")
        parser.add_argument("--name", required=True, help="the dataset; one that exists is added to")
        parser.add_argument("--kind", choices=Kind.values, default=Kind.WORDS, help="what clips say (default: words)")
        parser.add_argument("--language", default="", metavar="CODE", help="such as en, hi or pt-BR")
        parser.add_argument(
            "--layout",
            choices=list(layouts()),
            default="auto",
            help="how the files are laid out (default: recognised by content)",
        )
        parser.add_argument("--owner", metavar="USERNAME", help="whose dataset it is (default: the only account)")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            row = self._import(options)
        except ServiceError as failure:
            self._give_up(failure.code, failure.message, as_json=options["json"])
        if row.status != DatasetImport.Status.DONE:
            self._give_up(row.failure_code, row.failure_message, as_json=options["json"])
        document = outcome(row)
        self.stdout.write(json.dumps(document, ensure_ascii=False) if options["json"] else in_words(document))

    def _import(self, options: dict[str, Any]) -> DatasetImport:
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(f"There is nothing at {path}.", returncode=BAD_USAGE)
        owner = owner_named(options["owner"])
        dataset = Dataset.objects.visible_to(owner).filter(name=options["name"]).first() or dataset_create(
            owner=owner, name=options["name"], kind=options["kind"], language=options["language"]
        )
        row = import_create(dataset=dataset, owner=owner, file=path, source_name=path.name, layout=options["layout"])
        try:
            read = import_run(import_id=row.pk, on_progress=self._progress)
        except KeyboardInterrupt:
            row.refresh_from_db()
            import_abandon(row=row)
            raise
        finally:
            self.stderr.write("")
        return read or row

    def _progress(self, row: DatasetImport) -> None:
        filled = round(row.progress * BAR_CELLS)
        bar = "#" * filled + "." * (BAR_CELLS - filled)
        line = f"\r[{bar}] {row.rows_done:,} of {row.rows_total:,} files, {row.clips_kept:,} clips"
        self.stderr.write(line, ending="")
        self.stderr.flush()

    def _give_up(self, code: str, message: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(envelope(code, message), ensure_ascii=False))
        self.stderr.write(f"{message} ({code})")
        sys.exit(1)


def outcome(row: DatasetImport) -> dict[str, Any]:
    """Return what an import came to, in the shape that scripts read."""
    clips = Clip.objects.filter(source_import=row, status=Clip.Status.READY)
    seconds = clips.aggregate(seconds=Sum("duration_seconds"))["seconds"] or 0.0
    problems = row.problems.values("file", "line", "code", "message", "is_kept")
    return {
        "dataset": row.dataset.name,
        "layout": row.layout,
        "clips": row.clips_kept,
        "rejected": row.clips_rejected,
        "problems": list(problems),
        "duration_seconds": round(seconds, 3),
        "speakers": clips.exclude(speaker="").values("speaker").distinct().count(),
    }


def in_words(document: dict[str, Any]) -> str:
    """Return the same for people."""
    summary = (
        f"{document['dataset']}: {document['clips']:,} clips kept, {document['rejected']:,} rejected, "
        f"{document['speakers']:,} speakers, {document['duration_seconds'] / 60:.1f} min, layout {document['layout']}."
    )
    lines = [summary]
    problems = document["problems"]
    for problem in problems[:PROBLEMS_SHOWN]:
        place = f"{problem['file']}, line {problem['line']}" if problem["line"] else problem["file"]
        lines.append(f"  {place}: {problem['message']} ({problem['code']})")
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"  and {len(problems) - PROBLEMS_SHOWN:,} more; the import's page has all of them.")
    return "\n".join(lines)
