"""Exporters: one small module per layout other people's tools read. They know names and text; no Django here."""

from __future__ import annotations

from training_jobs.exporters.layout import (
    CannotHold,
    ExportClip,
    ExportDataset,
    Keeps,
    Layout,
    Place,
    Shown,
    Tally,
    Written,
)
from training_jobs.exporters.registry import DEFAULT, LAYOUTS, layout_named, layouts_for

__all__ = [
    "DEFAULT",
    "LAYOUTS",
    "CannotHold",
    "ExportClip",
    "ExportDataset",
    "Keeps",
    "Layout",
    "Place",
    "Shown",
    "Tally",
    "Written",
    "layout_named",
    "layouts_for",
]
