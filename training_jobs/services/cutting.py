"""The sound of rows: whole files, or pieces cut out of longer recordings, each of which is decoded once."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import numpy as np
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recognition.engine.audio import (
    MIN_SECONDS,
    SAMPLE_RATE_HZ,
    AudioLimits,
    decode_blocks,
    samples_from_int16,
    samples_to_int16,
)
from recognition.engine.errors import EngineError
from recognition.engine.headerless import with_header
from training_jobs.archives.errors import MemberError
from training_jobs.labels import NOISE
from training_jobs.readers import Row
from training_jobs.services.analysis import analyse, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from training_jobs.archives import Source
    from training_jobs.readers import Problem
    from training_jobs.services.analysis import Analysis

LONGEST_FILE_BYTES: Final = 512 * 1024**2
LONGEST_RECORDING_BYTES: Final = 4 * 1024**3
IN_MEMORY_BYTES: Final = 32 * 1024**2
SCRATCH_PREFIX: Final = "recording-"
# Times are written down rounded; codecs pad a little. Less than this past the end is no fault of the table.
END_TOLERANCE_SECONDS: Final = 0.05
PAST_END: Final = "time_past_end"


@dataclass
class Recording:
    """A decoded recording: `samples` has shape (samples,), int16, 16 kHz, and lies on the disk."""

    member: str
    samples: NDArray[np.int16]
    sample_rate_hz: int
    container: str
    warnings: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


class Sounds:
    """Gives the sound of one row after the other. It holds the recording that was cut last, and no other."""

    def __init__(self, source: Source, *, scratch: Path, tick: Callable[[], None]) -> None:
        self._source = source
        self._scratch = scratch
        self._tick = tick
        self._member = ""
        self._recording: Recording | None = None
        self._failure: EngineError | MemberError | None = None
        self._file: IO[bytes] | None = None
        self._news: Recording | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def of(self, row: Row) -> Analysis:
        """Return the sound of a row, measured. Raises EngineError, MemberError where there is none to be had.

        Of its own: times_reversed, times_negative, time_past_end. A piece that reaches over the end of its recording
        is cut there and carries the warning time_past_end. Of a recording of noise the beginning is enough.
        """
        if row.text == NOISE and not is_cut(row):
            return _beginning(self._recording_of(row))
        if is_cut(row):
            return _piece(self._recording_of(row), row)
        content = self._source.read(row.member, limit=LONGEST_FILE_BYTES)
        if row.encoding:
            return analyse(with_header(content, row.encoding))
        return analyse(content, name=row.member)

    def news(self) -> Recording | None:
        """Return the recording that was decoded since this was asked last, if any."""
        news, self._news = self._news, None
        return news

    def _recording_of(self, row: Row) -> Recording:
        if row.member != self._member:
            self._drop()
            self._member = row.member
            self._decode(row)
        if self._failure:
            raise self._failure
        assert self._recording is not None  # noqa: S101 - decoding leaves one of the two behind
        return self._recording

    def _decode(self, row: Row) -> None:
        try:
            self._recording = self._news = self._decoded(row)
        except (EngineError, MemberError) as failure:
            # Every row of this recording says so; it is not decoded again for each.
            self._failure = failure

    def _decoded(self, row: Row) -> Recording:
        limits = AudioLimits(max_seconds=settings.MAX_RECORDING_SECONDS, max_bytes=LONGEST_RECORDING_BYTES)
        self._scratch.mkdir(parents=True, exist_ok=True)
        # Nameless on purpose: the disk space comes back however this process ends.
        self._file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115 - closed by _drop
        name = "" if row.encoding else row.member
        with self._content(row) as content, decode_blocks(content, name=name, limits=limits) as blocks:
            for block in blocks:
                self._file.write(samples_to_int16(block).tobytes())
                self._tick()
            self._file.flush()
            samples = np.memmap(self._file, dtype=np.int16, mode="r")
            return Recording(row.member, samples, blocks.source_sample_rate_hz, blocks.container, blocks.warnings)

    @contextmanager
    def _content(self, row: Row) -> Iterator[Path | bytes]:
        """Give a member as bytes where it is small, else as a file beside the upload."""
        if row.encoding:
            yield with_header(self._source.read(row.member, limit=LONGEST_FILE_BYTES), row.encoding)
            return
        if self._source.sizes.get(row.member, 0) <= IN_MEMORY_BYTES:
            yield self._source.read(row.member, limit=IN_MEMORY_BYTES)
            return
        with tempfile.NamedTemporaryFile(dir=self._scratch, prefix=SCRATCH_PREFIX) as copy:
            for block in self._source.blocks(row.member, limit=LONGEST_RECORDING_BYTES):
                copy.write(block)
                self._tick()
            copy.flush()
            yield Path(copy.name)

    def _drop(self) -> None:
        self._recording = self._failure = None
        self._member = ""
        if self._file:
            self._file.close()
            self._file = None


def is_cut(row: Row) -> bool:
    """Say whether a row is a piece of a longer recording."""
    return row.start_seconds is not None or row.end_seconds is not None


def in_reading_order(items: Sequence[Row | Problem]) -> list[Row | Problem]:
    """Bring the rows of one recording together, where the first of them stands; all else keeps its place."""
    first: dict[str, int] = {}
    places = []
    for place, item in enumerate(items):
        is_piece = isinstance(item, Row) and is_cut(item)
        places.append(first.setdefault(item.member, place) if is_piece and isinstance(item, Row) else place)
    return [items[place] for place in sorted(range(len(items)), key=lambda one: (places[one], one))]


def _beginning(recording: Recording) -> Analysis:
    """Return a recording, or as much of it as a clip may have."""
    _check_length(min(recording.seconds, settings.MAX_CLIP_SECONDS))
    return _measured(recording, recording.samples[: round(settings.MAX_CLIP_SECONDS * SAMPLE_RATE_HZ)])


def _piece(recording: Recording, row: Row) -> Analysis:
    start, end, warnings = _bounds(row, recording.seconds)
    _check_length(end - start)
    return _measured(
        recording, recording.samples[round(start * SAMPLE_RATE_HZ) : round(end * SAMPLE_RATE_HZ)], warnings
    )


def _measured(recording: Recording, cut: NDArray[np.int16], warnings: tuple[str, ...] = ()) -> Analysis:
    return measured(
        samples_from_int16(np.array(cut)),
        source_sample_rate_hz=recording.sample_rate_hz,
        container=recording.container,
        warnings=warnings,
    )


def _bounds(row: Row, total: float) -> tuple[float, float, tuple[str, ...]]:
    start = 0.0 if row.start_seconds is None else row.start_seconds
    end = total if row.end_seconds is None else row.end_seconds
    if start < 0:
        message = _("Starts at {start} s, before the recording does. Correct the time.")
        raise MemberError("times_negative", message.format(start=_number(start)))
    if row.end_seconds is not None and not start < row.end_seconds:
        message = _("Starts at {start} s and ends at {end} s. Correct the times.")
        raise MemberError("times_reversed", message.format(start=_number(start), end=_number(end)))
    if start > total - MIN_SECONDS:
        message = _("Starts at {start} s, and the recording ends at {end} s. Correct the time.")
        raise MemberError(PAST_END, message.format(start=_number(start), end=number_format(f"{total:.2f}")))
    warnings = (PAST_END,) if end > total + END_TOLERANCE_SECONDS else ()
    return start, min(end, total), warnings


def _check_length(seconds: float) -> None:
    if seconds > settings.MAX_CLIP_SECONDS:
        message = _(
            "Lasts {seconds} s; a clip may have {most} s. Give it an earlier end, or cut it into several."
        ).format(seconds=number_format(f"{seconds:.1f}"), most=_number(settings.MAX_CLIP_SECONDS))
        raise MemberError("audio_too_long", message)
    if seconds < MIN_SECONDS:
        message = _("Lasts {seconds} s; a clip needs {least} s at least.").format(
            seconds=number_format(f"{seconds:.3f}"), least=_number(MIN_SECONDS)
        )
        raise MemberError("audio_too_short", message)


def _number(seconds: float) -> str:
    return number_format(f"{seconds:g}")
