"""`python manage.py transcribe FILE... --model MODEL`: recognise files and folders in the foreground."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from recognition.engine.errors import EngineError
from recognition.models import Transcription
from recognition.services.audio_files import audio_files
from recognition.services.exports import FORMATS, export_name, transcription_export, verbose
from recognition.services.hotwords import hotwords_of
from recognition.services.models import model_resolve
from recognition.services.transcriptions import transcription_create, transcription_run
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import write_whole

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion
    from recognition.services.audio_files import AudioFile

TEXT = "text"
NAMELESS = {"none_of_these": "(none of these words)", "silence": "(silence)"}
PRINTED_AS_JSON = {"json", "verbose_json"}


class Command(BaseCommand):
    help = (
        "Recognise audio files with one of your models and keep them in the history. Folders are searched for audio. "
        "Progress goes to stderr. Exit status: 0 all done, 1 a file could not be recognised (the others were), "
        "2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files, the model, the format and where results go."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio files, or folders of them")
        parser.add_argument("--model", required=True, help="NAME (its production version), NAME@ALIAS or NAME@v3")
        parser.add_argument(
            "--format", choices=(TEXT, *FORMATS), default=TEXT, help="what is written (default: %(default)s)"
        )
        parser.add_argument(
            "--out", type=Path, metavar="DIR", help="write one file per recording there; those already there are left"
        )
        parser.add_argument("--overwrite", action="store_true", help="with --out: recognise those again")
        parser.add_argument(
            "--hotwords",
            action="append",
            default=[],
            metavar="WORDS",
            help="words likely to be said, with commas between, for models of sentences; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document, as --format verbose_json")
        parser.add_argument("--owner", metavar="USERNAME", help="whose model; else the only user or the administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Recognise each file; what went wrong is told on stderr."""
        run = self._run_of(options)
        results = run.work()
        self._print(results, options)
        failed = [result for result in results if result.failure]
        if failed:
            names = ", ".join(str(result.file.path) for result in failed)
            self.stderr.write(f"{len(failed)} of {len(results)} could not be recognised: {names}")
            sys.exit(1)

    def _run_of(self, options: dict[str, Any]) -> Run:
        owner = owner_named(options["owner"])
        layout = "txt" if options["format"] == TEXT else options["format"]
        if not FORMATS[layout].is_text and not options["out"]:
            raise CommandError(
                f"--format {layout} cannot be printed. Say where to write it with --out.", returncode=USAGE
            )
        try:
            version = model_resolve(owner=owner, model=options["model"])
            hotwords = hotwords_of(options["hotwords"])
        except ServiceError as refused:
            raise CommandError(refused.message, returncode=USAGE) from None
        files = audio_files(options["files"])
        if not files:
            raise CommandError("There is no audio file in the folders that were named.", returncode=USAGE)
        out = Out(options["out"], layout, is_overwriting=options["overwrite"]) if options["out"] else None
        return Run(self, files, owner=owner, version=version, hotwords=hotwords, out=out)

    def _print(self, results: list[Result], options: dict[str, Any]) -> None:
        layout = "verbose_json" if options["json"] else options["format"]
        if options["json"] or (layout in PRINTED_AS_JSON and not options["out"]):
            entries = [_entry(result, layout) for result in results]
            shown: Any = entries[0] if len(entries) == 1 else entries
            self.stdout.write(json.dumps(shown, ensure_ascii=False))
            return
        for result in results:
            self.stdout.write(_printed(result, layout, is_one_of_many=len(results) > 1), ending="")


@dataclass(frozen=True)
class Failure:
    """Why a file gave no text."""

    code: str
    message: str


@dataclass(frozen=True)
class Result:
    """What became of one file: a row, a failure, or neither where its text was there already."""

    file: AudioFile
    row: Transcription | None = None
    failure: Failure | None = None
    written: Path | None = None


