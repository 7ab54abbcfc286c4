"""`python manage.py transcribe FILE... --model MODEL`: recognise files in the foreground."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from recognition.engine.errors import EngineError
from recognition.models import Transcription
from recognition.services.exports import as_srt, as_vtt, verbose
from recognition.services.models import model_resolve
from recognition.services.transcriptions import transcription_create, transcription_run
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion

FORMATS = ("text", "json", "verbose_json", "srt", "vtt")
NAMELESS = {"none_of_these": "(none of these words)", "silence": "(silence)"}


class Command(BaseCommand):
    help = (
        "Recognise audio files with one of your models and keep them in the history. Progress goes to stderr. "
        "Exit status: 0 all done, 1 a file could not be recognised (the others were), 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files, the model and the format."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--model", required=True, help="NAME (its production version), NAME@ALIAS or NAME@v3")
        parser.add_argument("--format", choices=FORMATS, default="text", help="what is printed (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON document, as --format verbose_json")
        parser.add_argument("--owner", metavar="USERNAME", help="whose model; else the only user or the administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Recognise each file; what went wrong is told on stderr."""
        owner = owner_named(options["owner"])
        try:
            version = model_resolve(owner=owner, model=options["model"])
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=USAGE) from None
        layout = "verbose_json" if options["json"] else options["format"]
        files = options["files"]
        documents = [self._one(owner, version, path) for path in files]
        self._print(files, documents, layout=layout)
        if any(isinstance(document, Failed) for document in documents):
            sys.exit(1)

    def _one(self, owner: User, version: ModelVersion, path: Path) -> Transcription | Failed:
        bar = ProgressBar(self.stderr)
        try:
            row = self._recognise(owner, version, path, bar)
        except (ServiceError, EngineError) as refused:
            return self._failed(path, refused.code, refused.message)
        except OSError as unread:
            return self._failed(path, "file_unreadable", f"It could not be read: {unread.strerror}.")
        finally:
            bar.end()
        if row.status == Transcription.Status.FAILED:
            return self._failed(path, row.failure_code, row.failure_message)
        return row

    def _recognise(self, owner: User, version: ModelVersion, path: Path, bar: ProgressBar) -> Transcription:
        bar.show(0.0, path.name)
        row = transcription_create(
            owner=owner,
            model_version=version,
            audio=path,
            origin=Transcription.Origin.UPLOAD,
            source_name=path.name,
        )
        if row.status == Transcription.Status.QUEUED:
            row = (
                transcription_run(transcription_id=row.pk, on_progress=lambda share: bar.show(share, path.name)) or row
            )
        bar.show(1.0, path.name)
        return row

    def _failed(self, path: Path, code: str, message: str) -> Failed:
        self.stderr.write(f"{path}: {message} ({code})")
        return Failed(code, message)

    def _print(self, files: list[Path], documents: list[Transcription | Failed], *, layout: str) -> None:
        if layout in {"json", "verbose_json"}:
            entries = [_entry(path, document, layout) for path, document in zip(files, documents, strict=True)]
            shown: Any = entries[0] if len(entries) == 1 else entries
            self.stdout.write(json.dumps(shown, ensure_ascii=False))
            return
        for path, document in zip(files, documents, strict=True):
            if isinstance(document, Transcription):
                prefix = f"{path}: " if len(files) > 1 and layout == "text" else ""
                self.stdout.write(prefix + _text(document, layout), ending="")


class Failed:
    """A file that gave no text."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message


def _entry(path: Path, document: Transcription | Failed, layout: str) -> dict[str, Any]:
    if isinstance(document, Failed):
        return {"file": str(path), "error": {"code": document.code, "message": document.message}}
    if layout == "json":
        return {"file": str(path), "text": document.text}
    return {"file": str(path), "id": str(document.pk), **verbose(document)}


def _text(row: Transcription, layout: str) -> str:
    writers = {"srt": as_srt, "vtt": as_vtt}
    return writers[layout](row) if layout in writers else f"{row.text or NAMELESS.get(row.answer, '')}\n"
