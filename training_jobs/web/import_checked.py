"""A checked upload as its page shows it: questions, findings, and the dataset before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.translation import pgettext_lazy

from recognition.models.recognizers import Kind
from training_jobs.models import Clip
from training_jobs.services.import_decision import report_now
from training_jobs.services.import_options import KIND
from training_jobs.services.import_questions import RULE
from training_jobs.services.imports import layouts

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from training_jobs.models import Dataset, DatasetImport

LABELS_SHOWN = 12
CHARACTERS_SHOWN = 120
MEANINGS = {
    "audio": pgettext_lazy("column", "File"),
    "text": pgettext_lazy("column", "Text"),
    "speaker": pgettext_lazy("column", "Speaker"),
    "split": pgettext_lazy("column", "Split"),
    "start": pgettext_lazy("column", "Start"),
    "end": pgettext_lazy("column", "End"),
    "duration": pgettext_lazy("column", "Length"),
}
SPLIT_WORDS = {
    "train": pgettext_lazy("split", "train"),
    "validation": pgettext_lazy("split", "validation"),
    "test": pgettext_lazy("split", "test"),
    "": pgettext_lazy("split", "no split"),
}


@dataclass(frozen=True)
class Growth:
    """One bar before and after: counts, and their shares of the longest bar, 0 to 1."""

    name: str
    now: int
    added: int
    now_share: float
    added_share: float
    example: int | None = None


@dataclass(frozen=True)
class Column:
    """One column of the mapping: its question, or none where it cannot be chosen, and what is read from it."""

    meaning: str
    title: StrOrPromise
    question: dict[str, Any] | None


def checked_context(row: DatasetImport) -> dict[str, Any]:
    """Return what the page of a checked upload shows."""
    report = report_now(row)
    questions = report.get("questions", [])
    columns = _columns(report)
    return {
        "report": report,
        "is_sentences": report.get("kind") == Kind.SENTENCES,
        "layout_choices": [
            (name, title) for name, title in layouts().items() if name not in {"auto", report.get("layout")}
        ],
        "columns": columns,
        "column_rows": _column_rows(report, columns),
        "reading_questions": [one for one in questions if not one["name"].startswith(("column_", RULE))],
        "kind_name": KIND,
        "rule_questions": [one for one in questions if one["name"].startswith(RULE)],
        "characters": report.get("writing", {}).get("characters", [])[:CHARACTERS_SHOWN],
        "more_characters": report.get("writing", {}).get("characters", [])[CHARACTERS_SHOWN:],
        "rare_characters": sum(one["is_rare"] for one in report.get("writing", {}).get("characters", [])),
        "untouched": max(0, report.get("clips", 0) - _marked(report)),
        "examples": {one["number"]: one for one in report.get("examples", [])},
        "after": _after(row.dataset, report),
        "kept_until": row.heartbeat_at and row.heartbeat_at + timedelta(days=settings.CHECKED_IMPORTS_KEPT_DAYS),
        "lost": report.get("rows", 0) - report.get("clips", 0),
    }


def _columns(report: dict[str, Any]) -> list[Column]:
    """Return the columns of the mapping: those that can be chosen, else those that hold something."""
    asked = {
        one["name"].removeprefix("column_"): one for one in report["questions"] if one["name"].startswith("column_")
    }
    rows = report.get("first_rows", [])
    filled = {meaning for meaning in MEANINGS if any(row.get(meaning) not in {None, ""} for row in rows)}
    return [
        Column(meaning, title, asked.get(meaning))
        for meaning, title in MEANINGS.items()
        if meaning in asked or meaning in filled
    ]


def _column_rows(report: dict[str, Any], columns: list[Column]) -> list[dict[str, Any]]:
    by_number = {one["number"]: one for one in report.get("examples", [])}
    return [
        {
            "example": by_number.get(row.get("example")),
            "place": row,
            "cells": [(column.meaning, row.get(column.meaning)) for column in columns],
        }
        for row in report.get("first_rows", [])
    ]


def _marked(report: dict[str, Any]) -> int:
    """Return how many of the clips that are kept carry a mark."""
    return sum(one["count"] for one in report.get("findings", []) if one["outcome"] == "kept")


def _after(dataset: Dataset, report: dict[str, Any]) -> dict[str, Any]:
    """Return the dataset before and after: figures, and bars per label or rows per split."""
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by()
    totals = ready.aggregate(clips=Count("status"), seconds=Sum("duration_seconds"))
    clips, seconds = totals["clips"], totals["seconds"] or 0.0
    speakers = ready.exclude(speaker="").values("speaker").distinct().count()
    is_sentences = report.get("kind") == Kind.SENTENCES
    return {
        "is_new": not clips,
        "clips": (clips, clips + report.get("clips", 0)),
        "seconds": (seconds, seconds + report.get("duration_seconds", 0.0)),
        "speakers": (speakers, speakers + report.get("speakers", {}).get("new", 0)),
        "labels": [] if is_sentences else _labels(ready, report),
        "splits": _splits(ready, report),
    }


def _labels(ready: Any, report: dict[str, Any]) -> list[Growth]:
    now = dict(ready.labelled().values_list("text").annotate(count=Count("status")))
    added = {one["label"]: one["clips"] for one in report.get("labels", [])}
    first = {one["text"]: one["number"] for one in reversed(report.get("examples", []))}
    longest = max([now.get(label, 0) + added.get(label, 0) for label in {*now, *added}], default=0) or 1
    return [
        Growth(
            name=label,
            now=now.get(label, 0),
            added=added.get(label, 0),
            now_share=now.get(label, 0) / longest,
            added_share=added.get(label, 0) / longest,
            example=first.get(label),
        )
        for label in sorted({*now, *added})
    ]


def _splits(ready: Any, report: dict[str, Any]) -> list[dict[str, Any]]:
    by_split = ready.values("split").annotate(count=Count("status"), seconds=Sum("duration_seconds"))
    now = {one["split"]: (one["count"], one["seconds"] or 0.0) for one in by_split}
    added = {one["split"]: (one["clips"], one["duration_seconds"]) for one in report.get("splits", [])}
    rows = []
    for split, word in SPLIT_WORDS.items():
        if split in now or split in added:
            (clips, seconds), (more, longer) = now.get(split, (0, 0.0)), added.get(split, (0, 0.0))
            rows.append({"split": word, "now": clips, "after": clips + more, "seconds": seconds + longer})
    return rows
