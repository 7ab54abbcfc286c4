"""`/evaluations/`: measure a version on a dataset, compare two on the same clips, hear what changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from recognition.models import ModelVersion
from recognition.services.models import model_resolve
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import decimal_text, percent_text, thousands_text
from speechsite.lib.pagination import page_of
from speechsite.lib.scores import axis_for, score_of
from training_jobs.dispatch.evaluations import submit_evaluation
from training_jobs.models import Dataset, EvaluatedClip, Evaluation
from training_jobs.services.splits import names_text
from training_jobs.web.alignment import Alignment, alignment_of
from training_jobs.web.training_pages import user_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, QueryDict

    from speechsite.lib.scores import Score

CLIPS_SHOWN: Final = 20
MOST_VERSIONS: Final = 200
MOST_SPEAKERS: Final = 12
BETTER, WORSE, WRONG, ALL = "better", "worse", "wrong", "all"


@dataclass(frozen=True)
class Dot:
    """One version's score on the shared axis; places are shares of it."""

    version: ModelVersion
    score: Score
    at: float
    low: float
    high: float
    voices: str
    remarks: list[str]


@dataclass(frozen=True)
class Line:
    """One clip: what was said, and what each version heard."""

    row: EvaluatedClip
    heard: Alignment
    against: Alignment | None


@dataclass(frozen=True)
class Choice:
    """One way to narrow the clips."""

    name: str
    title: str
    count: int


class EvaluationForm:
    """Which versions are to hear which dataset; what is wrong with it is in `failure`."""

    def __init__(self, request: HttpRequest) -> None:
        self.owner = user_of(request)
        self.data: QueryDict = request.POST if request.method == "POST" else request.GET
        self.failure: ServiceError | None = None

    @cached_property
    def versions(self) -> list[ModelVersion]:
        """Return the versions there are, the newest of each recogniser first."""
        rows = ModelVersion.objects.visible_to(self.owner).select_related("recognizer")
        return list(rows.order_by("recognizer__name", "-number")[:MOST_VERSIONS])

    @cached_property
    def datasets(self) -> list[Dataset]:
        """Return the datasets there are."""
        return list(Dataset.objects.visible_to(self.owner).order_by("name"))

    @property
    def version(self) -> str:
        """Return the chosen version's name; else the newest."""
        return self.data.get("version", "") or (str(self.versions[0]) if self.versions else "")

    @property
    def against(self) -> str:
        """Return the name of the version to compare with, or nothing."""
        return self.data.get("against", "")

    @property
    def dataset(self) -> str:
        """Return the id of the chosen dataset."""
        return self.data.get("dataset", "")

    @property
    def split(self) -> str:
        """Return which clips are heard."""
        return self.data.get("split", "") or str(Evaluation.Split.TEST)

    @property
    def splits(self) -> list[tuple[str, str]]:
        """Return the choices of clips, in words."""
        return [("test", _("clips that no version here has learned")), ("all", _("all clips, learned ones too"))]

    def submit(self) -> Evaluation | None:
        """Ask for the evaluation; None where it is refused, `failure` says why."""
        dataset = next((row for row in self.datasets if str(row.pk) == self.dataset), None)
        if dataset is None:
            gone = _("This dataset is not there any more. Choose another one.")
            self.failure = ServiceError("dataset_not_found", gone)
            return None
        try:
            return submit_evaluation(
                owner=self.owner,
                version=model_resolve(owner=self.owner, model=self.version),
                against=model_resolve(owner=self.owner, model=self.against) if self.against else None,
                dataset=dataset,
                split=self.split,
            )
        except ServiceError as refused:
            self.failure = refused
            return None


@require_http_methods(["GET", "HEAD", "POST"])
def evaluation_list(request: HttpRequest) -> HttpResponse:
    """Show the form and the evaluations so far; a post begins one."""
    form = EvaluationForm(request)
    if request.method == "POST" and (row := form.submit()):
        return redirect("training_jobs:evaluation-detail", row.pk)
    page = page_of(request, evaluations_of(request))
    return render(request, "evaluations/list.html", {"form": form, "page": page}, status=422 if form.failure else 200)


