"""ELAN: annotations in `.eaf` files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.elan_times import SlotTimes, unit_seconds
from training_jobs.readers.elan_xml import ROOT, Document, Media, Note, TierNotes, document_of
from training_jobs.readers.lines import head_lines
from training_jobs.readers.rows import Problem
from training_jobs.readers.spans import Span
from training_jobs.readers.text import ANNOTATION_BYTES
from training_jobs.readers.tiers import Tier, TieredFile, TieredFiles
from training_jobs.readers.times import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source


class Elan(TieredFiles):
    """`talk.eaf` with the recording it names, or `talk.wav`: tiers of annotations between time slots.

    Annotations without times of their own have those of the annotation they belong to; several that belong to one are
    joined, because nobody knows where one ends and the next begins.
    """

    name = "elan"
    title = "ELAN"
    grammar = "ANNOTATION_DOCUMENT, TIER, ANNOTATION"
    extensions = frozenset({"eaf"})

    def looks_right(self, source: Source, name: str) -> bool:
        return any(f"<{ROOT}" in line for line in head_lines(source, name))

    def media(self, source: Source, name: str) -> tuple[str, ...]:
        try:
            return _media_of(document_of(name, source.head(name)))
        except MemberError:
            return ()

    def parse(self, source: Source, name: str) -> TieredFile:
        document = document_of(name, source.read(name, limit=ANNOTATION_BYTES))
        parser = _Annotations(name, document)
        tiers = [parser.tier(tier) for tier in document.tiers]
        return TieredFile(tiers, _media_of(document), document.problems)


def _media_of(document: Document) -> tuple[str, ...]:
    return tuple(url for media in _sound_first(document) for url in media.urls)


def _sound_first(document: Document) -> list[Media]:
    return sorted(document.media, key=lambda media: not media.is_sound)


class _Annotations:
    """Gives the annotations of one document their times."""

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._times = SlotTimes(document)
        self._unit_seconds = unit_seconds(document.units)
        origins = [number(media.origin) for media in _sound_first(document)]
        self._origin_seconds = (origins[0] or 0.0) / 1000 if origins else 0.0
        self._notes = {note.name: note for tier in document.tiers for note in tier.notes if note.name}
        self._tiers = {tier.name: tier for tier in document.tiers}

    def tier(self, tier: TierNotes) -> Tier:
        spans = list(self._spans(tier))
        return Tier(tier.name, tier.kind, self._speaker(tier), is_top=not tier.parent, spans=spans)

    def _spans(self, tier: TierNotes) -> Iterator[Span | Problem]:
        joined: dict[str, list[Note]] = {}
        for note in tier.notes:
            # Parents are kept in order; an annotation of its own time is alone under a name nobody else has.
            joined.setdefault(note.parent or f"\0{id(note)}", []).append(note)
        for notes in joined.values():
            text = " ".join(" ".join(note.text for note in notes).split())
            yield self._span(notes[0], text)

    def _span(self, note: Note, text: str) -> Span | Problem:
        tied = self._tied(note)
        if tied is None or tied.slots is None:
            message = said(
                "The annotation “{text}” belongs to one that is not there, so it has no times. Link it again.",
                text=text[:60],
            )
            return Problem(self._file, "times_unreadable", message, line=note.line)
        start, end = (self._times.units(slot) for slot in tied.slots)
        if start is None or end is None:
            message = said("The annotation “{text}” has no times that can be read. Align it in ELAN.", text=text[:60])
            return Problem(self._file, "times_unreadable", message, line=note.line)
        return Span(text, self._seconds(start), self._seconds(end), line=note.line)

    def _tied(self, note: Note) -> Note | None:
        """Follow references to the annotation with times; None where they lead nowhere, or in a circle."""
        seen: set[str] = set()
        found: Note | None = note
        while found is not None and found.slots is None:
            if found.parent in seen:
                return None
            seen.add(found.parent)
            found = self._notes.get(found.parent)
        return found

    def _seconds(self, units: float) -> float:
        return round(units * self._unit_seconds + self._origin_seconds, 6)

    def _speaker(self, tier: TierNotes) -> str:
        """Return the participant of the tier, else of the tier it depends on."""
        seen: set[str] = set()
        found: TierNotes | None = tier
        while found is not None and not found.speaker and found.name not in seen:
            seen.add(found.name)
            found = self._tiers.get(found.parent)
        return found.speaker if found else ""
