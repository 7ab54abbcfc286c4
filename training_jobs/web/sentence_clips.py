"""The test clips of a job of sentences, most errors first: all, one speaker's, or those with one confusion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator

from training_jobs.models import TestResult
from training_jobs.web.alignment import Alignment, alignment_of, confuses

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from training_jobs.models import Clip, TrainingJob

CLIPS_SHOWN: Final = 20
MOST_LOOKED_AT: Final = 20_000
NOBODY: Final = "-"


@dataclass(frozen=True)
class SentenceLine:
    """One test clip with its alignment."""

    result: TestResult
    alignment: Alignment

    @property
    def clip(self) -> Clip | None:
        """Return the clip, where it was not deleted since."""
        return self.result.snapshot_clip.clip

    @property
    def speaker(self) -> str:
        """Return who says it."""
        return self.result.snapshot_clip.speaker


@dataclass(frozen=True)
class ClipsAsked:
    """Which clips are asked for; `said` and `heard` are one confusion, of characters where `of` says so."""

    speaker: str = ""
    said: str = ""
    heard: str = ""
    of: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> ClipsAsked:
        """Read the query string."""
        asked = {name: request.GET.get(name, "") for name in ("speaker", "said", "heard", "of")}
        return cls(**{**asked, "of": "characters" if asked["of"] == "characters" else ""})

    @property
    def is_confusion(self) -> bool:
        """Say whether clips of one confusion are asked for."""
        return bool(self.said or self.heard)

    @property
    def query(self) -> str:
        """Return the query string without the page."""
        return urlencode({name: value for name, value in vars(self).items() if value})


class SentenceClips:
    """A page of test clips."""

    def __init__(self, job: TrainingJob, asked: ClipsAsked, *, page: str | None = None) -> None:
        self.job, self.asked, self._page = job, asked, page

    @cached_property
    def page(self) -> Page[TestResult]:
        """Return the page that is asked for; a number out of range gives the nearest one."""
        return Paginator(self._results(), CLIPS_SHOWN).get_page(self._page)

    @cached_property
    def lines(self) -> list[SentenceLine]:
        """Return the clips of the page with their alignments."""
        return [SentenceLine(result, alignment_of(result.said, result.heard)) for result in self.page.object_list]

    @property
    def speakers(self) -> list[str]:
        """Return the speakers of the test."""
        names = TestResult.objects.filter(job=self.job).exclude(snapshot_clip__speaker="").order_by()
        return sorted(names.values_list("snapshot_clip__speaker", flat=True).distinct())

    def _results(self) -> QuerySet[TestResult]:
        rows = TestResult.objects.filter(job=self.job).select_related("snapshot_clip__clip")
        if self.asked.speaker:
            wanted = "" if self.asked.speaker == NOBODY else self.asked.speaker
            rows = rows.filter(snapshot_clip__speaker=wanted)
        if self.asked.is_confusion:
            rows = rows.filter(pk__in=self._confused(rows))
        return rows.order_by("-word_errors", "-confidence", "id")

    def _confused(self, rows: QuerySet[TestResult]) -> list[int]:
        """Return the clips in which this confusion happens; the database finds those that can have it."""
        asked = self.asked
        if asked.said.strip():
            rows = rows.filter(said__contains=asked.said)
        if asked.heard.strip():
            rows = rows.filter(heard__contains=asked.heard)
        texts = rows.order_by().values_list("pk", "said", "heard")[:MOST_LOOKED_AT]
        is_of_characters = asked.of == "characters"
        return [
            key
            for key, said, heard in texts
            if confuses(said, heard, pair=(asked.said, asked.heard), is_of_characters=is_of_characters)
        ]
