"""A transcription as a Word document: title, where it came from, segments with their times, doubtful words marked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from docx.enum.text import WD_UNDERLINE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from recognition.engine.writing import is_right_to_left
from speechsite.lib.numbers import (
    CONFIDENCE_WORDS,
    DOUBTFUL_BELOW,
    SURE_FROM,
    confidence_state,
    duration_text,
    percent_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

    from recognition.services.exports_document import SpokenDocument, SpokenSegment

_GREY = RGBColor(0x5A, 0x64, 0x64)
_TIME_COLUMN = Cm(2.2)
_MARKS = {"unsure": WD_UNDERLINE.DOTTED, "doubtful": WD_UNDERLINE.WAVY}
# Where these stand among the properties of a paragraph or run is fixed by the format (ECMA-376, 17.3).
_BEHIND_BIDI = ("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr")


def as_docx(document: SpokenDocument) -> bytes:
    """Write Office Open XML. Right-to-left text gets paragraphs and runs that say so."""
    written = docx.Document()
    written.core_properties.title = document.title
    written.core_properties.author = ""
    written.core_properties.comments = _("Transcribed by {model}").format(model=document.model)
    written.core_properties.language = document.language
    written.core_properties.created = document.created_at.replace(tzinfo=None)
    written.add_heading(document.title, level=1)
    _add_facts(written, document)
    for segment in document.segments:
        _add_segment(written, segment, document.language)
    if not document.segments:
        written.add_paragraph(_("Nothing was said in this recording."))
    _add_legend(written, document)
    out = io.BytesIO()
    written.save(out)
    return out.getvalue()


def _add_facts(written: WordDocument, document: SpokenDocument) -> None:
    facts = (
        _("{duration}, heard by {model}, corrected by hand, {day}")
        if document.is_corrected
        else _("{duration}, heard by {model}, {day}")
    )
    # Translators: how a day is written out, in the letters of Django's date filter: 12 November 2024.
    day = date_format(timezone.localtime(document.created_at), _("j F Y"))
    length = duration_text(document.duration_ms / 1000)
    run = written.add_paragraph().add_run(facts.format(duration=length, model=document.model, day=day))
    run.font.color.rgb = _GREY


def _add_segment(written: WordDocument, segment: SpokenSegment, language: str) -> None:
    paragraph = written.add_paragraph()
    paragraph.paragraph_format.left_indent = _TIME_COLUMN
    paragraph.paragraph_format.first_line_indent = -_TIME_COLUMN
    paragraph.paragraph_format.tab_stops.add_tab_stop(_TIME_COLUMN)
    time = paragraph.add_run(f"{_clock(segment.start_ms)}\t")
    time.font.size, time.font.color.rgb = Pt(9), _GREY
    is_turned = is_right_to_left(segment.text)
    if is_turned:
        _turn(paragraph)
    for text, state in _alike(segment):
        _mark(_add_text(paragraph, text, language, is_turned=is_turned), state)


def _alike(segment: SpokenSegment) -> Iterator[tuple[str, str]]:
    """Give the text in as few pieces as its marks allow; each marked word is one of its own, without its spaces."""
    plain: list[str] = []
    for number, word in enumerate(segment.words):
        plain += [" "] if number else []
        state = "" if word.confidence is None else confidence_state(word.confidence)
        if state not in _MARKS:
            plain.append(word.text)
            continue
        if plain:
            yield "".join(plain), ""
        yield word.text, state
        plain = []
    if plain:
        yield "".join(plain), ""


def _add_text(paragraph: Paragraph, text: str, language: str, *, is_turned: bool = False) -> Run:
    run = paragraph.add_run(text)
    if is_turned:
        run.font.rtl = True
    if language:
        element = OxmlElement("w:lang")
        element.set(qn("w:bidi" if is_turned else "w:val"), language)
        run._r.get_or_add_rPr().append(element)  # noqa: SLF001 - python-docx has no other name for a run's element
    return run


def _turn(paragraph: Paragraph) -> None:
    """Let a paragraph run from right to left."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - as above
    properties.insert_element_before(OxmlElement("w:bidi"), *_BEHIND_BIDI)


def _mark(run: Run, state: str) -> None:
    """Underline a word that may be wrong, and set a doubtful one in bold, as the pages do."""
    if state in _MARKS:
        run.font.underline = _MARKS[state]
    if state == "doubtful":
        run.font.bold = run.font.cs_bold = True


def _add_legend(written: WordDocument, document: SpokenDocument) -> None:
    states = {confidence_state(word.confidence) for word in document.words if word.confidence is not None}
    if not states & set(_MARKS):
        return
    paragraph = written.add_paragraph()
    for state, limit in (("unsure", SURE_FROM), ("doubtful", DOUBTFUL_BELOW)):
        if state in states:
            _mark(paragraph.add_run(str(CONFIDENCE_WORDS[state])), state)
            why = _("the model was less than {share} sure").format(share=percent_text(limit, decimals=0))
            paragraph.add_run(f": {why}. ")
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(9), _GREY


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    hours, minutes = divmod(seconds // 60, 60)
    tail = f"{seconds % 60:02}.{milliseconds % 1000 // 100}"
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"
