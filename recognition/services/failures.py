"""What a person reads when recognising stopped: a stable code and a sentence; the technical text is for staff."""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass

from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Failure:
    """How an attempt ended that gave no text."""

    code: str
    message: str
    detail: str


DISK_FULL = (
    "disk_full",
    gettext_lazy("The disk of the site is full. The recording is kept; make room, then recognise it again."),
)
UNKNOWN = (
    "recognition_failed",
    gettext_lazy(
        "Recognising stopped for an unknown reason. The recording is kept; recognise it again, or report code and time."
    ),
)
WORKER_LOST = (
    "worker_lost",
    gettext_lazy(
        "The worker was lost several times while it recognised this. The recording is kept; recognise it again when "
        "the site has rested, or cut it into shorter pieces."
    ),
)


def failure_of(cause: BaseException) -> Failure:
    """Return code and sentence of what stopped an attempt; never the text of an exception nobody foresaw."""
    trace = "".join(traceback.format_exception(cause))
    code, message = getattr(cause, "code", None), getattr(cause, "message", None)
    if isinstance(code, str) and isinstance(message, str):
        return Failure(code, message, _storable(getattr(cause, "detail", "") or trace))
    is_full = isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}
    code, sentence = DISK_FULL if is_full else UNKNOWN
    return Failure(code, str(sentence), _storable(trace))


def _storable(detail: str) -> str:
    """Return technical text as every database takes it: PostgreSQL refuses NUL."""
    return detail.replace("\0", "\N{REPLACEMENT CHARACTER}")
