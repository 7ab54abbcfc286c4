"""What all layouts with one file of times and texts per recording have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.recordings import Recordings, folder_splits
from training_jobs.readers.rows import Match, Problem, Row, extension_of
from training_jobs.readers.spans import Place, Span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from training_jobs.archives import Source

LOOKED_AT = 20
SURE = 0.93
MOST_RECORDINGS = 0.5
A_FEW = 0.55
WITHOUT_SOUND = 0.3


class Annotation(NamedTuple):
    """One file: the recordings it names, the best first, and its pieces. Most formats name none."""

    spans: Iterable[Span | Problem]
    media: tuple[str, ...] = ()


class AlignedFiles(ABC):
    """A layout whose files each cut one recording into pieces.

    A file belongs to the recording it names, else to that of its own stem; where the upload holds one recording and
    one such file, they belong together whatever they are called.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    grammar: ClassVar[str]
    extensions: ClassVar[frozenset[str]]

    @abstractmethod
    def looks_right(self, source: Source, name: str) -> bool:
        """Judge one file by its first lines."""

    @abstractmethod
    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        """Read one file. Raises MemberError where nothing of it can be read."""

    def recognise(self, source: Source) -> Match | None:
        candidates = self._candidates(source)
        looked_at = candidates[:LOOKED_AT]
        files = [name for name in looked_at if self.looks_right(source, name)]
        if not files:
            return None
        recordings = Recordings(source)
        found = {self._recording(source, recordings, name, len(candidates)) for name in files} - {None}
        claim = _claim(files, said(self.title))
        if not found:
            return Match(WITHOUT_SOUND, said("{claim}, but no recording of theirs was found.", claim=claim))
        count = len(recordings.names)
        share = len(found) * len(candidates) / len(looked_at) / count
        if share < MOST_RECORDINGS:
            few = said("{claim}, but few of the {count:,} recordings belong to such files.", claim=claim, count=count)
            return Match(A_FEW, few)
        first = min(one for one in found if one)
        return Match(SURE, said("{claim}, and what they cut is there: {recording}.", claim=claim, recording=first))

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        recordings = Recordings(source)
        files = self.files(source)
        splits = folder_splits(files)
        used: dict[str, str] = {}
        for name in files:
            try:
                annotation = self.annotation(source, name, options)
            except MemberError as failure:
                yield Problem(name, failure.code, failure.message)
                continue
            member = recording_of(recordings, name, annotation.media, len(files))
            if member is None:
                yield _without_recording(name, annotation.media)
            elif member in used:
                yield _second(name, used[member], member)
            else:
                used[member] = name
                yield from rows_of(Place(member, name, splits.get(name, "")), annotation.spans)
        yield from unused(recordings, used)

    def files(self, source: Source) -> list[str]:
        """Return the files of this layout; `talk.srt` before `talk.de.srt`, because the first one counts."""
        return [name for name in self._candidates(source) if self.is_ours(source, name)]

    def is_ours(self, source: Source, name: str) -> bool:
        """Say whether a file with the right extension is meant at all; else it is passed over in silence."""
        return name in source.sizes

    def _candidates(self, source: Source) -> list[str]:
        names = [name for name in source.names if extension_of(name) in self.extensions]
        return sorted(names, key=lambda name: (PurePosixPath(name).name.count("."), name))

    def media(self, source: Source, name: str) -> tuple[str, ...]:
        """Return the recordings a file names, the best first; by a look at its beginning."""
        return ()

    def _recording(self, source: Source, recordings: Recordings, name: str, files: int) -> str | None:
        return recording_of(recordings, name, self.media(source, name), files)


def _claim(files: list[str], title: str) -> str:
    if len(files) == 1:
        return said("{file} is written as {title}", file=files[0], title=title)
    count = len(files) - 1
    return said("{file} and {count:,} more files are written as {title}", file=files[0], count=count, title=title)


def recording_of(recordings: Recordings, name: str, media: Iterable[str], files: int) -> str | None:
    """Return the recording that one of `files` annotation files belongs to."""
    named = (recordings.named(url, beside=name) for url in media)
    return next((one for one in named if one), None) or recordings.beside(name) or recordings.only(files)


def unused(recordings: Recordings, used: Iterable[str]) -> Iterator[Problem]:
    """Yield one note on the recordings that no file cuts."""
    taken = set(used)
    left = [name for name in recordings.names if name not in taken]
    if left:
        message = said(
            "{count:,} audio files are cut by no file and were left out; the first is “{first}”.",
            count=len(left),
            first=left[0],
        )
        yield Problem(left[0], "files_unlisted", message, is_clip_lost=False)


def _without_recording(name: str, media: tuple[str, ...]) -> Problem:
    if media:
        message = said(
            "Has no recording: it names “{recording}”, which is not in the upload. Add the recording, with the same "
            "name as this file.",
            recording=media[0],
        )
    else:
        message = said(
            "Has no recording: it belongs to a recording called “{recording}”. Add the recording, with the same name "
            "as this file.",
            recording=PurePosixPath(name).stem,
        )
    return Problem(name, "file_missing", message)


def _second(name: str, first: str, member: str) -> Problem:
    message = said(
        "Cuts “{recording}” again, which “{first}” cuts already; only that one was read. Upload the one you want.",
        recording=member,
        first=first,
    )
    return Problem(name, "annotation_twice", message, is_clip_lost=False)
