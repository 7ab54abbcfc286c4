"""Import an archive or a folder into a dataset, in the foreground, or look at one without keeping anything."""

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
from training_jobs.archives import ArchiveError
from training_jobs.management.report_text import report_in_words
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.readers.options import EACH, JOINED, MEANINGS
from training_jobs.services.datasets import dataset_create
from training_jobs.services.import_check import dry_run
from training_jobs.services.import_options import KIND, KIND_AUTO, READER_KEYS, checked_options
from training_jobs.services.import_report import report_as_document
from training_jobs.services.import_run import failure_named
from training_jobs.services.imports import import_abandon, import_create, import_run, layouts

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.management.base import CommandParser

BAR_CELLS: Final = 30
PROBLEMS_SHOWN: Final = 20
BAD_USAGE: Final = 2


class Command(BaseCommand):
    help = (
        "Import clips from a zip, tar or tar.gz archive or from a folder into a dataset, which is made where it does "
        "not exist yet. The upload is read where it lies and left untouched. With --dry-run all of it is looked at and "
        "nothing is kept. Exit status: 0 done, 1 nothing could be imported, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="an archive or a folder")
        parser.add_argument("--name", required=True, help="the dataset; one that exists is added to")
        parser.add_argument(
            "--kind", choices=Kind.values, help="what clips say (default: by the content, for a new dataset)"
        )
        parser.add_argument("--language", default="", metavar="CODE", help="such as en, hi or pt-BR")
        parser.add_argument(
            "--layout",
            choices=list(layouts()),
            default="auto",
            help="how the files are laid out (default: recognised by content)",
        )
        parser.add_argument(
            "--columns",
            type=columns,
            default={},
            metavar="MEANING=COLUMN,...",
            help=f"which column of a table means what, such as audio=path,text=said; meanings: {', '.join(MEANINGS)}",
        )
        parser.add_argument("--tier", default="", metavar="NAME", help="the tier to read in ELAN and Praat files")
        parser.add_argument(
            "--pieces", choices=[JOINED, EACH], default="", help="words with times: joined to clips, or each its own"
        )
        parser.add_argument("--dry-run", action="store_true", help="look at all of it, print a report, keep nothing")
        parser.add_argument("--owner", metavar="USERNAME", help="whose dataset it is (default: the only account)")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(f"There is nothing at {path}.", returncode=BAD_USAGE)
        owner = owner_named(options["owner"])
        try:
            document = self._look(owner, options) if options["dry_run"] else self._read(owner, options)
        except (ServiceError, ArchiveError) as failure:
            self._give_up(failure.code, failure.message, as_json=options["json"])
        except OSError as failure:
            self._give_up(*failure_named(failure), as_json=options["json"])
        words = report_in_words if options["dry_run"] else in_words
        self.stdout.write(json.dumps(document, ensure_ascii=False) if options["json"] else words(document))
        if options["dry_run"] and not document["clips"]:
            self.stderr.write("Nothing of it can become a clip. (nothing_usable)")
            sys.exit(1)

    def _look(self, owner: User, options: dict[str, Any]) -> dict[str, Any]:
        dataset = dataset_named(owner, options["name"])
        is_new = dataset is None
        try:
            report, problems = dry_run(
                # Not saved: a dry run leaves no dataset behind.
                dataset=dataset or Dataset(owner=owner, name=options["name"], language=options["language"]),
                path=options["path"],
                layout=options["layout"],
                options=chosen(options, is_new=is_new),
                on_progress=self._progress,
            )
        finally:
            self.stderr.write("")
        return report_as_document(report, dataset_name=options["name"], problems=problems)

    def _read(self, owner: User, options: dict[str, Any]) -> dict[str, Any]:
        row = self._import(owner, options)
        if row.status != DatasetImport.Status.DONE:
            raise ServiceError(row.failure_code, row.failure_message)
        return outcome(row)

    def _import(self, owner: User, options: dict[str, Any]) -> DatasetImport:
        found = dataset_named(owner, options["name"])
        dataset = found or dataset_create(
            owner=owner, name=options["name"], kind=options["kind"] or Kind.WORDS, language=options["language"]
        )
        row = import_create(
            dataset=dataset,
            owner=owner,
            file=options["path"],
            source_name=options["path"].name,
            layout=options["layout"],
            options=chosen(options, is_new=found is None),
        )
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
        line = f"\r[{bar}] {row.rows_done:,} of {row.rows_total:,} files"
        line += f", {row.clips_kept:,} clips" if row.clips_kept else ""
        self.stderr.write(line, ending="")
        self.stderr.flush()

    def _give_up(self, code: str, message: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(envelope(code, message), ensure_ascii=False))
        self.stderr.write(f"{message} ({code})")
        sys.exit(1)


def columns(text: str) -> dict[str, str]:
    """Read `audio=path,text=said`. Raises ValueError, which argparse answers with the exit status of bad usage."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    found = {meaning.strip(): name.strip() for meaning, _, name in pairs}
    if not found or set(found) - set(MEANINGS) or not all(sign for _, sign, _ in pairs):
        raise ValueError(text)
    return found


def chosen(options: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Return the import's options; a new dataset whose kind nobody names goes by its content."""
    kind = options["kind"] or (KIND_AUTO if is_new else "")
    reader = {key: options[key] for key in READER_KEYS}
    return checked_options({**reader, KIND: kind})


def dataset_named(owner: User, name: str) -> Dataset | None:
    """Return the owner's dataset of this name, if there is one."""
    return Dataset.objects.visible_to(owner).filter(name=name).first()


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
