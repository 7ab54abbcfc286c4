"""`python manage.py export_dataset NAME OUT`: write a dataset out, in the foreground."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import BaseCommand, CommandError

from speechsite.lib.commands.owners import USAGE, owner_named
from speechsite.lib.commands.progress import ProgressBar
from speechsite.lib.errors import ServiceError, envelope
from speechsite.lib.numbers import bytes_text
from training_jobs.exporters import DEFAULT, LAYOUTS
from training_jobs.models import Dataset
from training_jobs.services.dataset_export import dataset_export, layout_for

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from training_jobs.services.dataset_export import Exported

LEFT_OUT_SHOWN: Final = 20
BAD_USAGE: Final = frozenset({"unknown_layout", "layout_for_other_kind", "target_exists"})


class Command(BaseCommand):
    help = (
        "Write the clips of a dataset that are ready into a zip (OUT ends in .zip) or into a new folder. Nothing is "
        "overwritten, and an export that fails leaves nothing behind. Progress goes to stderr. "
        "Exit status: 0 done, 1 nothing could be written, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the dataset")
        parser.add_argument("out", metavar="OUT", type=Path, help="a zip or a folder that is not there yet")
        parser.add_argument(
            "--layout",
            choices=[layout.name for layout in LAYOUTS],
            default=DEFAULT,
            help="how the files are laid out (default: %(default)s, which keeps everything)",
        )
        parser.add_argument("--owner", metavar="USERNAME", help="whose dataset it is (default: the only account)")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *_: Any, **options: Any) -> None:
        dataset = self._dataset(options)
        bar = ProgressBar(self.stderr)
        try:
            result = dataset_export(
                dataset=dataset,
                layout=layout_for(dataset, options["layout"]),
                target=self._target(options["out"]),
                on_progress=lambda done, total: bar.show(done / total, options["out"].name, note=f"{done:,} clips"),
            )
        except ServiceError as failure:
            bar.end()
            self._give_up(failure, as_json=options["json"])
        except OSError as failure:
            bar.end()
            unwritten = ServiceError("out_unwritable", f"{options['out']} cannot be written: {failure.strerror}.")
            self._give_up(unwritten, as_json=options["json"])
        else:
            bar.end()
            document = json.dumps(result.summary(), ensure_ascii=False)
            self.stdout.write(document if options["json"] else in_words(result))

    @staticmethod
    def _dataset(options: dict[str, Any]) -> Dataset:
        own = Dataset.objects.visible_to(owner_named(options["owner"]))
        dataset = own.filter(name=options["name"]).first()
        if dataset is None:
            known = ", ".join(own.values_list("name", flat=True)) or "none"
            message = f"There is no dataset called “{options['name']}”. There are: {known}."
            raise CommandError(message, returncode=USAGE)
        return dataset

    @staticmethod
    def _target(out: Path) -> Path:
        target = out.absolute()
        if not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent} to write into.", returncode=USAGE)
        return target

    def _give_up(self, failure: ServiceError, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(envelope(failure.code, failure.message), ensure_ascii=False))
        self.stderr.write(f"{failure.message} ({failure.code})")
        sys.exit(USAGE if failure.code in BAD_USAGE else 1)


def in_words(result: Exported) -> str:
    """Return what an export came to, for people."""
    count = len(result.left_out)
    summary = (
        f"{result.dataset}: {result.clips:,} clips written to {result.path}, {bytes_text(result.size_bytes)}, "
        f"layout {result.layout}, {count:,} left out."
    )
    lines = [summary]
    lines += [f"  “{one.text}”: {one.message} ({one.code})" for one in result.left_out[:LEFT_OUT_SHOWN]]
    if count > LEFT_OUT_SHOWN:
        lines.append(f"  and {count - LEFT_OUT_SHOWN:,} more; --json lists all of them.")
    return "\n".join(lines)