@require_safe
def evaluation_detail(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Show how far an evaluation is, then what it found."""
    row = get_object_or_404(evaluations_of(request), pk=evaluation_id)
    template = "evaluations/_clips.html" if getattr(request, "htmx", False) else "evaluations/detail.html"
    return render(request, template, evaluation_context(row, request))


@require_safe
def evaluation_status(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Return the part that changes; at the end the page is asked to load anew."""
    row = get_object_or_404(evaluations_of(request), pk=evaluation_id)
    response = render(request, "evaluations/_now.html", {"evaluation": row})
    if row.status in Evaluation.FINAL:
        response["HX-Refresh"] = "true"
    return response


def evaluations_of(request: HttpRequest) -> QuerySet[Evaluation]:
    """Return the user's own evaluations with what a page reads of other tables."""
    rows = Evaluation.objects.visible_to(request.user)
    return rows.select_related("version__recognizer", "against__recognizer", "dataset")


def evaluation_context(row: Evaluation, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of an evaluation shows."""
    context: dict[str, Any] = {"evaluation": row, "is_active": row.status in Evaluation.ACTIVE}
    if row.status != Evaluation.Status.DONE:
        return context
    choices = choices_of(row)
    asked = request.GET.get("show", "")
    shown = asked if asked in {choice.name for choice in choices} else _first_worth_seeing(choices)
    dots, axis = dots_of(row)
    lines = clips_of(row, shown, page=request.GET.get("page"))
    return {
        **context,
        **comparison_context(row.document.get("comparison")),
        "dots": dots,
        "axis": axis,
        "choices": choices,
        "shown": shown,
        "page": lines,
        "lines": [line_of(clip) for clip in lines.object_list],
    }


def comparison_context(comparison: dict[str, Any] | None) -> dict[str, Any]:
    """Return how two versions compare, and the speakers whose score changed most; empty for a version alone."""
    if comparison is None:
        return {}
    changed = sorted(comparison["per_speaker"], key=lambda row: -abs(row["difference"]))[:MOST_SPEAKERS]
    speakers = [{**row, "change": _change_text(row["difference"])} for row in changed]
    left_out = len(comparison["per_speaker"]) - len(speakers)
    return {"comparison": comparison, "speakers": speakers, "speakers_left_out": left_out}


def _change_text(difference: float) -> str:
    """Say a change of the share that is wrong, so that the sign needs no thought."""
    if not difference:
        return pgettext("change of a score", "none")
    sentence = _("{points} points fewer") if difference < 0 else _("{points} points more")
    return sentence.format(points=decimal_text(abs(difference) * 100, 1))


def dots_of(row: Evaluation) -> tuple[list[Dot], Any]:
    """Return the scores of the versions on one axis."""
    versions = [version for version in (row.version, row.against) if version]
    figures = [row.document["versions"][str(version)] for version in versions]
    scores = [score for score in map(score_of, figures) if score]
    axis = axis_for(scores)
    dots = [
        Dot(
            version,
            score,
            axis.place(score.value),
            axis.place(score.low),
            axis.place(score.high),
            voices=_voices(document),
            remarks=_remarks(version, document),
        )
        for version, score, document in zip(versions, scores, figures, strict=True)
    ]
    return dots, axis


def _voices(document: dict[str, Any]) -> str:
    return _("voices it had never heard") if document["unseen_speakers"] else _("voices it may know")


def _remarks(version: ModelVersion, document: dict[str, Any]) -> list[str]:
    """Say what makes a score worth less than it looks, and what became of the clips it says nothing of."""
    remarks = (_learned(version, document), _refused(version, document), _unknown(version, document), _others(document))
    return [remark for remark in remarks if remark]


def _learned(version: ModelVersion, document: dict[str, Any]) -> str:
    if learned := document.get("learned_clips", 0):
        return _("{version} has learned {count} of these clips, so its score says too much.").format(
            version=version, count=thousands_text(learned)
        )
    if document.get("is_learning_known", True):
        return ""
    return _(
        "What {version} has learned is not known here; if these clips are among it, its score says too much."
    ).format(version=version)


def _refused(version: ModelVersion, document: dict[str, Any]) -> str:
    refused = document.get("refused_texts", 0)
    if not refused:
        return ""
    return ngettext(
        "{count} texts are not written as the rules of {version} allow and were left out.",
        "{count} texts are not written as the rules of {version} allow and were left out.",
        refused,
    ).format(count=thousands_text(refused), version=version)


def _unknown(version: ModelVersion, document: dict[str, Any]) -> str:
    """Say how many clips are of words the version never learned."""
    unknown = document.get("unknown")
    if not unknown:
        return ""
    return ngettext(
        "In {count} clip {version} hears a word it does not know ({words}): it counts as wrong, and {share} of them "
        "were turned away.",
        "In {count} clips {version} hears words it does not know ({words}): they count as wrong, and {share} of them "
        "were turned away.",
        unknown["clips"],
    ).format(
        count=thousands_text(unknown["clips"]),
        version=version,
        words=names_text(document["unknown_labels"]),
        share=percent_text(unknown["share"]),
    )


def _others(document: dict[str, Any]) -> str:
    others = document.get("others")
    if not others:
        return ""
    return ngettext(
        "Of {count} clip of other words it turned {share} away; it does not count in the score.",
        "Of {count} clips of other words it turned {share} away; they do not count in the score.",
        others["clips"],
    ).format(count=thousands_text(others["clips"]), share=percent_text(others["share"]))


def choices_of(row: Evaluation) -> list[Choice]:
    """Return the ways to narrow the clips, with how many each shows."""
    clips = row.clips
    wrong = Choice(WRONG, pgettext("clips that were heard", "wrong"), clips.filter(word_errors__gt=0).count())
    everything = Choice(ALL, pgettext("clips that were heard", "all"), clips.count())
    if row.against is None:
        return [wrong, everything]
    changed = [
        Choice(BETTER, _("better now"), clips.filter(change=BETTER).count()),
        Choice(WORSE, _("worse now"), clips.filter(change=WORSE).count()),
    ]
    return [*changed, wrong, everything]


def _first_worth_seeing(choices: list[Choice]) -> str:
    return next((choice.name for choice in choices if choice.count), ALL)


def clips_of(row: Evaluation, shown: str, *, page: str | None) -> Page[EvaluatedClip]:
    """Return a page of clips, most errors first."""
    clips = row.clips.select_related("clip").order_by("-word_errors", "-confidence", "id")
    narrowed = {BETTER: Q(change=BETTER), WORSE: Q(change=WORSE), WRONG: Q(word_errors__gt=0)}
    return Paginator(clips.filter(narrowed.get(shown, Q())), CLIPS_SHOWN).get_page(page)


def line_of(row: EvaluatedClip) -> Line:
    """Put what was heard beside what was said."""
    is_compared = row.against_word_errors is not None
    against = alignment_of(row.against_said, row.against_heard) if is_compared else None
    return Line(row, alignment_of(row.said, row.heard), against)
