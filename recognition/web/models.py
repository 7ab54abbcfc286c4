"""`/models/`: recognisers, their versions, and which of them answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition.engine.alphabet import CHARACTERS, FREQUENT_WORDS, SPELLED_LETTERS
from recognition.exchange import bundle_response, kept_upload, user_of
from recognition.models import ModelVersion, Recognizer
from recognition.models.recognizers import PRODUCTION, Kind
from recognition.services.bundles import version_import
from recognition.services.models import recognizer_rollback, rollback_target, version_promote
from recognition.web.version_rows import VersionRow, axis_of, characters_of, rows_of, verdict_of
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from speechsite.lib.score_axis import ScoreAxis

UNIT_STYLES = {
    CHARACTERS: gettext_lazy("single characters"),
    SPELLED_LETTERS: gettext_lazy("single characters, and spelled letters of their own"),
    FREQUENT_WORDS: gettext_lazy("single characters, and frequent words of their own"),
}


class PromoteForm(forms.Form):
    """Why a version goes into production; kept in the log."""

    reason = forms.CharField(max_length=500, strip=True)
    confirmed = forms.BooleanField(required=False)


class BundleForm(forms.Form):
    """A zipped bundle, and the name of the recogniser it becomes a version of."""

    bundle = forms.FileField()
    recognizer = forms.CharField(required=False, max_length=63, strip=True)


def own(request: HttpRequest, name: str) -> Recognizer:
    """Return the caller's own recogniser, or 404."""
    return get_object_or_404(Recognizer.objects.visible_to(request.user), name=name)


def own_version(request: HttpRequest, name: str, number: int) -> ModelVersion:
    """Return one version of the caller's own recogniser, or 404."""
    rows = ModelVersion.objects.visible_to(request.user).select_related("recognizer")
    return get_object_or_404(rows, recognizer__name=name, number=number)


def language_text(code: str) -> str:
    """Return the name of a language in the language of the page, or the code where there is none."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code


@dataclass(frozen=True)
class RecognizerGroup:
    """The recognisers of one kind on their common axis: right words and wrong words share none."""

    kind: str
    axis: ScoreAxis
    lines: list[tuple[Recognizer, VersionRow | None, str]]

    @property
    def counts_errors(self) -> bool:
        """Say whether lower is better."""
        return self.kind == Kind.SENTENCES


@require_safe
def recognizer_list(request: HttpRequest) -> HttpResponse:
    """List one's recognisers with the version that answers."""
    rows = Recognizer.objects.visible_to(request.user).annotate(versions_count=Count("versions"))
    recognizers = list(rows.prefetch_related("aliases__version__recognizer"))
    groups = [_group(kind, [row for row in recognizers if row.kind == kind]) for kind in Kind.values]
    return render(request, "recognition/recognizer_list.html", {"groups": [group for group in groups if group.lines]})


def _group(kind: str, recognizers: list[Recognizer]) -> RecognizerGroup:
    answering = [alias.version for row in recognizers for alias in row.aliases.all() if alias.name == PRODUCTION]
    axis = axis_of(answering)
    by_recognizer = {version.recognizer_id: VersionRow(version, is_production=True, axis=axis) for version in answering}
    lines = [(row, by_recognizer.get(row.pk), language_text(row.language)) for row in recognizers]
    return RecognizerGroup(kind, axis, lines)


@require_safe
def recognizer_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show a recogniser's versions on one axis, put one in production, read the log."""
    return _detail(request, own(request, name), PromoteForm(), wanted=request.GET.get("version", ""))


def _detail(
    request: HttpRequest, recognizer: Recognizer, form: PromoteForm, *, wanted: str = "", status: int = 200
) -> HttpResponse:
    versions = list(recognizer.versions.select_related("recognizer").order_by("-number"))
    alias = recognizer.aliases.filter(name=PRODUCTION).select_related("version").first()
    production = alias.version if alias else None
    candidate = _candidate(versions, production, wanted=wanted)
    log = list(recognizer.alias_changes.filter(alias=PRODUCTION).select_related("from_version", "to_version", "by"))
    context = {
        "recognizer": recognizer,
        "language": language_text(recognizer.language),
        "rows": rows_of(versions, production_id=production.pk if production else None),
        "axis": axis_of(versions),
        "production": production,
        "newest": versions[0] if versions else None,
        "since": next((change.created_at for change in log if change.to_version == production), None),
        "candidate": candidate,
        "verdict": verdict_of(candidate, production) if candidate and production else None,
        "before": rollback_target(recognizer=recognizer),
        "log": log,
        "form": form,
    }
    return render(request, "recognition/recognizer_detail.html", context, status=status)


