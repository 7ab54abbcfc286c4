"""`python manage.py models list|promote|rollback|export|import`: the registry from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from recognition.engine.errors import EngineError
from recognition.models import ModelVersion, Recognizer
from recognition.models.recognizers import Kind
from recognition.services.bundles import version_export, version_import
from recognition.services.models import model_resolve, recognizer_rollback, version_promote
from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.errors import ServiceError
from speechsite.lib.scores import score_of

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.contrib.auth.models import User

MODEL = "NAME (its production version), NAME@ALIAS or NAME@v3"
OWNER = "whose models; else the only user's or the administrator's"


class Command(BaseCommand):
    help = (
        "List models, put a version in production or the one before it back, carry bundles in and out. "
        "Exit status: 0 done, 1 failed, 2 the arguments cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one act and what it needs."""
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        self._add(acts, "list", "list every version")
        promote = self._add(acts, "promote", "put a version in production")
        promote.add_argument("model", help=MODEL)
        promote.add_argument("--reason", default="", help="why; kept in the log")
        rollback = self._add(acts, "rollback", "put the version before back in production")
        rollback.add_argument("recognizer")
        rollback.add_argument("--reason", default="", help="why; kept in the log")
        export = self._add(acts, "export", "write a version's bundle as a zip file")
        export.add_argument("model", help=MODEL)
        export.add_argument("out", type=Path, help="the zip file to write")
        imported = self._add(acts, "import", "make a version of a zipped bundle")
        imported.add_argument("bundle", type=Path, help="the zip file")
        imported.add_argument("--recognizer", default="", help="its name here (default: the one in the bundle)")

    def _add(self, acts: Any, name: str, help_text: str) -> ArgumentParser:
        parser: ArgumentParser = acts.add_parser(name, help=help_text, description=help_text)
        parser.add_argument("--owner", metavar="USERNAME", help=OWNER)
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the act; a refusal is one sentence."""
        owner = owner_named(options["owner"])
        acts = {
            "list": self._list,
            "promote": self._promote,
            "rollback": self._rollback,
            "export": self._export,
            "import": self._import,
        }
        try:
            document, sentence = acts[options["act"]](owner, options)
        except (ServiceError, EngineError) as refused:
            is_usage = refused.code == "model_not_found"
            raise CommandError(f"{refused.message} ({refused.code})", returncode=USAGE if is_usage else 1) from None
        except OSError as failure:
            raise CommandError(f"{failure.filename}: {failure.strerror}.", returncode=1) from None
        self.stdout.write(json.dumps(document, ensure_ascii=False) if options["json"] else sentence)

    def _list(self, owner: User, options: dict[str, Any]) -> tuple[Any, str]:
        rows = ModelVersion.objects.visible_to(owner).select_related("recognizer").prefetch_related("aliases")
        versions = list(rows.order_by("recognizer__name", "-number"))
        lines = [_line(version) for version in versions] or ["There is no model yet. Train one with `manage.py train`."]
        return [_document(version) for version in versions], "\n".join(lines)

    def _promote(self, owner: User, options: dict[str, Any]) -> tuple[Any, str]:
        version = model_resolve(owner=owner, model=options["model"])
        version_promote(version=version, by=owner, reason=options["reason"])
        return _document(version), f"{version} is in production."

    def _rollback(self, owner: User, options: dict[str, Any]) -> tuple[Any, str]:
        version = model_resolve(owner=owner, model=options["recognizer"])
        recognizer = Recognizer.objects.get(pk=version.recognizer_id)
        change = recognizer_rollback(recognizer=recognizer, by=owner, reason=options["reason"])
        return _document(change.to_version), f"{change.to_version} is in production again."

    def _export(self, owner: User, options: dict[str, Any]) -> tuple[Any, str]:
        version = model_resolve(owner=owner, model=options["model"])
        out: Path = options["out"]
        shutil.copyfile(version_export(version=version), out)
        return {"model": str(version), "file": str(out)}, f"{version} is in {out}."

    def _import(self, owner: User, options: dict[str, Any]) -> tuple[Any, str]:
        archive: Path = options["bundle"]
        if not archive.is_file():
            raise CommandError(f"There is no file at {archive}.", returncode=USAGE)
        version = version_import(owner=owner, archive=archive, recognizer_name=options["recognizer"])
        return _document(version), f"The bundle is in as {version}."


def _document(version: ModelVersion) -> dict[str, Any]:
    return {
        "model": str(version),
        "aliases": [alias.name for alias in version.aliases.all()],
        "labels": version.labels,
        "metrics": version.metrics,
        "size_bytes": version.size_bytes,
        "created_at": version.created_at.isoformat(),
    }


def _line(version: ModelVersion) -> str:
    aliases = ", ".join(alias.name for alias in version.aliases.all())
    score = score_of(version.metrics)
    quality = f"{score.text} {'of words wrong' if score.is_error else 'right'}" if score else "not measured here"
    hears = f"{len(version.labels):,} words" if version.recognizer.kind == Kind.WORDS else "sentences"
    return f"{version!s:<24} {quality:<22} {hears:<11} {aliases}".rstrip()
