"""Readers: one small module per layout people have on disk. They know names and text, never sound; no Django here."""

from __future__ import annotations

from training_jobs.readers.registry import READERS, Found, find_reader, reader_named
from training_jobs.readers.rows import Match, Problem, Reader, Row

__all__ = ["READERS", "Found", "Match", "Problem", "Reader", "Row", "find_reader", "reader_named"]
