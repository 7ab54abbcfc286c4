"""Readers: one small module per layout people have on disk. They know names and text, never sound; no Django here."""

from __future__ import annotations

from training_jobs.readers.options import NO_OPTIONS, Choice, Options, Question
from training_jobs.readers.registry import READERS, Found, find_reader, questions_of, reader_named
from training_jobs.readers.rows import About, Match, Problem, Reader, Row, TellsAbout

__all__ = [
    "NO_OPTIONS",
    "READERS",
    "About",
    "Choice",
    "Found",
    "Match",
    "Options",
    "Problem",
    "Question",
    "Reader",
    "Row",
    "TellsAbout",
    "find_reader",
    "questions_of",
    "reader_named",
]