def _candidate(versions: list[ModelVersion], production: ModelVersion | None, *, wanted: str) -> ModelVersion | None:
    """Return the version the page offers for production: the wanted one, else a newer one than what answers."""
    others = [version for version in versions if version != production]
    named = next((version for version in others if str(version.number) == wanted.removeprefix("v")), None)
    newer = (version for version in others if production is None or version.number > production.number)
    return named or next(newer, None)


@require_safe
def version_detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one version: figures, where it came from, the recipe's values, its model card."""
    version = own_version(request, name, number)
    recipe: dict[str, Any] = version.manifest.get("recipe", {})
    card = version.bundle_path / "model_card.md"
    context = {
        "version": version,
        "row": VersionRow(version, version.aliases.filter(name=PRODUCTION).exists(), axis_of([version])),
        "lineage": version.lineage,
        "recipe": recipe,
        "values": sorted(recipe.get("values", {}).items()),
        "calibration": version.manifest.get("calibration", {}),
        "characters": characters_of(version),
        "unit_style": UNIT_STYLES.get(version.manifest.get("unit_style", ""), ""),
        "packages": sorted(version.manifest.get("packages", {}).items()),
        "card": card.read_text(encoding="utf-8") if card.is_file() else "",
    }
    return render(request, "recognition/version_detail.html", context)


@require_POST
def version_put_in_production(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Let a version answer from the next request on; a worse one needs the second confirmation."""
    version = own_version(request, name, number)
    form = PromoteForm(request.POST)
    if form.is_valid():
        _require_confirmation(version, form)
    if form.errors:
        return _detail(request, version.recognizer, form, wanted=str(number), status=422)
    version_promote(version=version, by=user_of(request), reason=form.cleaned_data["reason"])
    told = _("v{number} is in production: {name} answers with it from now on.").format(number=number, name=name)
    messages.success(request, told)
    return redirect("recognition:recognizer-detail", name)


def _require_confirmation(version: ModelVersion, form: PromoteForm) -> None:
    alias = version.recognizer.aliases.filter(name=PRODUCTION).select_related("version").first()
    if alias is None or alias.version_id == version.pk or form.cleaned_data["confirmed"]:
        return
    if verdict_of(version, alias.version).is_worse:
        told = _("Tick this to put v{number} in production although it is worse.").format(number=version.number)
        form.add_error("confirmed", told)


@require_POST
def rollback(request: HttpRequest, name: str) -> HttpResponse:
    """Let the version answer again that answered before."""
    change = recognizer_rollback(recognizer=own(request, name), by=user_of(request), reason="")
    messages.success(request, _("v{number} is in production again.").format(number=change.to_version.number))
    return redirect("recognition:recognizer-detail", name)


@require_safe
def version_bundle(request: HttpRequest, name: str, number: int) -> HttpResponseBase:
    """Answer the bundle as a zip."""
    return bundle_response(request, own_version(request, name, number))


@require_POST
def bundle_import(request: HttpRequest) -> HttpResponse:
    """Make a version of a zipped bundle."""
    form = BundleForm(request.POST, request.FILES)
    if not form.is_valid():
        raise ServiceError("bundle_missing", _("There was no bundle in the request. Choose its zip file."), status=422)
    with kept_upload(form.cleaned_data["bundle"]) as archive:
        version = version_import(
            owner=user_of(request), archive=archive, recognizer_name=form.cleaned_data["recognizer"]
        )
    told = _("The bundle is in as v{number} of {name}.").format(number=version.number, name=version.recognizer.name)
    messages.success(request, told)
    return redirect("recognition:recognizer-detail", version.recognizer.name)