class Out:
    """The folder of results: one file per recording, lying as the recordings lie."""

    def __init__(self, folder: Path, layout: str, *, is_overwriting: bool) -> None:
        self._folder = folder
        self._layout = layout
        self._is_overwriting = is_overwriting
        self._taken: set[Path] = set()

    def path_of(self, file: AudioFile) -> Path:
        """Return where the text of a file goes; two recordings of one name do not overwrite each other."""
        folder = self._folder / file.below
        path = folder / export_name(source_name=file.path.name, layout=self._layout)
        if path in self._taken:
            path = folder / f"{file.path.name}.{FORMATS[self._layout].ending}"
        number = 2
        while path in self._taken:
            path = folder / f"{file.path.name}-{number}.{FORMATS[self._layout].ending}"
            number += 1
        self._taken.add(path)
        return path

    def is_there(self, path: Path) -> bool:
        """Say whether a result of an earlier run is kept."""
        return path.exists() and not self._is_overwriting

    def write(self, row: Transcription, path: Path) -> None:
        """Write the text, whole or not at all."""
        body = transcription_export(transcription=row, layout=self._layout)
        write_whole(path, lambda partial: partial.write_bytes(body))


class Run:
    """Works through the files one by one; one bar shows how many bytes of all of them are done."""

    def __init__(
        self,
        command: Command,
        files: list[AudioFile],
        *,
        owner: User,
        version: ModelVersion,
        hotwords: Sequence[str],
        out: Out | None,
    ) -> None:
        self._command = command
        self._files = files
        self._owner = owner
        self._version = version
        self._hotwords = hotwords
        self._out = out
        self._bar = ProgressBar(command.stderr)
        self._total = sum(file.size_bytes for file in files) or 1
        self._done = 0

    def work(self) -> list[Result]:
        """Recognise all files; one that fails does not stop the others."""
        results = []
        try:
            for number, file in enumerate(self._files, start=1):
                results.append(self._one(file, number))
                self._done += file.size_bytes
        finally:
            self._bar.end()
        return results

    def _one(self, file: AudioFile, number: int) -> Result:
        path = self._out.path_of(file) if self._out else None
        if self._out and path and self._out.is_there(path):
            self._tell(f"{file.path}: {path} is there already.")
            return Result(file, written=path)
        try:
            row = self._recognised(file, number)
            if self._out and path and row.status == Transcription.Status.DONE:
                self._out.write(row, path)
        except (ServiceError, EngineError) as refused:
            return self._failed(file, Failure(refused.code, refused.message))
        except OSError as unread:
            return self._failed(
                file, Failure("file_unreadable", f"It could not be read or written: {unread.strerror}.")
            )
        if row.status != Transcription.Status.DONE:
            return self._failed(file, Failure(row.failure_code or "state_changed", row.failure_message))
        return Result(file, row=row, written=path)

    def _recognised(self, file: AudioFile, number: int) -> Transcription:
        words = f"{number} of {len(self._files)}, {file.path.name}" if len(self._files) > 1 else file.path.name

        def show(share: float) -> None:
            self._bar.show((self._done + share * file.size_bytes) / self._total, words)

        show(0.0)
        row = transcription_create(
            owner=self._owner,
            model_version=self._version,
            audio=file.path,
            origin=Transcription.Origin.UPLOAD,
            source_name=file.path.name,
            hotwords=self._hotwords,
        )
        if row.status == Transcription.Status.QUEUED:
            row = transcription_run(transcription_id=row.pk, on_progress=show) or row
        show(1.0)
        return row

    def _failed(self, file: AudioFile, failure: Failure) -> Result:
        self._tell(f"{file.path}: {failure.message} ({failure.code})")
        return Result(file, failure=failure)

    def _tell(self, sentence: str) -> None:
        self._bar.end()
        self._command.stderr.write(sentence)


def _entry(result: Result, layout: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": str(result.file.path)}
    if result.failure:
        entry["error"] = {"code": result.failure.code, "message": result.failure.message}
    if result.row and layout == "json":
        entry["text"] = result.row.text
    elif result.row:
        entry |= {"id": str(result.row.pk), **verbose(result.row)}
    if result.written:
        entry["out"] = str(result.written)
    return entry


def _printed(result: Result, layout: str, *, is_one_of_many: bool) -> str:
    """Return what is printed of one file: its text, or where it was written."""
    if result.written:
        return f"{result.written}\n"
    if result.row is None:
        return ""
    if layout != TEXT:
        return transcription_export(transcription=result.row, layout=layout).decode()
    text = f"{result.row.text or NAMELESS.get(result.row.answer, '')}\n"
    return f"{result.file.path}: {text}" if is_one_of_many else text
