"""Listed rows being listened to: each becomes a text with its sound, or a problem with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from recognition.engine.errors import EngineError
from speechsite.lib.errors import ServiceError
from training_jobs.archives.errors import MemberError
from training_jobs.readers import Problem
from training_jobs.services.analysis import labelled
from training_jobs.services.clips import checked_label
from training_jobs.services.cutting import Sounds
from training_jobs.services.import_listing import scratch_folder
from training_jobs.services.import_problems import problem_at
from training_jobs.services.sentences import recording_sentence, rejection_sentence, warning_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from training_jobs.archives import Source
    from training_jobs.readers import Row
    from training_jobs.services.analysis import Analysis


@dataclass(frozen=True)
class Heard:
    """A row whose sound could be read, on its way to being a clip."""

    row: Row
    text: str
    analysis: Analysis


class Hearing:
    """Listens to the rows of one upload, those of one recording after each other."""

    def __init__(self, source: Source, *, kind: str, tick: Callable[[], None]) -> None:
        self._kind = kind
        self._sounds = Sounds(source, scratch=scratch_folder(), tick=tick)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._sounds.__exit__(*unused)

    def hear(self, row: Row) -> Heard | Problem:
        """Return the row with its text as it is stored and its sound as it is measured, or what is wrong with it."""
        try:
            text = checked_label(row.text, kind=self._kind)
            return Heard(row, text, labelled(self._sounds.of(row), text))
        except (EngineError, MemberError, ServiceError) as failure:
            return problem_at(row, failure.code, failure.message)

    def odd_recordings(self) -> Iterator[Problem]:
        """Yield what is odd about a recording that was decoded just now; its pieces are kept all the same."""
        recording = self._sounds.news()
        if recording is None:
            return
        for code in recording.warnings:
            sentence = recording_sentence(
                code, container=recording.container, seconds=recording.seconds, name=recording.member
            )
            yield Problem(recording.member, code, sentence, is_clip_lost=False)


def remarks(heard: Heard) -> Iterator[tuple[Problem, bool]]:
    """Yield what is wrong with sound that could be read, and whether its clip is kept for use all the same."""
    row, analysis = heard.row, heard.analysis
    if analysis.rejection_code:
        sentence = rejection_sentence(analysis.rejection_code)
        yield problem_at(row, analysis.rejection_code, sentence), False
    for code in analysis.warnings:
        yield problem_at(row, code, warning_sentence(code, analysis, name=row.member), is_clip_lost=False), True
