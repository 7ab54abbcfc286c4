"""What an import keeps on the disk until it is decided: the upload, and a few clips of it to listen to."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from recognition.engine.audio import SAMPLE_RATE_HZ, write_flac
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from training_jobs.models import DatasetImport
from training_jobs.services.cutting import SCRATCH_PREFIX
from training_jobs.services.import_listing import scratch_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXAMPLES_SUFFIX: Final = ".examples"
EXAMPLE_SECONDS: Final = 20
SCRATCH_KEPT_SECONDS: Final = 24 * 3600


def is_ours(row: DatasetImport) -> bool:
    """Say whether the upload lies with the site; what the command was pointed at does not, and is left alone."""
    return not Path(row.source).is_absolute()


def upload_remove(row: DatasetImport) -> None:
    """Delete an upload that nobody will read again, with what could be heard of it."""
    if row.status in DatasetImport.FINAL and is_ours(row):
        examples_clear(row)
        absolute(row.source).unlink(missing_ok=True)


def examples_clear(row: DatasetImport) -> None:
    """Delete the clips to listen to."""
    if is_ours(row):
        shutil.rmtree(absolute(row.source + EXAMPLES_SUFFIX), ignore_errors=True)


def example_path(row: DatasetImport, number: int) -> Path:
    """Return where a clip to listen to lies, or would lie."""
    return absolute(row.source + EXAMPLES_SUFFIX) / f"{number}.flac"


def import_example(*, row: DatasetImport, number: int) -> Path:
    """Return the file of a clip to listen to. Raises ServiceError not_found (404) where there is none any more."""
    path = example_path(row, number)
    if row.status in DatasetImport.FINAL or not path.is_file():
        message = _("There is no such example. It goes when the upload has been read or thrown away.")
        raise ServiceError("not_found", message, status=404)
    return path


def example_write(row: DatasetImport, number: int, samples: NDArray[np.float32]) -> None:
    """Keep the beginning of a clip to be listened to before anything is decided."""
    path = example_path(row, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_flac(path, samples[: EXAMPLE_SECONDS * SAMPLE_RATE_HZ])


def scratch_purge() -> int:
    """Remove copies of recordings whose worker was killed while it made them; count them."""
    before = time.time() - SCRATCH_KEPT_SECONDS
    left = [path for path in scratch_folder().glob(f"{SCRATCH_PREFIX}*") if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
